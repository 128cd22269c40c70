"""Networks small enough to know every number of in advance."""

from __future__ import annotations

import numpy as np

from app.evaluation.explain.sides import Side, Sides
from app.evaluation.explain.text import with_start
from app.language.layers import Reader
from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights


def tiny_network(cell="lstm", layers=1, attention=None, context=None) -> Network:
    architecture = tiny_architecture(cell, layers, context, attention)
    return Network(architecture, tiny_weights(architecture))


def tiny_predictor(two_sided: bool = False, **shape) -> Predictor:
    fill = None
    if two_sided:
        import dataclasses

        architecture = dataclasses.replace(tiny_architecture(), two_sided=True)
        fill = TwoSidedNetwork(architecture, tiny_weights(architecture, 3))
    parts = tiny_vocabulary(), Tokenizer(), tiny_network(**shape), fill
    return Predictor(*parts)


def side_of(reader: Reader, token_ids) -> Side:
    ids = with_start(np.array(token_ids))
    return Side.of("", reader, reader.zero_states(1), ids, np.arange(len(ids)))


def sides_of(network: Network, token_ids) -> Sides:
    return Sides((side_of(network.reader, token_ids),), network.head)
