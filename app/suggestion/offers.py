"""What may be offered: which words, and how they are written.

A vocabulary enters; an `Offers` leaves, to which decoding and blanks keep. A word is
one token, or a host with the clitic that is written together with it ("it" and "'s").
Each restriction makes a new value:

    Offers.of(vocabulary)                         words and numbers
    Offers.of(vocabulary, punctuation=True)       and marks
    offers.starting_with("don")                   done, donkey, don't: half typed

The reserved ids, a clitic alone and `wo` without "n't" are in none of them. This module
knows no model: how likely a word is plays no part here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.text.folding import without_case_and_accents
from app.text.tokenizer import BOUND_HOSTS
from app.text.vocabulary import OOV, RESERVED, Vocabulary

_LAST = "\U0010ffff"  # sorts behind every character that a word can have


@dataclass(frozen=True, eq=False)
class Offers:
    """The words that may be offered.

    Attributes:
        vocabulary: spells them.
        host_ids: int32 [hosts], ascending: the tokens that a word can begin with.
        is_alone: bool [hosts]: which of them are a word without a clitic.
        may_join: bool [hosts, clitics]: which of them make one with each of
            `vocabulary.clitic_ids`.
    """

    vocabulary: Vocabulary
    host_ids: np.ndarray
    is_alone: np.ndarray
    may_join: np.ndarray

    @classmethod
    def of(cls, vocabulary: Vocabulary, *, punctuation: bool = False) -> Offers:
        """All words and numbers of a vocabulary, with every contraction of them.

        Args:
            vocabulary: what a model knows.
            punctuation: marks may be offered too, being what has neither a letter nor
                a digit. They make no contractions.
        """
        is_word = vocabulary.is_suggestable
        is_alone = is_word | _is_mark(vocabulary) if punctuation else is_word
        may_begin = is_word.copy()
        if vocabulary.clitic_ids.size:
            bound = vocabulary.encode(BOUND_HOSTS)
            may_begin[bound[bound != OOV]] = True
        host_ids = np.flatnonzero(may_begin | is_alone).astype(np.int32)
        may_join = may_begin[host_ids, None] & np.ones(vocabulary.clitic_ids.size, bool)
        return cls(vocabulary, host_ids, is_alone[host_ids], may_join)

    @property
    def num_bound(self) -> int:
        """How many of the hosts are no word without a clitic."""
        return len(self.is_alone) - int(np.count_nonzero(self.is_alone))

    def write(self, token_ids: tuple[int, ...]) -> str:
        """The word that a host, or a host and a clitic, make, as a person writes it."""
        host, *clitics = token_ids
        tokens = self.vocabulary.tokens
        return self.vocabulary.written[host] + "".join(tokens[i] for i in clitics)

    def starting_with(self, prefix: str) -> Offers:
        """Those that begin with the letters typed so far, up to case and accents.

        "don" finds "don't", though "do" does not fit it. A prefix of nothing but
        accents is as good as none: everything begins with it.
        """
        key = without_case_and_accents(prefix)
        if not key:
            return self
        rows = self._rows_from(key)
        hosts, is_alone, may_join = [rows], self.is_alone[rows], self.may_join[rows]
        for shorter, joins in self._rows_within(key):
            hosts.append(shorter)
            is_alone = np.append(is_alone, np.zeros(len(shorter), bool))
            may_join = np.concatenate([may_join, self.may_join[shorter] & joins])
        rows = np.concatenate(hosts)
        is_some = is_alone | may_join.any(axis=1)
        order = np.flatnonzero(is_some)
        order = order[np.argsort(rows[order])]  # ids ascend with the rows
        ids = self.host_ids[rows[order]]
        return Offers(self.vocabulary, ids, is_alone[order], may_join[order])

    @cached_property
    def _sorted_keys(self) -> tuple[list[str], np.ndarray]:
        """The keys of all hosts in their order, and the row of each."""
        written = self.vocabulary.written
        keys = [without_case_and_accents(written[i]) for i in self.host_ids.tolist()]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return [keys[i] for i in order], np.array(order, np.intp)

    @cached_property
    def _clitic_keys(self) -> list[str]:
        tokens = self.vocabulary.tokens
        return [tokens[i] for i in self.vocabulary.clitic_ids.tolist()]

    def _rows_from(self, key: str) -> np.ndarray:
        """The rows of the hosts whose keys begin with `key`."""
        keys, rows = self._sorted_keys
        return rows[bisect_left(keys, key) : bisect_left(keys, key + _LAST)]

    def _rows_within(self, key: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """Hosts that are shorter than `key` and reach it with a clitic.

        Returns:
            Their rows, and bool [clitics]: which clitics go on as `key` does.
        """
        keys, rows = self._sorted_keys
        longest = max(map(len, self._clitic_keys), default=0)
        found = []
        for cut in range(max(1, len(key) - longest), len(key)):
            rest = key[cut:]
            joins = np.array([it.startswith(rest) for it in self._clitic_keys], bool)
            if joins.any():
                first = bisect_left(keys, key[:cut])
                end = bisect_right(keys, key[:cut], first)
                found.append((rows[first:end], joins))
        return found


def _is_mark(vocabulary: Vocabulary) -> np.ndarray:
    """Bool [size]: has neither a letter nor a digit; no reserved id, no clitic."""
    marks = [not any(map(str.isalnum, form)) for form in vocabulary.written]
    marks[: len(RESERVED)] = [False] * len(RESERVED)
    return np.array(marks, bool)
