"""Project Gutenberg's own words around a book: found, and taken away.

The lines of a file enter; the lines of the books in it leave. The headers and
licences of 1993 to today are known: the "small print" of the old Etexts, the
`*** START OF` and `*** END OF` lines of the new eBooks, and between them and the book
the remarks of those who scanned it. What the author wrote, a preface or a note on the
text, stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MENTION = re.compile(r"(?i)project gutenberg")
# The last line of what stands before a book.
_HEADER_END = re.compile(
    r"(?i)\W*START(?: OF|:)? (?:THE |THIS )?PROJECT GUTENBERG E-?(?:BOOK|TEXT)\b"
    r"|\*\s?END\s?\*?\s?THE SMALL PRINT"
)
# The first line of what stands behind it.
_BOOK_END = re.compile(
    r"(?i)\W*END OF (?:THE |THIS )?PROJECT GUTENBERG E-?(?:BOOK|TEXT)\b"
    r"|\W*(?:this is )?(?:the )?end of (?:the |this )?project gutenberg"
)
_HEADER_LINES = 600  # no header is longer; the longest of 36 has 281
_CREDIT_PARAGRAPHS = 12  # of a book may be remarks of its makers
_CREDIT_LINES = 12  # no such remark is longer
_MAKING = (
    r"scanned|proofed|proofread|proof-read|transcribed|typed|keyed|digiti[sz]ed|"
    r"produced|prepared|perpared|created|contributed|converted|edited|formatted|"
    r"corrections"
)
_CREDIT = re.compile(
    r"(?is).*\bproject gutenberg|.*[\w.]@[\w-]+\.\w|.*\bOmniPage\b"
    r"|\W*(?:e-?text|e-?book|electronic (?:text|edition))\b|.*\bthis e-?text\b"
    rf"|\W*(?:{_MAKING})\b.*\b(?:by|with|from)\b"
    r"|\W*(?:production|structure|transcriber'?s?'? notes?):"
    r"|.*\b(?:flatbed scanner|OCR software)\b"
)
_MAKERS_NOTE = re.compile(
    r"(?i)\W*(?:transcriber'?s'? notes?\b|note:\s+i have made the following changes)"
)
_MAX_NOTE_SHARE = 0.1  # of a book, at its end
_TITLE_LINE = re.compile(
    r"(?i)\W*(?:the )?project gutenberg(?:'s)? (?:e-?text|e-?book|edition)\b"
)


class Book(NamedTuple):
    """A book, or a part of one that an earlier section began."""

    text: str
    goes_on: bool = False


def books(text: str) -> list[str]:
    """The books in `text`, one after the other; `text` itself where there are none."""
    return [book.text for book in Shelf().books(text)]


class Shelf:
    """The books of one file, which may come in sections.

    A file that was made of several others holds several; what stands behind one and
    before the next header is dropped.

    Attributes:
        has_notices: whether anything was taken away so far.
    """

    def __init__(self) -> None:
        self.has_notices = False
        self._is_first = True
        self._is_in_book = False  # where the next section begins: behind a header
        self._is_behind_book = False  # or where licences stand

    def books(self, text: str) -> list[Book]:
        """The books in the next section; it alone where there are none."""
        if self._is_behind_book or _MENTION.search(text):
            found = list(self._found(text.split("\n")))
            self.has_notices |= [book.text for book in found] != [text]
        else:
            found = [Book(text, goes_on=not self._is_first)]
        self._is_first = False
        return found

    def _found(self, lines: list[str]) -> Iterator[Book]:
        body: list[str] | None = None
        goes_on = False
        for starts_book, start, end in self._bodies(lines):
            if body is not None and not starts_book:  # prefaces behind the first end
                body += ["", *_without_title(lines[start:end])]
                continue
            if body is not None:
                yield Book("\n".join(body), goes_on)
            goes_on = start == 0 and not self._is_first
            body = lines[start:end]
            if starts_book and not goes_on:
                body = _without_credits(body)
        if body is not None:
            yield Book("\n".join(body), goes_on)

    def _bodies(self, lines: list[str]) -> Iterator[tuple[bool, int, int]]:
        """Yields whether a book begins there, and the lines from and to.

        Drawn for two files in one, H the end of a header, E the end of a book::

            H header H text text E licence H text E text E
                      1         1           2     2 2    2
        """
        # Of the book that is open; one from before has its header far behind it.
        start = -_HEADER_LINES if self._is_in_book else None
        last_end = 0 if self._is_behind_book else None
        for number, line in enumerate(lines):
            if _HEADER_END.match(line):
                if start is None or number - start < _HEADER_LINES:
                    start = number + 1
            elif _BOOK_END.match(line):
                if start is not None:
                    yield True, max(start, 0), number
                else:
                    yield last_end is None, last_end or 0, number
                start, last_end = None, number + 1
        self._is_in_book = start is not None
        self._is_behind_book = start is None and last_end is not None
        if start is not None:
            yield True, max(start, 0), len(lines)
        elif last_end is None:
            yield False, 0, len(lines)


def _without_credits(lines: list[str]) -> list[str]:
    """A book without the remarks of its makers at its start, and their last title."""
    kept: list[str] = []
    num_paragraphs = 0
    for paragraph in _paragraphs(lines):
        is_text = any(line.strip() for line in paragraph)
        num_paragraphs += is_text
        may_be = (
            num_paragraphs <= _CREDIT_PARAGRAPHS and len(paragraph) <= _CREDIT_LINES
        )
        if not (is_text and may_be and _CREDIT.match("\n".join(paragraph))):
            kept += paragraph
    earliest = len(kept) - int(_MAX_NOTE_SHARE * len(kept))
    for number in range(earliest, len(kept)):
        if _MAKERS_NOTE.match(kept[number]):
            return _without_title(kept[:number])
    return _without_title(kept)


def _without_title(lines: list[str]) -> list[str]:
    """`lines` without single lines that name the Etext, at either end of a book."""
    return [line for line in lines if not _TITLE_LINE.match(line)]


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Runs of lines with text, and runs of blank lines."""
    current: list[str] = []
    for line in lines:
        if current and bool(line.strip()) != bool(current[-1].strip()):
            yield current
            current = []
        current.append(line)
    if current:
        yield current
