"""What every model has to beat without reading: predictions that are always the same.

A vocabulary with its training counts enters; two language models leave that offer
the contract of `app.language.contract`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.evaluation.outcomes import NEVER_TARGETS, Judge, Outcomes
from app.text.vocabulary import Vocabulary

_ROWS = 64  # of a table


class Contextless:
    """A language model whose prediction is the same whatever has been read.

    Args:
        log_probabilities: float32 [vocabulary], nats.
    """

    def __init__(self, log_probabilities: np.ndarray) -> None:
        self.vocabulary_size = len(log_probabilities)
        self._log_probabilities = log_probabilities

    def start(self, batch: int) -> Any:
        """States that hold nothing but their number, float32 [batch, 0]."""
        return np.zeros((batch, 0), np.float32)

    def advance(self, states: Any, token_ids: np.ndarray) -> Any:
        """The same states: nothing is remembered."""
        return states

    def log_probabilities(self, states: Any) -> np.ndarray:
        """float32 [batch, vocabulary], every row the same."""
        return np.tile(self._log_probabilities, (len(states), 1))

    def score(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """float32 [batch]."""
        return self._log_probabilities[token_ids]


def unigram(vocabulary: Vocabulary) -> Contextless:
    """Predicts every token as often as it stood in the training text.

    What never stood there counts as seen once: where no word became OOV in training,
    OOV would otherwise be impossible and one unknown word make perplexity infinite.
    """
    counts = np.maximum(vocabulary.counts, 1).astype(np.float64)
    counts[NEVER_TARGETS] = 0
    with np.errstate(divide="ignore"):  # the logarithm of 0 is meant to be -inf
        log_probabilities = np.log(counts / counts.sum())
    return Contextless(log_probabilities.astype(np.float32))


def most_common_word(vocabulary: Vocabulary) -> Contextless:
    """Is certain of the most frequent word; offers the next frequent ones after it.

    Whatever else comes is impossible to it, so it has accuracies and no perplexity.
    """
    words = np.flatnonzero(vocabulary.is_word)
    ranked = words[np.argsort(-vocabulary.counts[words], kind="stable")]
    log_probabilities = np.full(vocabulary.size, -np.inf, np.float32)
    # exp(-1e4) is 0: these numbers hold an order and no probability.
    log_probabilities[ranked] = -1e4 * np.arange(len(ranked))
    return Contextless(log_probabilities)


def outcomes_of(model: Contextless, judge: Judge, token_ids: np.ndarray) -> Outcomes:
    """What it makes of int32 [targets]: the same of every target that is the same."""
    different, places = np.unique(token_ids, return_inverse=True)
    found = Outcomes.empty(len(different))
    for first in range(0, len(different), _ROWS):
        ids = different[first : first + _ROWS]
        table = model.log_probabilities(model.start(len(ids)))
        found.put(np.arange(first, first + len(ids)), judge.outcomes(table, ids))
    return found.at(places)
