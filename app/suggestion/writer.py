"""A person who writes with suggestions: what is offered at the caret, what taking it does.

A line that is edited and the place of its caret enter, after every key; the words for
this place leave, the rest of the best one as ghost text, and the line after one of them
was taken. Earlier lines are context: a name that stood there is known. Nothing is kept
but in memory. This module knows no terminal and no page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.suggestion.decoding import Suggestion
from app.suggestion.predictor import BLANK, Predictor
from app.suggestion.prefix import split_prefix

# Text in front of the line that is context; more would only be cut off again.
_MOST_CONTEXT = 20_000


class Line(NamedTuple):
    """A line of text and how many characters of it stand before the caret."""

    text: str
    caret: int


@dataclass(frozen=True)
class View:
    """What is offered at one place.

    Attributes:
        line: where.
        begin: where the word begins that would be replaced, or the blank.
        end: where it ends.
        choices: the likeliest first.
    """

    line: Line
    begin: int
    end: int
    choices: tuple[Suggestion, ...]

    @property
    def ghost(self) -> str:
        """What is missing of the best word, where the caret stands at the line's end."""
        text, caret = self.line
        if not self.choices or caret < len(text) or self.end > caret:
            return ""
        word, typed = self.choices[0].word, text[self.begin : caret]
        return word[len(typed) :] if word.lower().startswith(typed.lower()) else ""

    def take(self, number: int = 0) -> Line:
        """The line with a choice in its place, and a space where the text goes on.

        Raises:
            IndexError: there is no such choice.
        """
        text, caret = self.line
        word, rest = self.choices[number].word, text[self.end :]
        if self.end > caret or rest[:1].isspace():  # a blank; or a word inside the text
            space = ""
        else:
            space = " "
        before = text[: self.begin] + word + space
        return Line(before + rest, len(before))


class Writer:
    """Offers words for one text that grows line by line.

    Args:
        predictor: what suggests.
        top: words at a time.
    """

    def __init__(self, predictor: Predictor, top: int) -> None:
        self._predictor = predictor
        self._session = predictor.session()
        self._top = top
        self._context = ""
        self._shown: View | None = None

    def show(self, line: Line) -> View:
        """What is offered for the word at the caret, or for the first blank.

        Raises:
            UserError: the line cannot be read; see `Predictor.fill`.
        """
        if self._shown is None or self._shown.line != line:
            blank = BLANK.search(line.text)
            found = self._for_word(line) if blank is None else None
            self._shown = found or self._for_blank(line)
        return self._shown

    def finish(self, line: str) -> None:
        """The line is done, and context from now on."""
        self._context = (self._context + line + "\n")[-_MOST_CONTEXT:]
        self._shown = None

    def _for_word(self, line: Line) -> View:
        text, caret = line
        left, _ = split_prefix(text[:caret], self._predictor.offers)
        self._session.set(self._context + text, len(self._context) + caret)
        choices = self._session.complete(self._top, typing=True)
        return View(line, len(left), caret, tuple(choices))

    def _for_blank(self, line: Line) -> View:
        answer = self._predictor.fill(self._context + line.text, top=self._top)
        choices = [Suggestion(**it) for it in answer["blanks"][0]["suggestions"]]
        begin, end = BLANK.search(line.text).span()
        return View(line, begin, end, tuple(choices))
