r"""The tokens of a text that is being edited, cut anew only where it has changed.

Texts enter, one after each key; tokens and ids of any beginning of the last one leave.
What a tokenizer makes of a character can depend on both of its sides (`do` and `n't`,
`U.S.`, a last sigma), so a text is kept in pieces that cannot see each other:

    It was cold. |We went home, |and then      a key changes one piece, or joins two

Between white space and a letter or digit every rule of the tokenizer stops, so there
the tokens of a text are those of its parts, one after the other:

- a token has no space inside, and nothing in front of one changes how it is matched;
- what is joined (clitics, `end.com`) has nothing between, not even a space;
- rules across spaces are about full stops alone, and a letter is none;
- an accent belongs to the letter before it, and a space takes none; a joiner of
  pictures that stands beside a space is removed, as at the end of a text.

This module knows nothing about models.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain

import numpy as np

from app.text.tokenizer import Tokenizer
from app.text.vocabulary import Vocabulary

# Characters of a piece, up to twice as many. Cutting and numbering 64 takes 0.015 ms,
# half of which is spent on 5 as well, and 256 takes 0.04.
PIECE_LENGTH = 64

# Python's own `\w` says which characters are letters and digits; accents are not.
_CUT = re.compile(r"(?<=[ \n])(?=[^\W_])")

_NO_IDS = np.empty(0, np.int32)


@dataclass(eq=False)
class Piece:
    """A part of the text between two places where it may be cut."""

    text: str
    tokenizer: Tokenizer
    vocabulary: Vocabulary

    @cached_property
    def tokens(self) -> list[str]:
        """As written. They wait until somebody asks: a half-typed word is not asked."""
        return self.tokenizer.tokenize(self.text)

    @cached_property
    def token_ids(self) -> np.ndarray:
        """int32 [tokens]."""
        return self.vocabulary.encode(self.tokens)


class EditedText:
    """A text, known by its tokens.

    Args:
        tokenizer: cuts text as the training text was cut.
        vocabulary: numbers the tokens.

    Attributes:
        text: all of it.
    """

    def __init__(self, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        self.text = ""
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._pieces: list[Piece] = []
        self._starts: list[int] = [0]  # of each piece, and where the last one ends
        self._begun = self._piece("")  # the last part of a piece that was asked for
        self._gathered = (0, _NO_IDS)  # the ids of the first pieces, and how many

    def set(self, text: str) -> None:
        """Changes the text; what it has in common with the old one is kept."""
        first, last = self._changed_pieces(text)
        start = self._starts[first]
        end = len(text) - (len(self.text) - self._starts[last])
        self._pieces[first:last] = self._cut(text, start, end)
        lengths = (len(piece.text) for piece in self._pieces[first:])
        self._starts[first:] = accumulate(lengths, initial=start)
        self.text = text
        if self._gathered[0] > first:
            self._gathered = (0, _NO_IDS)

    def ids_before(self, end: int) -> np.ndarray:
        """The ids of the first `end` characters, int32 [tokens]."""
        index, begun = self._split(end)
        known, ids = self._gathered
        if known > index:
            known, ids = 0, _NO_IDS
        if known < index:
            more = [piece.token_ids for piece in self._pieces[known:index]]
            ids = np.concatenate([ids, *more])
            self._gathered = (index, ids)
        return np.concatenate([ids, begun.token_ids])

    def tokens_before(self, end: int) -> Iterator[str]:
        """The tokens of the first `end` characters as written, the last one first."""
        index, begun = self._split(end)
        pieces = chain([begun], reversed(self._pieces[:index]))
        return chain.from_iterable(reversed(piece.tokens) for piece in pieces)

    def _split(self, end: int) -> tuple[int, Piece]:
        """How many pieces lie before `end`, and the part of the next one that does."""
        index = bisect_right(self._starts, end, hi=len(self._pieces)) - 1
        if index < 0:  # there is no text
            return 0, self._begun
        begun = self.text[self._starts[index] : end]
        for known in (self._begun, self._pieces[index]):
            if begun == known.text:
                return index, known
        self._begun = self._piece(begun)
        return index, self._begun

    def _changed_pieces(self, text: str) -> tuple[int, int]:
        """The range of the old pieces that are not pieces of `text`.

        A piece is, if it stands in what both texts begin or end with, and so do the
        two characters around the place where it was cut.
        """
        prefix = _common_prefix(self.text, text)
        longest = min(len(self.text), len(text)) - prefix
        suffix = _common_suffix(self.text, text, longest)
        first = bisect_left(self._starts, prefix) - 1
        last = bisect_right(self._starts, len(self.text) - suffix)
        return max(first, 0), min(last, len(self._pieces))

    def _cut(self, text: str, start: int, end: int) -> list[Piece]:
        """The pieces of a part of `text` that begins and ends where it may be cut."""
        pieces = []
        while start < end:
            cut = None
            if end - start >= 2 * PIECE_LENGTH:
                cut = _CUT.search(text, start + PIECE_LENGTH, end)
            until = end if cut is None else cut.start()
            pieces.append(self._piece(text[start:until]))
            start = until
        return pieces

    def _piece(self, text: str) -> Piece:
        return Piece(text, self._tokenizer, self._vocabulary)


def _common_prefix(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning.

    By halves: comparing slices takes 10 us for 100,000 characters, where a loop over
    them takes milliseconds. What is written or deleted at the end takes 2.
    """
    low, high = 0, min(len(one), len(other))
    if other.startswith(one) or one.startswith(other):
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: str, other: str, longest: int) -> int:
    """How many characters they have in common at their end, up to `longest`."""
    low, high = 0, longest
    while low < high:
        middle = (low + high + 1) // 2
        end, other_end = len(one) - low, len(other) - low
        length = middle - low
        if one[end - length : end] == other[other_end - length : other_end]:
            low = middle
        else:
            high = middle - 1
    return low
