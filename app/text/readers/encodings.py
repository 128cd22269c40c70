"""Bytes to characters: UTF-8, UTF-16 and UTF-32 known, others guessed and reported.

Whole files are decoded at once; files of rows line by line, so that a file of any
length needs the memory of its longest line. This module does not know formats.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from app.text.readers.document import Unreadable
from app.text.readers.inputs import Input
from app.text.readers.report import Report

_BYTES_LINE_END = re.compile(rb"\r\n?|\n")
MAX_LINE_BYTES = 1 << 26  # a longer one is no row; 64 MiB are 40 novels
# What old word processors left behind (form feed, Ctrl-Z, escape) is no sign of a
# binary file; one byte in fifty of them is. Measured: novels of Project Gutenberg
# hold at most 2 in 500,000, programs and images from 5 % up.
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f]")
_MAX_CONTROL_SHARE = 0.02
# In UTF-16 without a mark, every second byte of a Latin text is 0; where 0 bytes
# stand in one of the two places only, this share of them tells.
_MIN_UTF16_SHARE = 0.3
_SAMPLE_BYTES = 1 << 16

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


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


def unix_lines(text: str) -> str:
    """`text` with every line end as one line feed."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(
    name: str, data: bytes, report: Report, declared: str | None = None
) -> str | None:
    """The text in `data`, or None where it is no text."""
    wide = wide_encoding(data)
    if wide is not None:
        return data.decode(wide, errors="replace")
    if b"\0" in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guessed = _declared(data, declared) or guess_encoding(data)
        if guessed is None:
            return None
        text, encoding = guessed
        if encoding != declared:
            report.recode(name, encoding)
    num_controls = len(_CONTROLS.findall(text))
    return text if num_controls <= _MAX_CONTROL_SHARE * len(text) else None


def text_lines(source: Input, report: Report) -> Iterator[str]:
    """Yields the lines of `source` without their ends, empty ones too.

    A line that is not UTF-8 is read in the encoding guessed from the first such
    line, so that one stray letter does not spoil the rest of the file.

    Raises:
        Unreadable: it is no text, or a line is too long to be one.
    """
    wide = wide_encoding(source.head)
    if wide is not None:
        text = io.TextIOWrapper(source.stream, wide, errors="replace", newline=None)
        yield from (line.rstrip("\n") for line in text)
        return
    guessed: str | None = None
    is_first = True
    for number, line in enumerate(_byte_lines(source), start=1):
        if is_first:
            line, is_first = line.removeprefix(codecs.BOM_UTF8), False
        if b"\0" in line:
            raise not_text(source.name, len(line), f", line {number}")
        try:
            yield line.decode("utf-8")
            continue
        except UnicodeDecodeError:
            pass
        if guessed is None:
            guess = guess_encoding(line + b"\n" + source.head[:_SAMPLE_BYTES])
            guess = guess or guess_encoding(line)
            guessed = guess[1] if guess else "cp1252"
            report.recode(source.name, f"{guessed} from line {number} on")
        yield line.decode(guessed, errors="replace")


def _byte_lines(source: Input) -> Iterator[bytes]:
    while line := source.stream.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES:
            raise Unreadable(
                source.name,
                f"has a line of more than {MAX_LINE_BYTES >> 20} MiB",
                "Give a file with one text a line, or name its --format.",
            )
        line = line[:-1] if line.endswith(b"\n") else line
        line = line[:-1] if line.endswith(b"\r") else line
        yield from _BYTES_LINE_END.split(line)  # what old Macs wrote


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by the mark at the beginning, or by where 0 bytes stand."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[: _SAMPLE_BYTES & ~1]
    if len(sample) < 8 or b"\0\0" in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > _MIN_UTF16_SHARE * len(sample) / 2 and not even:
        return "utf-16-le"
    if even > _MIN_UTF16_SHARE * len(sample) / 2 and not odd:
        return "utf-16-be"
    return None


def guess_encoding(data: bytes) -> tuple[str, str] | None:
    """Text that is not UTF-8 and the name of its likely encoding, or None."""
    from charset_normalizer import from_bytes  # most runs never need it

    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        return None
    # Of equally likely ones it names the first by alphabet, and so reads French as
    # cp1250; the most common single-byte encoding of all is the better guess.
    rank = (best.chaos, best.coherence)
    western = (m for m in matches if "cp1252" in m.could_be_from_charset)
    match = next((m for m in western if (m.chaos, m.coherence) == rank), best)
    return str(match), "cp1252" if match is not best else best.encoding


def _declared(data: bytes, declared: str | None) -> tuple[str, str] | None:
    if declared is None:
        return None
    try:
        return data.decode(declared), declared
    except (LookupError, ValueError):
        return None


def not_text(name: str, num_bytes: int, place: str = "") -> Unreadable:
    """The refusal of bytes that are no text."""
    return Unreadable(
        f"{name}{place}",
        "is not a text file",
        "Save it as plain text in UTF-8.",
        f" ({num_bytes:,} bytes in no known encoding)",
    )
