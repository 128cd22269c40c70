"""Bytes to characters: UTF-8, others guessed and reported.

Files that are one text are decoded at once, or in sections where they are long; files
of rows line by line. So a file of any length needs the memory of a section, or of its
longest line. This module does not know formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.readers.document import Unreadable
from app.text.readers.guessing import Guess, guess_encoding
from app.text.readers.inputs import Input
from app.text.readers.recoding import wide_encoding
from app.text.readers.report import Report

SECTION_BYTES = 1 << 24  # of a long text; a novel has a tenth of it
MAX_LINE_BYTES = 1 << 26  # a longer one is no row; 64 MiB are 40 novels
_BYTES_LINE_END = re.compile(rb"\r\n?|\n")
_BLANK_LINE = re.compile(rb"(?:\r\n?+|\n)[ \t\f\v]*(?:\r\n?|\n)")
_LONGEST_PARAGRAPH = 1 << 20  # bytes; where none ends in so many, a line does
# What old word processors left behind (form feed, Ctrl-Z, escape) is no sign of a
# binary file; one byte in fifty of them is. Measured: novels of Project Gutenberg
# hold at most 2 in 500,000, programs and images from 5 % up.
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f]")
_MAX_CONTROL_SHARE = 0.02
# Letters of UTF-8 for one stray byte: who writes both has pasted something in. Texts
# in other encodings hold next to nothing that is UTF-8 by chance.
_MIN_UTF8_SHARE = 10
_ESCAPED = re.compile("[\udc80-\udcff]+")  # where bytes wait that are no UTF-8
_SAMPLE_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"


class _Decoder:
    """UTF-8 first; what is not is read in the encoding that is guessed from it.

    A stray letter so does not spoil the rest of a file.
    """

    def __init__(self, name: str, report: Report, sample: bytes = b"") -> None:
        self._name = name
        self._report = report
        self._sample = sample  # what the first bad line alone may not tell
        self._guessed: str | None = None

    def decode(self, line: bytes, number: int) -> str:
        """The line of that number."""
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            pass
        if self._guessed is None:
            stray = _stray(line)
            guess = guess_encoding(stray + _stray(self._sample)) or guess_encoding(line)
            self._guessed = guess.encoding if guess else "cp1252"
            self._report.recode(self._name, f"{self._guessed} from line {number} on")
        if not _is_mostly_utf8(line, 1):
            return line.decode(self._guessed, errors="replace")
        encoding = self._guessed
        return _ESCAPED.sub(
            lambda match: _unescaped(match[0]).decode(encoding, errors="replace"),
            line.decode("utf-8", errors="surrogateescape"),
        )

    def decode_lines(self, data: bytes) -> str:
        """Several lines with their ends."""
        lines = data.split(b"\n")
        return "\n".join(self.decode(line, n) for n, line in enumerate(lines, start=1))


def read_text(source: Input, report: Report, declared: str | None = None) -> str:
    """All of `source` as text.

    Args:
        source: a file, read to its end.
        report: is told of a guessed encoding.
        declared: the encoding that the file itself names, tried after UTF-8.

    Raises:
        Unreadable: it is no text.
    """
    data = source.read()
    text = decode(source.name, data, report, declared)
    if text is None:
        raise not_text(source.name, len(data))
    return text


def text_sections(source: Input, report: Report) -> Iterator[str]:
    """Yields all of `source` with line feeds, in pieces that end where paragraphs do.

    A text of less than 16 MiB is one piece. The first tells the encoding of all.

    Raises:
        Unreadable: it is no text, or has a line that is too long.
    """
    # A map, which holds neither bytes nor text: who reads on needs the memory.
    yield from map(_Sections(source.name, report).decode, _byte_sections(source))


class _Sections:
    """The sections of one text, in the encoding of the first."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._encoding: str | None = None

    def decode(self, data: bytes) -> str:
        """The next section, with line feeds."""
        if self._encoding is None:
            decoded = _decode(self._name, data, self._report)
            if decoded is None:
                raise not_text(self._name, len(data))
            text, self._encoding = decoded
        elif b"\0" in data:
            raise not_text(self._name, len(data), ", after its first 16 MiB")
        elif self._encoding == "utf-8":
            text = _decode_utf8(self._name, data, self._report)
        else:
            text = data.decode(self._encoding, errors="replace")
        return unix_lines(text)


