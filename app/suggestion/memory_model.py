"""The personal memory as probabilities, and a model that listens to it.

With the counts c of the memory, halved with age, what it expects after a word v is

    p(w)     = (c(w) + 1 / n) / (C + 1)          C all counts, n tokens to predict
    p(w | v) = (c(v w) + p(w)) / (c(v) + 1)      c(v) of all that followed v

Source: MacKay and Peto 1995, A hierarchical Dirichlet language model, with both
concentrations 1: what was seen once is believed half. So every token has some
probability and all of them sum to 1; the words that the vocabulary lacks are OOV
together.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from app.language.contract import BoundsScores, LanguageModel, branch, read
from app.suggestion.memory import Memory
from app.text.vocabulary import BLANK, BOS, OOV, PAD, Vocabulary

WEIGHT = 0.1
"""The share of the memory in the mixture with a model.

Of 100 patents, each accepted after it was read, the network's perplexity falls from
62.4 to 53.2 with 0.05, 52.1 with 0.1 and 52.3 with 0.2 (`tests/benchmarks/memory.py`).
"""

# Errors of rounding in a bound, nats, and more.
_ROUNDING = np.float32(1e-5)

_NEVER_PREDICTED = [PAD, BOS, BLANK]


class MemoryModel:
    """What a memory expects next; a snapshot, which later changes do not reach.

    Args:
        memory: is only read.
        vocabulary: the words that have an id.

    Attributes:
        unknown_words: the words of the memory that the vocabulary lacks, as they are
            written, with their counts, the most used first.
    """

    def __init__(self, memory: Memory, vocabulary: Vocabulary) -> None:
        ranked = memory.ranked()
        ids = vocabulary.encode([word.written for word, _ in ranked])
        counts = np.array([count for _, count in ranked], np.float64)
        self.is_empty = not counts.sum() > 0
        self.unknown_words = [
            (word.written, count)
            for (word, count), token_id in zip(ranked, ids.tolist(), strict=True)
            if token_id == OOV
        ]
        uniform = np.ones(vocabulary.size)
        uniform[_NEVER_PREDICTED] = 0.0
        uniform /= uniform.sum()
        counted = np.bincount(ids, counts, minlength=vocabulary.size)
        self._unigrams = (counted + uniform) / (counts.sum() + 1)
        self._following = {
            token_id: _summed(memory.following(word), vocabulary)
            for (word, _), token_id in zip(ranked, ids.tolist(), strict=True)
            if token_id != OOV and word.following
        }

    def unknown_tokens(self) -> list[str]:
        """The unknown words, each as often as it counts, and at least once."""
        return [
            written
            for written, count in self.unknown_words
            for _ in range(max(1, round(count)))
        ]

    def log_probabilities(
        self, last_ids: np.ndarray, token_ids: np.ndarray | None = None
    ) -> np.ndarray:
        """Of next tokens, in nats: float32 [batch, n].

        Args:
            last_ids: int [batch], the token that stands in front; OOV or BOS where
                that tells nothing.
            token_ids: int [n], of which tokens; of the whole vocabulary if None.
        """
        wanted = slice(None) if token_ids is None else token_ids
        table = np.tile(self._unigrams[wanted], (len(last_ids), 1))
        for row, last in enumerate(last_ids.tolist()):
            if last in self._following:
                ids, counts = self._following[last]
                followed = np.bincount(ids, counts, minlength=len(self._unigrams))
                table[row] += followed[wanted]
                table[row] /= counts.sum() + 1
        with np.errstate(divide="ignore"):  # what is never predicted has 0
            return np.log(table).astype(np.float32)


class Remembering:
    """A language model mixed with a memory; a `LanguageModel` itself.

    p(w) = (1 - weight) * p_model(w) + weight * p_memory(w | last word)

    Args:
        model: whatever predicts.
        memory: what it shall listen to.
        weight: its share.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.
        model: see above.
        weight: see above.
    """

    def __init__(
        self, model: LanguageModel, memory: MemoryModel, weight: float = WEIGHT
    ) -> None:
        self.vocabulary_size = model.vocabulary_size
        self.model = model
        self.weight = weight
        self._memory = memory
        self._weights = np.log([1 - weight, weight]).astype(np.float32)

    def start(self, batch: int) -> _Remembered:
        """The states of `batch` contexts that have read BOS and nothing else."""
        return _Remembered(self.model.start(batch), np.full(batch, BOS, np.int32))

    def advance(self, states: _Remembered, token_ids: np.ndarray) -> _Remembered:
        """The states after one more token per row, int32 [batch]."""
        after = self.model.advance(states.of_model, token_ids)
        return _Remembered(after, np.asarray(token_ids, np.int32))

    def read(self, states: _Remembered, token_ids: np.ndarray) -> _Remembered:
        """The states after a run of tokens, int32 [batch, steps]."""
        if not token_ids.shape[1]:
            return states
        after = read(self.model, states.of_model, token_ids)
        return _Remembered(after, np.asarray(token_ids[:, -1], np.int32))

    def branch(self, states: _Remembered, token_ids: np.ndarray) -> _Remembered:
        """The states after each of int32 [n] tokens, `states` having one row."""
        rows = np.zeros(len(token_ids), np.intp)
        after = branch(self.model, states.of_model, rows, token_ids)
        return _Remembered(after, np.asarray(token_ids, np.int32))

    def log_probabilities(self, states: _Remembered) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size]."""
        of_model, of_memory = self._weights
        return np.logaddexp(
            self.model.log_probabilities(states.of_model) + of_model,
            self._memory.log_probabilities(states.last_ids) + of_memory,
        )

    def score(self, states: _Remembered, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats."""
        of_model, of_memory = self._weights
        table = self._memory.log_probabilities(states.last_ids, token_ids)
        return np.logaddexp(
            self.model.score(states.of_model, token_ids) + of_model,
            table.diagonal() + of_memory,
        )

    def added_by_memory(self, states: _Remembered, token_ids: np.ndarray) -> np.ndarray:
        """What the memory adds to probabilities, float64 [rows, n].

        Args:
            states: [rows].
            token_ids: int [n], of which tokens.
        """
        table = self._memory.log_probabilities(states.last_ids, token_ids)
        return self.weight * np.exp(table.astype(np.float64))

    def score_bounds(self, states: _Remembered, token_ids: np.ndarray) -> np.ndarray:
        """What scores of some next tokens cannot exceed, float32 [rows, n], nats."""
        of_model, of_memory = self._weights
        bounds = np.zeros((len(states.last_ids), len(token_ids)), np.float32)
        if isinstance(self.model, BoundsScores):
            bounds = self.model.score_bounds(states.of_model, token_ids)
        table = self._memory.log_probabilities(states.last_ids, token_ids)
        mixed = np.logaddexp(bounds + of_model, table + of_memory)
        return np.minimum(mixed + _ROUNDING, 0.0)


def listening(
    model: LanguageModel, memory: Memory, vocabulary: Vocabulary
) -> tuple[LanguageModel, list[str]]:
    """A model that listens to a memory, and the words that the memory alone knows.

    Args:
        model: is given back as it is where the memory is empty.
        memory: as it is now; what it learns later is not heard.
        vocabulary: of the model.
    """
    counted = MemoryModel(memory, vocabulary)
    if counted.is_empty:
        return model, []
    return Remembering(model, counted), counted.unknown_tokens()


class _Remembered(NamedTuple):
    """The states of `Remembering`.

    Attributes:
        of_model: those of the model.
        last_ids: int32 [batch], the last tokens read.
    """

    of_model: Any
    last_ids: np.ndarray


def _summed(
    following: list[tuple[str, float]], vocabulary: Vocabulary
) -> tuple[np.ndarray, np.ndarray]:
    """Ids, each once, and the counts of the words that have them."""
    ids = vocabulary.encode([written for written, _ in following])
    unique, places = np.unique(ids, return_inverse=True)
    return unique, np.bincount(places, [count for _, count in following])
