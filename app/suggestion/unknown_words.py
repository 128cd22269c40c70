"""The words of a text that the vocabulary does not know, such as the names in it.

A network sees only that a word is unknown. Which one it will be, the text tells: of N
unknown tokens so far, T of them different, one that stands there c times is given

    share = c / (N + T)

of the probability of OOV, and T / (N + T) is left for words that are still to come.
Source: Witten and Bell 1991, The zero-frequency problem, method C.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from app.text.folding import without_case_and_accents
from app.text.vocabulary import OOV

_LAST = "\U0010ffff"  # sorts behind every character that a word can have


class UnknownWords:
    """Unknown words with their share of the probability of OOV.

    Args:
        tokens: every unknown token of a text, as it is written there. Forms of a word
            that differ only in case are one word, written as it most often is.

    >>> UnknownWords(["Zaphod", "Zaphod", "Trillian"]).starting_with("za")
    {'Zaphod': 0.4}
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        forms: dict[str, Counter[str]] = {}
        for token in tokens:
            forms.setdefault(token.lower(), Counter())[token] += 1
        total = sum(count.total() for count in forms.values()) + len(forms)
        found = []
        for count in forms.values():
            word = count.most_common(1)[0][0]
            if word[:1].isalnum():  # marks and pictures are no words
                key = without_case_and_accents(word)
                found.append((key, word, count.total() / total))
        self._found = sorted(found)
        self._keys = [key for key, _, _ in self._found]

    @classmethod
    def of(cls, tokens: list[str], token_ids: np.ndarray) -> UnknownWords:
        """The unknown words among `tokens`, whose ids are int32 [tokens]."""
        return cls(tokens[i] for i in np.flatnonzero(token_ids == OOV))

    def without(self, is_blocked: Callable[[str], bool]) -> UnknownWords:
        """Those that are not blocked; the shares of the others stay what they are."""
        rest = UnknownWords(())
        rest._found = [it for it in self._found if not is_blocked(it[1])]
        rest._keys = [key for key, _, _ in rest._found]
        return rest

    def starting_with(self, key: str) -> dict[str, float]:
        """Words with their shares; their `without_case_and_accents` begins so."""
        first, end = bisect_left(self._keys, key), bisect_left(self._keys, key + _LAST)
        return {word: share for _, word, share in self._found[first:end]}

    def letters(self) -> set[str]:
        """Every character that one of the words has."""
        return set().union(*self._keys)
