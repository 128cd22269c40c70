"""What single units of a network know, tested over a text, with where they fire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.evaluation.explain.knowing import FEWEST_TOKENS, Finding, find_units
from app.evaluation.explain.properties import properties_of
from app.evaluation.explain.sides import Side
from app.evaluation.explain.text import MOST_READ, with_start
from app.language.network import Network
from app.text.vocabulary import Vocabulary

_SNIPPET = 60  # tokens shown around where a unit is strongest


class Place(NamedTuple):
    """A piece of text, and how strong a unit is on each word of it.

    Attributes:
        tokens: as written.
        values: float32 [tokens], from -1 to 1, relative to its largest; turned so
            that it rises with the property.
        is_true: bool [tokens], where a property of yes or no is true.
    """

    tokens: Sequence[str]
    values: np.ndarray
    is_true: np.ndarray


class Units(NamedTuple):
    """What was found out about single units.

    Attributes:
        num_tokens: of the text.
        num_units: that were asked, over all layers and both states.
        findings: one a property, the clearest first; empty where the text is short.
        places: where the unit of each finding fires.
    """

    num_tokens: int
    num_units: int
    findings: Sequence[Finding]
    places: Sequence[Place]


def ask_units(network: Network, vocabulary: Vocabulary, tokens: Sequence[str]) -> Units:
    """Tests every unit against every property.

    Args:
        network: reads the first `MOST_READ` tokens.
        vocabulary: of it.
        tokens: of a text, as written.
    """
    tokens = list(tokens[:MOST_READ])
    if len(tokens) < FEWEST_TOKENS:
        return Units(len(tokens), 0, (), ())
    ids = with_start(vocabulary.encode(tokens))
    reader = network.reader
    side = Side.of("", reader, reader.zero_states(1), ids, np.arange(len(ids)))
    states = {}
    for number, layer in enumerate(side.read.layers, 1):
        where = f"layer {number}, " if len(side.read.layers) > 1 else ""
        states[f"{where}hidden"] = layer.hidden[1:]
        if layer.cell is not None:
            states[f"{where}cell"] = layer.cell[1:]
    vectors = reader.embedding[ids[1:]]
    findings = find_units(states, properties_of(tokens, vectors))
    num_units = sum(it.shape[1] for it in states.values())
    places = [_place(it, tokens) for it in findings]
    return Units(len(tokens), num_units, findings, places)


def _place(finding: Finding, tokens: Sequence[str]) -> Place:
    """The piece of the second half in which a unit follows its property best."""
    values, truths = finding.values, finding.property_values
    offset, length = len(tokens) - len(values), min(_SNIPPET, len(values))
    sign = 1.0 if finding.correlation >= 0 else -1.0
    centred = sign * (values - np.median(values))
    together = centred * (truths - truths.mean())
    begin = int(np.argmax(np.convolve(together, np.ones(length), "valid")))
    some, true = (it[begin : begin + length] for it in (centred, truths))
    size = max(float(np.abs(some).max()), 1e-9)
    is_true = true == 1.0 if finding.area is not None else np.zeros(length, bool)
    shown = tokens[offset + begin : offset + begin + length]
    return Place(shown, some / size, is_true)
