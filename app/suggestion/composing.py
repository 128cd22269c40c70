"""Writing with suggestions: what is offered at the caret, and what taking it does.

A line that is edited and the place of its caret enter after every key; the words for
this place leave, the rest of the best one as ghost text, and the line after one of them
was taken. Earlier lines are context: a name that stood there is known. Nothing is kept
but in memory. This module knows no terminal and no page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.suggestion.decoding import Suggestion
from app.suggestion.half_given import BLANK, split_at_blanks
from app.suggestion.predictor import Predictor

# Text in front of the line that is context; more would only be cut off again.
_MOST_CONTEXT = 20_000

CLOSING_MARKS = ".,;:!?)]}"
"""Stand right behind a word: who writes sets them before the space a taken word got."""


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
        is_blank: whether it is a blank that would be filled.
    """

    line: Line
    begin: int
    end: int
    choices: tuple[Suggestion, ...]
    is_blank: bool = False

    @property
    def ghost(self) -> str:
        """What is missing of the best word, where the caret is behind it all."""
        text, caret = self.line
        if self.is_blank or not self.choices or caret < len(text):
            return ""
        word, typed = self.choices[0].word, text[self.begin : caret]
        return word[len(typed) :] if word.lower().startswith(typed.lower()) else ""

    def take(self, number: int = 0) -> Line:
        """The line with a choice in its place, and a space where none follows.

        The caret stands behind them; after a blank, where the line ends.

        Raises:
            IndexError: there is no such choice.
        """
        text = self.line.text
        rest = text[self.end :]
        has_space = self.is_blank or rest[:1].isspace()
        before = text[: self.begin] + self.choices[number].word
        before += "" if has_space else " "
        whole = before + rest
        return Line(whole, len(whole) if self.is_blank else len(before))


class Composer:
    """Offers words for one text that grows line by line.

    Args:
        predictor: what suggests.
        top: words at a time.
        once: what was passed over is not offered again while the word is typed.
    """

    def __init__(self, predictor: Predictor, top: int, *, once: bool = False) -> None:
        self._predictor = predictor
        self._session = predictor.session()
        self._top = top
        self._once = once
        self._context = ""
        self._shown: View | None = None

    def show(self, line: Line) -> View:
        """What is offered for the word at the caret, or for the first blank.

        Raises:
            UserError: the line cannot be read; see `Predictor.fill`.
        """
        if self._shown is None or self._shown.line != line:
            has_blank = BLANK.search(line.text) is not None
            self._shown = self._for_blank(line) if has_blank else self._for_word(line)
        return self._shown

    def finish(self, line: str) -> None:
        """The line is done, and context from now on unless it has a blank left."""
        if BLANK.search(line) is None:
            self._context = (self._context + line + "\n")[-_MOST_CONTEXT:]
        self._shown = None

    def _for_word(self, line: Line) -> View:
        text, caret = line
        start = len(self._context)
        self._session.set(self._context + text, start + caret)
        choices = self._session.complete(self._top, typing=True, once=self._once)
        return View(line, self._session.begin - start, caret, tuple(choices))

    def _for_blank(self, line: Line) -> View:
        answer = self._predictor.fill(self._context + line.text, top=self._top)
        choices = [Suggestion(**it) for it in answer["blanks"][0]["suggestions"]]
        _, [letters, *_] = split_at_blanks(line.text)
        begin, end = BLANK.search(line.text).span()  # type: ignore[union-attr]
        begin, end = begin - len(letters.prefix), end + len(letters.suffix)
        return View(line, begin, end, tuple(choices), is_blank=True)
