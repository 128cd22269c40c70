"""What the right side of a blank is worth: a word predicted from one side, from both.

A language model, the network for blanks and a text enter; two sets of figures leave,
on the same targets: every token of the text but the ends of its paragraphs, as if each
in its turn were a blank and all others were known. Both networks read whole documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.evaluation.metrics import Predictions, figures, predictions
from app.language.contract import LanguageModel
from app.language.two_sided import TwoSidedNetwork
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, Vocabulary


def evaluate_blanks(
    model: LanguageModel,
    network: TwoSidedNetwork,
    vocabulary: Vocabulary,
    text: EncodedText,
    report: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """The figures of both networks, as they stand in metrics.json under "blanks".

    Args:
        model: reads the left side only.
        network: reads both sides.
        vocabulary: of both.
        text: at least one token that is not EOS.
        report: is called now and then with the number of targets done, of two times
            the tokens of `text`.

    Returns:
        "left_only" and "both_sides", each with the figures of `evaluate`.
    """

    def second(done: float) -> None:
        if report:
            report(text.num_tokens + done)

    from_left = predictions(model, text, report=report)
    from_both = _predictions(network, text, second)
    return {
        "left_only": figures(_without_ends(from_left), vocabulary, text),
        "both_sides": figures(_without_ends(from_both), vocabulary, text),
    }


def _predictions(
    network: TwoSidedNetwork, text: EncodedText, report: Callable[[float], None]
) -> Iterator[Predictions]:
    """Every token of `text` from what stands on both sides of it."""
    done = 0
    for document in text.documents():
        begin = 0
        for log_probabilities in network.fill_each(document):
            end = begin + len(log_probabilities)
            yield log_probabilities, document[begin:end]
            report(done + end)
            begin = end
        done += len(document)


def _without_ends(predicted: Iterable[Predictions]) -> Iterator[Predictions]:
    """The predictions of tokens that can be blanks: nobody blanks out an end."""
    for log_probabilities, targets in predicted:
        is_token = targets != EOS
        yield log_probabilities[is_token], targets[is_token]
