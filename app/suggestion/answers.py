"""The published answer: its form, and how words are written in it.

What the search found for each blank goes in, plain dicts that are ready for JSON leave.
"""

from __future__ import annotations

import functools
from typing import NotRequired, TypedDict

from app.suggestion.blanks import FilledBlank
from app.suggestion.decoding import beginning_a_sentence
from app.suggestion.half_given import Letters, with_capital
from app.text.sentences import begins_after


class SuggestionDict(TypedDict):
    """An offered word with its probability."""

    word: str
    probability: float


class BlankDict(TypedDict):
    """The words for one blank, the likeliest first."""

    suggestions: list[SuggestionDict]
    unexamined: NotRequired[float]


class Answer(TypedDict):
    """The answer for one text; the next word is one implied blank at the end."""

    text: str
    blanks: list[BlankDict]


def shown(text: str) -> str:
    """A text as messages quote it, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:40] + "...")


def with_capitals(
    blanks: list[FilledBlank], pieces: list[list[str]], letters: list[Letters]
) -> list[FilledBlank]:
    """The answers, with a capital where a sentence begins or where one was given."""
    begins = True
    answers = []
    # The last piece has no blank to its right.
    for blank, piece, given in zip(blanks, pieces[:-1], letters, strict=True):
        begins = functools.reduce(begins_after, piece, begins)
        words = with_capital(blank.suggestions, given)
        if begins:
            words = beginning_a_sentence(words)
        answers.append(blank._replace(suggestions=words))
        begins = False  # a word stands in the blank
    return answers


def confident(blank: FilledBlank, confidence: float) -> FilledBlank:
    """The blank without the words that are less likely."""
    kept = [it for it in blank.suggestions if it.probability >= confidence]
    return blank._replace(suggestions=kept)


def blank_dict(blank: FilledBlank) -> BlankDict:
    """The answer for one blank, ready for JSON."""
    answer: BlankDict = {
        "suggestions": [
            {"word": word, "probability": probability}
            for word, probability in blank.suggestions
        ]
    }
    if blank.unexamined is not None:
        answer["unexamined"] = blank.unexamined
    return answer
