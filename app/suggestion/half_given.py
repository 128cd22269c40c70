"""Blanks of a text, and the letters of a word that stand right beside one.

    The ___ is blue        any word
    The sk___ is blue      a word that begins with "sk"
    It is ___ing           a word that ends in "ing"
    un___ly                both

A text enters; the pieces between its blanks and the letters beside each leave. Letters
fit up to case and accents, like those of a half-typed word. Marks belong to no word:
in "(___)" and "cat,___" the blank is whole. Of a contraction only the clitic can be
given: "___n't" asks for "isn't" and its like, while in "___'s" any word may be the
owner. This module knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import regex

from app.errors import UserError
from app.suggestion.blank_candidates import Blank, Given
from app.suggestion.decoding import Suggestion
from app.suggestion.offers import Offers
from app.text.folding import without_case_and_accents
from app.text.sentences import capitalised

BLANK = re.compile("_{3,}")

# Every further blank costs a step of the beam search: 0.1 s with 20,000 words on one
# core. A text with more blanks than this is hardly meant to be filled.
MAX_BLANKS = 20

# Longer than any word; a bound for the search beside a blank.
_LONGEST = 100

_LETTER = r"[\p{L}\p{M}\p{N}]"
_JOINER = "[-'’]"
_WORD = f"{_LETTER}+(?:{_JOINER}{_LETTER}+)*"
_AT_END = regex.compile(rf"{_WORD}{_JOINER}?\Z")
_AT_BEGIN = regex.compile(_WORD)


class Letters(NamedTuple):
    """What is given of the word in a blank; empty where nothing is."""

    prefix: str
    suffix: str

    def __bool__(self) -> bool:
        """Whether anything is given."""
        return bool(self.prefix or self.suffix)

    def folded(self) -> Letters:
        """Without case and accents."""
        return Letters(*map(without_case_and_accents, self))

    def fit(self, key: str) -> bool:
        """Whether a word has both ends and room for both; all of it folded."""
        prefix, suffix = self
        has_room = len(key) >= len(prefix) + len(suffix)
        return has_room and key.startswith(prefix) and key.endswith(suffix)

    def __str__(self) -> str:
        """As it stands in the text."""
        return f"{self.prefix}___{self.suffix}"


def split_at_blanks(text: str) -> tuple[list[str], list[Letters]]:
    """The pieces between the blanks of a text, and what is given of each blank.

    Example:
        >>> pieces, letters = split_at_blanks("The sk___ is (___) ___ing")
        >>> pieces
        ['The ', ' is (', ') ', '']
        >>> [str(it) for it in letters]
        ['sk___', '___', '___ing']

    Raises:
        UserError: there are too many blanks.
    """
    first, *rest = BLANK.split(text)
    if len(rest) > MAX_BLANKS:
        raise UserError(
            f"A text has {len(rest):,} blanks, but at most {MAX_BLANKS} are filled at "
            "a time. Split the text."
        )
    pieces, letters = [first], []
    for right in rest:
        before = _AT_END.search(pieces[-1], max(0, len(pieces[-1]) - _LONGEST))
        after = _AT_BEGIN.match(right, 0, _LONGEST)
        letters.append(Letters(*(it.group() if it else "" for it in (before, after))))
        pieces[-1] = pieces[-1][: before.start()] if before else pieces[-1]
        pieces.append(right[after.end() :] if after else right)
    return pieces, letters


def half_given(offers: Offers, letters: Letters) -> Blank:
    """What may stand in a blank beside which some letters are given."""
    if not letters:
        return Blank(offers)
    fitting = offers.starting_with(letters.prefix)
    return Blank(_ending_with(fitting, letters.folded()), is_half_given=True)


def check_fit(given: Sequence[Given], letters: Letters) -> None:
    """Refuses candidates that are not what the letters beside a blank begin.

    Raises:
        UserError: naming the first of them.
    """
    for candidate in given:
        if not letters.folded().fit(without_case_and_accents(candidate.word)):
            raise UserError(
                f"The candidate {candidate.word!r} does not fit '{letters}'. "
                "Candidates are whole words: give others, or put spaces around the "
                "blank."
            )


def with_capital(
    suggestions: Sequence[Suggestion], letters: Letters
) -> list[Suggestion]:
    """The suggestions, with a capital if the first letter that is given is one."""
    first = next(filter(str.isalpha, letters.prefix), "")
    if not first.isupper():
        return list(suggestions)
    return [it._replace(word=capitalised(it.word)) for it in suggestions]


def _ending_with(offers: Offers, letters: Letters) -> Offers:
    """Those that end in the suffix and are long enough for both; letters are folded."""
    if not letters.suffix:
        return offers
    vocabulary = offers.vocabulary
    hosts = [without_case_and_accents(vocabulary.written[i]) for i in offers.host_ids]
    clitics = vocabulary.decode(vocabulary.clitic_ids)
    is_alone = np.array([letters.fit(host) for host in hosts], bool)
    joined = [[letters.fit(host + it) for it in clitics] for host in hosts]
    may_join = np.array(joined, bool).reshape(offers.may_join.shape)
    is_alone, may_join = is_alone & offers.is_alone, may_join & offers.may_join
    kept = np.flatnonzero(is_alone | may_join.any(axis=1))
    return Offers(vocabulary, offers.host_ids[kept], is_alone[kept], may_join[kept])
