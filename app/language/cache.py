"""A cache: what came after the places of this text that were like the present one.

    read so far     the  cat  sat  .  the  cat  ...
    remembered       h1   h2   h3  h4  h5   h6       hidden vector before each token
                    the  cat  sat  .  the  cat       and the token that came there

A hidden vector h enters and the share of every remembered token leaves: how often it
came next, each place i weighed by its likeness to the present one.

    p(w | h) = sum_i [w_i = w] exp(sharpness cos(h, h_i)) / sum_i exp(...)

Names and topics of the text at hand come back this way, without any training. The
logarithm of the denominator, the evidence, says how much there is to go by. Likeness
is the cosine and not, as in the source, the product: on patents and novels it left 3 %
less perplexity.

Source: Grave, Joulin and Usunier 2017, Improving neural language models with a
continuous cache, equations 4 and 5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.language.remembered import NOTHING, Remembered

# The last tokens are not looked up: nobody says again what was just said. On patents
# that left 1.5 % less perplexity than looking them up, on novels 0.1 %, and it keeps a
# second "are" from following "The clouds are".
JUST_READ = 3

# With fewer tokens to look up nothing is found: one word alone would have all shares.
# Where so little was read, the cache made patents no likelier and novels less likely.
FEWEST = 12


class Found(NamedTuple):
    """What the cache finds for the present places of a batch.

    Attributes:
        evidence: float32 [batch], log sum_i exp(sharpness cos(h, h_i)); -inf where
            too little is remembered.
        token_ids: int32 [batch, remembered].
        shares: float32 [batch, remembered], of each remembered place; they sum to 1,
            or to 0 where that is too little.
    """

    evidence: np.ndarray
    token_ids: np.ndarray
    shares: np.ndarray

    def of(self, token_ids: np.ndarray) -> np.ndarray:
        """p(w | h) of one token per row, float32 [batch]."""
        is_it = self.token_ids == token_ids[:, None]
        return (self.shares * is_it).sum(axis=1)

    def of_each(self, token_ids: np.ndarray) -> np.ndarray:
        """p(w | h) of some tokens, the same in every row, float32 [batch, n]."""
        order = np.argsort(token_ids)
        places = np.searchsorted(token_ids, self.token_ids, sorter=order)
        column = order[np.minimum(places, len(order) - 1)]
        rows, remembered = np.nonzero(token_ids[column] == self.token_ids)
        table = np.zeros((len(self.shares), len(token_ids)), np.float32)
        columns = column[rows, remembered]
        np.add.at(table, (rows, columns), self.shares[rows, remembered])
        return table

    def add_to(self, table: np.ndarray, weights: np.ndarray) -> None:
        """Adds `weights` [batch] times p(. | h) to float32 [batch, vocabulary_size]."""
        rows, places = np.nonzero(self.token_ids >= 0)
        added = (self.shares * weights[:, None])[rows, places]
        np.add.at(table, (rows, self.token_ids[rows, places]), added)


class Cache(NamedTuple):
    """Remembers the last tokens of a text and looks them up.

    Attributes:
        size: tokens remembered.
        sharpness: how much more an alike place counts than another.
    """

    size: int
    sharpness: float

    def remember(
        self, memory: Remembered, hidden: np.ndarray, token_ids: np.ndarray
    ) -> Remembered:
        """The memory after some more tokens.

        Args:
            memory: before them, unchanged.
            hidden: float32 [batch, steps, width], before each token.
            token_ids: int32 [batch, steps].
        """
        return memory.append(unit(hidden), token_ids, self.size)

    def look_up(self, memory: Remembered, hidden: np.ndarray) -> Found:
        """What came after places like the present ones, float32 [batch, width]."""
        query = self.sharpness * unit(hidden)
        own = np.matmul(memory.keys, query[:, :, None])[:, :, 0]
        own[memory.token_ids == NOTHING] = -np.inf
        of_shared = [query @ segment.keys.T for segment in memory.shared]
        shared_ids = [
            np.broadcast_to(segment.token_ids, (len(query), len(segment.token_ids)))
            for segment in memory.shared
        ]
        scores = np.concatenate([*of_shared, own], axis=1)
        token_ids = np.concatenate([*shared_ids, memory.token_ids], axis=1)
        if not memory.padding:
            seen = slice(-self.size, -JUST_READ)
            return self._found(scores[:, seen], token_ids[:, seen])
        age = np.cumsum(token_ids[:, ::-1] != NOTHING, axis=1)[:, ::-1]
        scores[(age > self.size) | (age <= JUST_READ)] = -np.inf
        return self._found(scores, token_ids)

    def _found(self, scores: np.ndarray, token_ids: np.ndarray) -> Found:
        """From sharpness times cosine, float32 [batch, remembered], to shares."""
        # No score is above the sharpness, so exp cannot overflow.
        shares = np.exp(scores - np.float32(self.sharpness))
        shares[np.count_nonzero(shares, axis=1) < FEWEST] = 0.0
        totals = shares.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            evidence = np.log(totals[:, 0]) + np.float32(self.sharpness)
        np.divide(shares, totals, out=shares, where=totals > 0)
        return Found(evidence, token_ids, shares)


def unit(vectors: np.ndarray) -> np.ndarray:
    """float32 [..., width] with length 1; what is nearly zero stays so."""
    lengths = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    return vectors / np.maximum(lengths, np.float32(1e-6))[..., None]