def unix_lines(text: str) -> str:
    """`text` with every line end as one line feed."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(
    name: str, data: bytes, report: Report, declared: str | None = None
) -> str | None:
    """The text in `data`, or None where it is no text."""
    decoded = _decode(name, data, report, declared)
    return None if decoded is None else decoded.text


def _decode(
    name: str, data: bytes, report: Report, declared: str | None = None
) -> Guess | None:
    wide = wide_encoding(data)  # a member of an e-book; others came as UTF-8
    if wide is not None:
        return Guess(data.decode(wide, errors="replace"), wide)
    if b"\0" in data:
        return None
    try:
        decoded = Guess(data.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError:
        guessed = _declared(data, declared)
        if guessed is None and _is_mostly_utf8(data, _MIN_UTF8_SHARE):
            guessed = Guess(_decode_utf8(name, data, report), "utf-8")
        elif guessed is None:
            guessed = guess_encoding(data)
            if guessed is None:
                return None
            report.recode(name, guessed.encoding)
        decoded = guessed
    num_controls = len(_CONTROLS.findall(decoded.text))
    return decoded if num_controls <= _MAX_CONTROL_SHARE * len(decoded.text) else None


def _is_mostly_utf8(data: bytes, share: int) -> bool:
    """Whether `data` has `share` letters of UTF-8 for each byte that is none."""
    text = data.decode("utf-8", errors="surrogateescape")
    num_stray = sum(map(len, _ESCAPED.findall(text)))
    num_wide = len(data) - len(text)  # each takes one byte more, or two or three
    return num_wide >= share * num_stray


def _stray(data: bytes) -> bytes:
    """`data` without the letters of UTF-8 in it, which are no question."""
    text = data.decode("utf-8", errors="surrogateescape")
    return _unescaped("".join(c for c in text if c < "\x80" or _ESCAPED.match(c)))


def _unescaped(text: str) -> bytes:
    return text.encode("ascii", errors="surrogateescape")


def _decode_utf8(name: str, data: bytes, report: Report) -> str:
    """`data` as UTF-8, lines that are not read as `_Decoder` does."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        data = data.removeprefix(_BOM)
        return _Decoder(name, report).decode_lines(data)


def _byte_sections(source: Input) -> Iterator[bytes]:
    rest = b""
    while data := source.stream.read(SECTION_BYTES):
        is_last = len(data) < SECTION_BYTES
        rest += data
        if is_last:
            break
        if end := _end_of_paragraph(rest):
            sections, rest = [rest[:end]], rest[end:]
            del data  # and nothing else is kept: who works on it needs the memory
            yield sections.pop()
        elif len(rest) >= MAX_LINE_BYTES:
            raise _long_line(source.name)
    if rest:
        yield rest


def _end_of_paragraph(data: bytes) -> int:
    """Where the last paragraph that is whole ends, else the last line; 0: nowhere."""
    start = max(len(data) - _LONGEST_PARAGRAPH, 0)
    if blank_lines := list(_BLANK_LINE.finditer(data, start)):
        return blank_lines[-1].end()
    return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1


def text_lines(source: Input, report: Report) -> Iterator[str]:
    """Yields the lines of `source` without their ends, empty ones too.

    A line that is not UTF-8 is read in the encoding guessed from the first such
    line, so that one stray letter does not spoil the rest of the file.

    Raises:
        Unreadable: it is no text, or a line is too long to be one.
    """
    decoder = _Decoder(source.name, report, source.head[:_SAMPLE_BYTES])
    for number, line in enumerate(_byte_lines(source), start=1):
        if b"\0" in line:
            raise not_text(source.name, len(line), f", line {number}")
        yield decoder.decode(line.removeprefix(_BOM) if number == 1 else line, number)


def _byte_lines(source: Input) -> Iterator[bytes]:
    while line := source.stream.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES:
            raise _long_line(source.name)
        line = line[:-1] if line.endswith(b"\n") else line
        line = line[:-1] if line.endswith(b"\r") else line
        yield from _BYTES_LINE_END.split(line)  # what old Macs wrote


def _declared(data: bytes, declared: str | None) -> Guess | None:
    if declared is None:
        return None
    try:
        return Guess(data.decode(declared), declared)
    except (LookupError, ValueError):
        return None


def _long_line(name: str) -> Unreadable:
    return Unreadable(
        name,
        f"has a line of more than {MAX_LINE_BYTES >> 20} MiB",
        "Give a file with one text a line, or name its --format.",
    )


def not_text(name: str, num_bytes: int, place: str = "") -> Unreadable:
    """The refusal of bytes that are no text."""
    return Unreadable(
        f"{name}{place}",
        "is not a text file",
        "Save it as plain text in UTF-8.",
        f" ({num_bytes:,} bytes in no known encoding)",
    )
