r"""Lines to paragraphs: what a page showed as one is one.

Text enters as it stood in a file, with line ends where a typewriter or an editor put
them; paragraphs leave. Two questions are answered here: what parts the paragraphs
(blank lines, or line ends), and whether line ends inside them were forced by the width
of the page. `hyphens` answers a third, whether a hyphen at a line end belongs to the
word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from itertools import chain, islice, pairwise
from typing import NamedTuple

from app.text.readers.encodings import unix_lines
from app.text.readers.hyphens import SplitWords
from app.text.readers.report import Report

_BLANK_LINES = re.compile(r"\n\s*\n")
# Colours of a terminal, then single characters: escape, Ctrl-Z, backspace. Those that
# are white space (tab, form feed) stay for `str.split`.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0e-\x1b\x7f]")
# Looked for one by one, which in a long text takes a tenth of the time of a pattern.
_ANY_CONTROL = [*map(chr, range(9)), "\x0c", *map(chr, range(14, 28)), "\x7f"]
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAGE_BREAK = re.compile(r"\n?\f\n?")
_INDENTED = re.compile(r"(?:\t| {2,})\S")
_RULE = re.compile(r"[\W_]{3,}")  # * * * and ----- say nothing

_BLOCK = 1 << 20  # characters whose lines are cut at once
_LONG_LINE = 120  # characters; no page is that wide, so the line is a paragraph
_LONG_SHARE = 0.5  # of the text in such lines
_TELLING = 1 << 16  # characters; a shorter section does not tell of the others
_LONGEST_PARAGRAPH = 1 << 20  # characters; where blank lines part more, lines do
_MIN_LINES = 5  # fewer do not tell how wide the page was
_SAMPLE_LINES = 5_000  # tell how the others end
_PAGE_WIDTHS = range(40, 101)
_MIN_FORCED_SHARE = 0.7  # of the line ends, where the next word did not fit
_WIDTH_QUANTILE = 0.95  # a few lines of a ragged page stick out


class _Parted(Enum):
    """What parts the paragraphs of a text."""

    BY_LINE_ENDS = "each line is one"
    BY_BLANK_LINES = "line ends inside them mean nothing"
    BY_INDENTS = "a wrapped page without blank lines"


class _Layout(NamedTuple):
    """How the lines of a text stand; its page is `width` characters wide."""

    parted: _Parted
    width: int = 0


class Prose:
    """The paragraphs of one text, which may come in sections.

    Args:
        report: is told of joined words.
        name: of the file, for the report.
        is_wrapped: whether lines end where the page ended; None: judged.

    What is judged of a text is judged on its first section that is long enough, and
    kept for the others.
    """

    def __init__(
        self,
        report: Report | None = None,
        name: str = "",
        *,
        is_wrapped: bool | None = None,
    ) -> None:
        self._report = report
        self._name = name
        self._is_wrapped = is_wrapped
        self._begin()

    def _begin(self) -> None:
        self._layout: _Layout | None = None
        self._split_words = SplitWords()

    def paragraphs(self, text: str) -> tuple[str, ...]:
        """The paragraphs of the next section, white space in them folded.

        Composed accents (NFC) are what GloVe and keyboards have: they are made here.
        """
        text = _cleaned(text)
        text, num_joined = self._split_words.join(text)
        if self._report is not None:
            what = "words parted at a line end were joined"
            self._report.change(what, self._name, num_joined)
        layout = self._layout = self._layout or _judged(text, self._is_wrapped)
        if len(text) < _TELLING:  # a book whose title ends a section
            self._begin()
        return tuple(
            folded
            for piece in _pieces(text, layout)
            if (folded := " ".join(piece.split())) and not _RULE.fullmatch(folded)
        )


def paragraphs(
    text: str,
    report: Report | None = None,
    name: str = "",
    *,
    is_wrapped: bool | None = None,
) -> tuple[str, ...]:
    r"""Paragraphs parted by blank lines, or by lines where no line is blank.

    The text is whole; see `Prose` for the arguments.

    >>> paragraphs("One is wrapped\nhard.\n\nTwo.")
    ('One is wrapped hard.', 'Two.')
    >>> paragraphs("One.\nTwo.")
    ('One.', 'Two.')
    """
    return Prose(report, name, is_wrapped=is_wrapped).paragraphs(text)


def _cleaned(text: str) -> str:
    """`text` in NFC, with line feeds for line ends, without control characters."""
    if not text.isascii():  # ASCII is in every normal form
        text = unicodedata.normalize("NFC", text)
        if _SURROGATE.search(text):  # half a letter, which JSON may hold, no file can
            text = _SURROGATE.sub("\ufffd", text)
    text = unix_lines(text)
    if any(map(text.__contains__, _ANY_CONTROL)):
        text = _CONTROLS.sub("", _PAGE_BREAK.sub("\n\n", text))
    return text.strip("\n")


def _judged(text: str, is_wrapped: bool | None = None) -> _Layout:
    """How the lines of `text` stand."""
    num_long = sum(len(line) for line in _lines(text) if len(line) > _LONG_LINE)
    if num_long > _LONG_SHARE * len(text):
        return _Layout(_Parted.BY_LINE_ENDS)
    if is_wrapped or _BLANK_LINES.search(text):
        return _Layout(_Parted.BY_BLANK_LINES)
    return _judged_page(text)


def _judged_page(text: str) -> _Layout:
    """How lines stand between which none is blank."""
    sample = list(islice(_lines(text), _SAMPLE_LINES))
    if _is_wrapped(sample):
        return _Layout(_Parted.BY_INDENTS, _page_width(sample))
    return _Layout(_Parted.BY_LINE_ENDS)


def _lines(text: str) -> Iterator[str]:
    """Yields the lines of `text`; all of them at once would take twice its memory."""
    start = 0
    while 0 <= (end := text.find("\n", start + _BLOCK)):
        yield from text[start:end].split("\n")
        start = end + 1
    yield from text[start:].split("\n")


def _pieces(text: str, layout: _Layout) -> Iterator[str]:
    """The paragraphs of `text`, their line ends still in them."""
    if layout.parted is _Parted.BY_LINE_ENDS:
        return _lines(text)
    if layout.parted is _Parted.BY_INDENTS:
        return _unwrapped(_lines(text), layout.width)
    return _between_blank_lines(text)


def _between_blank_lines(text: str) -> Iterator[str]:
    start = 0
    for match in chain(_BLANK_LINES.finditer(text), [None]):
        piece = text[start : match.start() if match else None]
        if len(piece) <= _LONGEST_PARAGRAPH:
            yield piece
        else:  # a title and a blank line, then a million lines without one
            yield from _pieces(piece, _judged_page(piece))
        start = match.end() if match else 0


def _page_width(lines: list[str]) -> int:
    """The width that all but a few lines keep to."""
    lengths = sorted(len(line.rstrip()) for line in lines)
    return lengths[min(int(_WIDTH_QUANTILE * len(lengths)), len(lengths) - 1)]


def _is_forced(line: str, following: str, width: int) -> bool:
    """Whether the first word of the next line had no room on this one."""
    first_word = following.split(None, 1)[0] if following.strip() else ""
    return len(line.rstrip()) + 1 + len(first_word) > width


def _is_wrapped(lines: list[str]) -> bool:
    """Whether lines end where the page ended, not where the writer ended them."""
    if len(lines) < _MIN_LINES or _page_width(lines) not in _PAGE_WIDTHS:
        return False
    width = _page_width(lines)
    pairs = list(zip(lines, lines[1:], strict=False))
    num_forced = sum(_is_forced(line, following, width) for line, following in pairs)
    return num_forced >= _MIN_FORCED_SHARE * len(pairs)


def _unwrapped(lines: Iterator[str], width: int) -> Iterator[str]:
    """Paragraphs of a wrapped page: a new one is indented, or follows a short line."""
    first = next(lines)
    current = [first]
    for line, following in pairwise(chain([first], lines)):
        if _INDENTED.match(following) or not _is_forced(line, following, width):
            yield "\n".join(current)
            current = []
        current.append(following)
    yield "\n".join(current)
