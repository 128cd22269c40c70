"""The network for blanks, from the first step to its figures, beside the other one.

It is trained after the network that predicts the next word, on the same texts, with
the same options and with that network's word vectors. What enters is the run and the
other network; what leaves is a trainer, which `train.py` runs as it runs the other,
and how much better both sides predict a word than one. The perplexity on the
validation text is a little too high, because there the right side ends with a window
of training; on the test text it ends with the document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.evaluation.blanks import evaluate_blanks
from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.network.memory import out_of_memory_is_told
from app.network.model import build_model, named_weights
from app.network.training import Trainer
from app.run.unfinished import Prepared
from app.text.encoding import EncodedText


def build_blank_trainer(prepared: Prepared, next_word: Trainer) -> Trainer:
    """The network for blanks before its first step, and what trains it.

    Args:
        prepared: the run.
        next_word: has trained the other network.
    """
    settings, texts = prepared.settings, prepared.texts
    architecture = prepared.architecture.for_blanks()
    with out_of_memory_is_told():
        model = build_model(
            architecture,
            named_weights(next_word.model)["embedding"],
            seed=settings.seed,
            log_unigram=prepared.vocabulary.log_unigram(),
        )
        options = settings.fit_options()
        return Trainer(model, architecture, options, texts["train"], texts["valid"])


def compare_sides(
    prepared: Prepared,
    next_word: Trainer,
    blanks: Trainer,
    text: EncodedText,
    report: Callable[[float], None],
) -> dict[str, Any]:
    """The figures of both networks on `text`; see `evaluate_blanks`.

    Args:
        prepared: the run.
        next_word: has trained the network that reads the left side only.
        blanks: has trained the network that reads both.
        text: what neither has seen.
        report: is called with what is done, of two times the tokens of `text`.
    """
    weights, architecture = named_weights(next_word.model), prepared.architecture
    blank_weights = {**named_weights(blanks.model), "embedding": weights["embedding"]}
    return evaluate_blanks(
        Network(architecture, weights),
        TwoSidedNetwork(architecture.for_blanks(), blank_weights),
        prepared.vocabulary,
        text,
        report,
    )
