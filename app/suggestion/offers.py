"""What may be offered: which words, and how they are written.

A vocabulary enters; an `Offers` leaves, to which decoding and blanks keep. A word is
one token, or a host with the clitic that is written together with it ("it" and "'s").
Each restriction makes a new value:

    Offers.of(vocabulary)                         words and numbers, contractions
    Offers.of(vocabulary, punctuation=True)       and marks
    offers.starting_with("don")                   done, donkey, don't: half typed

The reserved ids, a clitic alone and `wo` without "n't" are in none of them. This module
knows no model: how likely a word is plays no part here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.text.folding import without_case_and_accents
from app.text.tokenizer import HOSTS
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
        """All words and numbers of a vocabulary, with the contractions of them.

        Args:
            vocabulary: what a model knows.
            punctuation: marks may be offered too, being what has neither a letter nor
                a digit. They make no contractions.
        """
        is_word = vocabulary.is_suggestable
        is_alone = is_word | _is_mark(vocabulary) if punctuation else is_word
        may_join = _may_join(vocabulary)
        host_ids = np.flatnonzero(is_alone | may_join.any(axis=1)).astype(np.int32)
        return cls(vocabulary, host_ids, is_alone[host_ids], may_join[host_ids])

    def __bool__(self) -> bool:
        """Whether there is any."""
        return len(self.host_ids) > 0

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
        return self.with_any_key([key]) if key else self

    def with_any_key(self, keys: Iterable[str]) -> Offers:
        """Those that begin with one of several keys (`without_case_and_accents`)."""
        rows: list[np.ndarray] = [np.zeros(0, np.intp)]
        is_alone, may_join = [self.is_alone[:0]], [self.may_join[:0]]
        for key in keys:
            fitting = np.sort(self._rows_from(key))
            rows.append(fitting)
            is_alone.append(self.is_alone[fitting])
            may_join.append(self.may_join[fitting])
            for shorter, joins in self._rows_within(key):
                rows.append(shorter)
                is_alone.append(np.zeros(len(shorter), bool))
                may_join.append(self.may_join[shorter] & joins)
        return self._of_rows(*map(np.concatenate, (rows, is_alone, may_join)))

    def without(self, words: Iterable[tuple[str, ...]]) -> Offers:
        """Those that remain when some words are left out.

        Args:
            words: each a token in lower case, which no contraction may have either, or
                a host and a clitic, which are left out together.
        """
        vocabulary = self.vocabulary
        keys = [token.lower() for token in vocabulary.tokens]
        column = {keys[i]: j for j, i in enumerate(vocabulary.clitic_ids.tolist())}
        rows: dict[str, list[int]] = {}
        for row, token_id in enumerate(self.host_ids.tolist()):
            rows.setdefault(keys[token_id], []).append(row)
        is_alone, may_join = self.is_alone.copy(), self.may_join.copy()
        for host, *clitics in words:
            if clitics:
                may_join[rows.get(host, []), column.get(clitics[0], slice(0))] = False
            else:
                is_alone[rows.get(host, [])] = False
                may_join[rows.get(host, [])] = False
                may_join[:, column.get(host, slice(0))] = False
        return self._of_rows(np.arange(len(self.host_ids)), is_alone, may_join)

    def merge_cases(self, log_priors: np.ndarray) -> np.ndarray:
        """One word for those that differ only in case, as given tokens may.

        Args:
            log_priors: float [..., hosts], nats.

        Returns:
            The same, where the likeliest form of a word has the probability of all of
            its forms, and the others have none (-inf).
        """
        places, first, lengths = self.case_variants
        if not len(places):
            return log_priors
        forms = log_priors[..., places]
        total = np.logaddexp.reduceat(forms, first, axis=-1)
        largest = np.repeat(
            np.maximum.reduceat(forms, first, axis=-1), lengths, axis=-1
        )
        # Of equally likely forms the one with the smallest id stands for all.
        order = np.where(forms == largest, np.arange(len(places)), len(places))
        chosen = np.minimum.reduceat(order, first, axis=-1)
        merged = np.full_like(forms, -np.inf)
        np.put_along_axis(merged, chosen, total, axis=-1)
        log_priors = log_priors.copy()
        log_priors[..., places] = merged
        return log_priors

    @cached_property
    def case_variants(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places of the hosts that differ from another only in case, word by word.

        Returns:
            The places, where each word begins among them, and how many forms it has.
        """
        forms: dict[str, list[int]] = {}
        if self.vocabulary.pretokenized:  # else ids are of lower-cased text
            for place, token_id in enumerate(self.host_ids.tolist()):
                key = self.vocabulary.tokens[token_id].lower()
                forms.setdefault(key, []).append(place)
        several = [places for places in forms.values() if len(places) > 1]
        lengths = np.array([len(places) for places in several], np.intp)
        first = np.cumsum(lengths) - lengths
        return np.array([i for it in several for i in it], np.intp), first, lengths

    def letters_after(self, key: str) -> set[str]:
        """The letters that may follow `key` in a word, and perhaps some more."""
        keys, _ = self._sorted_keys
        letters = set().union(*self._clitic_keys)
        place = bisect_right(keys, key)
        while place < len(keys) and keys[place].startswith(key):
            letter = keys[place][len(key)]
            letters.add(letter)
            place = bisect_left(keys, key + letter + _LAST, place)
        return letters

    def _of_rows(
        self, rows: np.ndarray, is_alone: np.ndarray, may_join: np.ndarray
    ) -> Offers:
        """Some rows with what they may do; of one that is there twice, either."""
        if not (rows[1:] > rows[:-1]).all():
            order = np.argsort(rows)
            rows, is_alone, may_join = rows[order], is_alone[order], may_join[order]
            first = np.append(0, 1 + np.flatnonzero(rows[1:] > rows[:-1]))
            rows = rows[first]
            is_alone = np.logical_or.reduceat(is_alone, first)
            may_join = np.logical_or.reduceat(may_join, first, axis=0)
        if not is_alone.all():
            is_some = is_alone | may_join.any(axis=1)
            rows, is_alone, may_join = (
                rows[is_some],
                is_alone[is_some],
                may_join[is_some],
            )
        return Offers(self.vocabulary, self.host_ids[rows], is_alone, may_join)

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


def _may_join(vocabulary: Vocabulary) -> np.ndarray:
    """Bool [size, clitics]: which words make a contraction with which clitic."""
    may_join = np.zeros((vocabulary.size, vocabulary.clitic_ids.size), bool)
    for column, clitic in enumerate(vocabulary.decode(vocabulary.clitic_ids)):
        if clitic in HOSTS:
            hosts = vocabulary.encode(HOSTS[clitic])
            may_join[hosts[hosts != OOV], column] = True
        else:
            may_join[:, column] = vocabulary.is_suggestable
            verbs = vocabulary.encode(HOSTS["n't"])
            may_join[verbs, column] = False
    return may_join


def _is_mark(vocabulary: Vocabulary) -> np.ndarray:
    """Bool [size]: has neither a letter nor a digit; no reserved id, no clitic."""
    marks = [not any(map(str.isalnum, form)) for form in vocabulary.written]
    marks[: len(RESERVED)] = [False] * len(RESERVED)
    return np.array(marks, bool)
