"""The words that a typist wants to write, and what she saw of each.

A text enters; where its words begin and end leaves, and whether a vocabulary has them.
What was seen of a word is kept here too, because keys and seconds are both made of it.
This module knows no model and no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from app.suggestion.offers import Offers
from app.text.tokenizer import Tokenizer

_LETTER = "[^\\W_][\u0300-\u036f]*"  # or digit, with the accents that stand alone
_WORD = re.compile(rf"(?:{_LETTER})+(?:['\u2019.,&\u2010\u2011-](?:{_LETTER})+)*")
_GIVEN_WORD = re.compile(r"(?<!\S)[^\W_]\S*")


class Found(NamedTuple):
    """Where the wanted word was found.

    Attributes:
        letters: how many had been typed.
        place: in the list, from 1.
    """

    letters: int
    place: int


class TypedWord(NamedTuple):
    """What the typist saw of a word.

    Attributes:
        letters: that it has.
        beside: keys that a selection saves beside letters: 1 where it types the space
            that follows, -1 where the space has to be deleted.
        in_vocabulary: whether a model with this vocabulary can offer it.
        found: by number of slots, in their order; None where taking it saved nothing.
        empty_at: letters after which nothing fits any more, so that there is nothing
            to look at; None: there always was.
    """

    letters: int
    beside: int
    in_vocabulary: bool
    found: tuple[Found | None, ...]
    empty_at: int | None = None

    def saved(self, letters: int) -> int:
        """Keys that a selection after so many letters saves, or costs if negative."""
        return self.letters - letters + self.beside - 1

    def saved_by(self, slot: int) -> int:
        """Keys saved with the number of slots at this place in the rules."""
        found = self.found[slot]
        return 0 if found is None else self.saved(found.letters)

    def places(self, first: int) -> range:
        """Letters typed where a look at the list may still save a key.

        Args:
            first: letters before the first list.
        """
        end = self.letters + self.beside - 1
        if self.empty_at is not None:
            end = min(end, self.empty_at)
        return range(first, max(first, end))


class TypedDocument(NamedTuple):
    """A document that was typed.

    Attributes:
        characters: keys without help, those that end paragraphs counted.
        words: what the typist wanted; all other characters are typed.
    """

    characters: int
    words: tuple[TypedWord, ...]


def wanted_words(text: str, tokenizer: Tokenizer) -> Iterator[tuple[int, int]]:
    """Yields where each word of a text begins and ends.

    A word ends at white space or a mark. One mark between two letters or digits may
    belong to it (`don't`, `well-known`, `1,000`), a full stop behind it does where the
    tokenizer takes them for one. Given tokens are taken whole.

    >>> text = "(Mr. Smith's co-op/mill.)"
    >>> [text[begin:end] for begin, end in wanted_words(text, Tokenizer())]
    ['Mr.', "Smith's", 'co-op', 'mill']
    """
    pattern = _GIVEN_WORD if tokenizer.pretokenized else _WORD
    for match in pattern.finditer(text):
        begin, end = match.span()
        if text[end : end + 1] == "." and not tokenizer.pretokenized:
            end += len(tokenizer.tokenize(text[begin : end + 1])) == 1
        yield begin, end


def is_offered(word: str, offers: Offers, tokenizer: Tokenizer) -> bool:
    """Whether a word is among some offers, whatever its case."""
    vocabulary = offers.vocabulary
    tokens = tokenizer.tokenize(word)
    if not tokens:
        return False
    host, *clitics = vocabulary.encode(tokens).tolist()
    row = int(np.searchsorted(offers.host_ids, host))
    if row == len(offers.host_ids) or offers.host_ids[row] != host:
        return False
    if not clitics:
        return bool(offers.is_alone[row])
    columns = np.flatnonzero(vocabulary.clitic_ids == clitics[0])
    return len(clitics) == 1 and bool(offers.may_join[row, columns].any())
