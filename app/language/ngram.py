"""The n-gram model as a language model: what follows the last few tokens, by counting.

Arrays enter, memory-mapped, as `app.language.kneser_ney` estimated them; log-
probabilities leave. The longest context that the training text has decides, shorter
ones step in where it says nothing (Katz 1987, in the form of ARPA files):

    p(w | h) = exp(log_probability(h w))                   where h w was seen
             = exp(log_backoff(h)) p(w | h without its first word)        elsewhere

What was read before an EOS is forgotten: the next paragraph begins with BOS, like
every other. Each n-gram is a row of its order's arrays, found under a key

    key = row of its first n - 1 words * vocabulary_size + its last word

so that keys of any order are single numbers, and what can follow a context stands side
by side. The row of a single word is its id. This module does not know how the numbers
were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.text.array_file import read_array
from app.text.vocabulary import BOS, EOS


class Level(NamedTuple):
    """The n-grams of one order above the first, and the contexts they continue.

    Attributes:
        keys: int64 [num_ngrams], ascending.
        log_probabilities: float32 [num_ngrams], nats, of the last word after the
            others.
        log_backoffs: float32 [num_contexts], nats, a row for each n-gram of the order
            below: what a word gets that was never seen after it, relative to what it
            has in the shorter context.
    """

    keys: np.ndarray
    log_probabilities: np.ndarray
    log_backoffs: np.ndarray


class Contexts(NamedTuple):
    """The last tokens read, as rows of the n-grams that they are.

    Attributes:
        rows: int64 [batch, order - 1]; column k is for the last k + 1 tokens, -1 where
            the training text does not have them in this order.
    """

    rows: np.ndarray


def array_path(folder: Path, name: str, order: int) -> Path:
    """Where an array of the n-grams of one order is stored: `keys_2.npy`."""
    return folder / f"{name}_{order}.npy"


class NGramModel:
    """Predicts the next token from the last `order - 1`; a `LanguageModel`.

    Args:
        unigrams: float32 [vocabulary_size], log-probabilities without any context,
            -inf for what is never predicted.
        levels: those of orders 2, 3 and so on; none of them empty.

    Attributes:
        order: the length of the longest n-grams.
        vocabulary_size: columns of `log_probabilities`.

    Raises:
        ValueError: the arrays do not belong together.
    """

    def __init__(self, unigrams: np.ndarray, levels: Sequence[Level]) -> None:
        num_contexts = len(unigrams)
        for order, level in enumerate(levels, 2):
            lengths = [len(array) for array in level]
            if not lengths[0] or lengths != [lengths[0]] * 2 + [num_contexts]:
                raise ValueError(
                    f"the arrays of order {order} have {lengths} rows, but there are "
                    f"{num_contexts} n-grams of order {order - 1}"
                )
            num_contexts = lengths[0]
        self.order = 1 + len(levels)
        self.vocabulary_size = len(unigrams)
        self._unigrams = unigrams
        self._levels = tuple(levels)

    @classmethod
    def load(cls, folder: Path) -> NGramModel:
        """The model whose arrays `estimate` wrote into `folder`.

        Raises:
            OSError, ValueError: they are not there, cut short, or not of one model.
        """
        unigrams = read_array(array_path(folder, "log_probabilities", 1))
        levels: list[Level] = []
        while array_path(folder, "keys", len(levels) + 2).exists():
            order = len(levels) + 2
            arrays = (read_array(array_path(folder, n, order)) for n in Level._fields)
            levels.append(Level(*arrays))
        return cls(unigrams, levels)

    def start(self, batch: int) -> Contexts:
        """The states of `batch` contexts that have read BOS and nothing else."""
        rows = np.full((batch, self.order - 1), -1, np.int64)
        rows[:, :1] = BOS
        return Contexts(rows)

    def advance(self, states: Contexts, token_ids: np.ndarray) -> Contexts:
        """The states after one more token per row, int32 [batch]."""
        # No n-gram has BOS inside, so all longer contexts end here, too.
        ids = np.where(np.equal(token_ids, EOS), BOS, token_ids)
        rows = np.empty_like(states.rows)
        rows[:, :1] = ids[:, None]
        for column, level in enumerate(self._levels[:-1]):
            rows[:, column + 1] = self._find(level, states.rows[:, column], ids)
        return Contexts(rows)

    def read(self, states: Contexts, token_ids: np.ndarray) -> Contexts:
        """The states after a run of tokens, int32 [batch, steps].

        Only the last `order - 1` tokens can still matter.
        """
        for ids in token_ids[:, -max(1, self.order - 1) :].T:
            states = self.advance(states, ids)
        return states

    def log_probabilities(self, states: Contexts) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size].

        Every row begins as the unigrams, and the continuations of longer and longer
        contexts are written over it; all with the back-off weights of the contexts
        that are longer still.
        """
        table = np.empty((len(states.rows), self.vocabulary_size), np.float32)
        for rows, of_row in zip(states.rows.tolist(), table, strict=True):
            self._write_row(rows, of_row)
        return table

    def _write_row(self, rows: list[int], table: np.ndarray) -> None:
        """Writes what one context predicts into float32 [vocabulary_size]."""
        pairs = zip(self._levels, rows, strict=True)
        seen = [(level, row) for level, row in pairs if row >= 0]
        # Sums over more and more contexts, the longest first; taken from the end below.
        backoffs = [np.float32(0)]
        for level, row in reversed(seen):
            backoffs.append(backoffs[-1] + level.log_backoffs[row])
        np.add(self._unigrams, backoffs.pop(), out=table)
        for level, row in seen:
            first_key = row * self.vocabulary_size
            end_key = first_key + self.vocabulary_size
            first, end = level.keys.searchsorted((first_key, end_key))
            found = level.log_probabilities[first:end] + backoffs.pop()
            table[level.keys[first:end] - first_key] = found

    def score(self, states: Contexts, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats."""
        scores = self._unigrams[token_ids]
        for column, level in enumerate(self._levels):
            scores = scores + self._backoffs(states, column)
            places = self._find(level, states.rows[:, column], token_ids)
            seen = places >= 0
            scores[seen] = level.log_probabilities[places[seen]]
        return scores

    def score_bounds(self, states: Contexts, token_ids: np.ndarray) -> np.ndarray:
        """The scores of some next tokens themselves, float32 [rows, n], nats."""
        num_rows, n = len(states.rows), len(token_ids)
        repeated = Contexts(states.rows.repeat(n, axis=0))
        scores = self.score(repeated, np.tile(token_ids, num_rows))
        return scores.reshape(num_rows, n)

    def _find(
        self, level: Level, contexts: np.ndarray, token_ids: np.ndarray
    ) -> np.ndarray:
        """The rows in `level` of contexts and a token each, int64 [batch]; -1: none."""
        keys = contexts * self.vocabulary_size + token_ids  # below 0 after -1
        places = np.searchsorted(level.keys, keys)
        places = np.minimum(places, len(level.keys) - 1)
        return np.where(level.keys[places] == keys, places, -1)

    def _backoffs(self, states: Contexts, column: int) -> np.ndarray:
        """The log back-off weights of contexts of one length, float32 [batch]."""
        rows = states.rows[:, column]
        weights = self._levels[column].log_backoffs[rows]
        return np.where(rows >= 0, weights, np.float32(0))
