"""Other encodings to UTF-8, before any reader looks: UTF-16, UTF-32, what is asked for.

An `Input` enters, one in UTF-8 leaves, read piece by piece: so each format knows every
encoding, and a file of any length needs no more memory than a line.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import IO

from app.text.readers.inputs import HEAD_BYTES, Input
from app.text.readers.report import Report

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In UTF-16 without a mark, every second byte of a Latin text is 0; where 0 bytes
# stand in one of the two places only, this share of them tells.
_MIN_LATIN_SHARE = 0.3
_MIN_UNITS = 32  # of any other script, among which spaces and line ends tell
# Letters that are not wide at the beginning: only a part of the file is, in a message
# for instance, which says where.
_ASCII_START = re.compile(rb"[\t\n\r -~]{16}")
_SAMPLE_BYTES = 1 << 14
_MAX_CONTROLS = 0.02  # of the letters in a sample
_PIECE = 1 << 16
_BAD = "\ufffd"


class _InUtf8(io.RawIOBase):
    """A stream in UTF-8; what cannot be read becomes U+FFFD and is counted."""

    def __init__(self, stream: IO[bytes], name: str, encoding: str, report: Report):
        self._stream = stream
        self._name = name
        self._report = report
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._what = f"letters were lost, which {encoding} lacks"
        self._ready = b""
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._is_over:
            data = self._stream.read(_PIECE)
            self._is_over = not data
            text = self._decoder.decode(data, self._is_over)
            self._report.change(self._what, self._name, text.count(_BAD))
            # 0 means nothing, and to the readers that the file is no text.
            self._ready = text.replace("\0", "").encode("utf-8", errors="replace")
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def in_utf8(source: Input, encoding: str | None, report: Report) -> Input:
    """`source` in UTF-8; itself where `encoding` is None."""
    if encoding is None:
        return source
    stream = _InUtf8(source.stream, source.name, encoding, report)
    return Input(
        source.name,
        io.BufferedReader(stream, HEAD_BYTES),
        is_member=source.is_member,
        is_recoded=True,
    )


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by the mark at the beginning, or by where 0 bytes stand."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[: min(_SAMPLE_BYTES, len(data)) & ~3]
    num_zeros = sample.count(0)
    if num_zeros > len(sample) / 4:
        for wide in ("utf-32-le", "utf-32-be"):
            if _is_text(sample, wide):
                return wide
    if len(sample) < 8 or not num_zeros or _ASCII_START.match(sample):
        return None
    low, high = sample[0::2], sample[1::2]
    for wide, zeros, others in (("utf-16-le", high, low), ("utf-16-be", low, high)):
        if zeros.count(0) > _MIN_LATIN_SHARE * len(zeros) and not others.count(0):
            return wide
        if _has_spaces(others, zeros) and not _has_spaces(zeros, others):
            return wide if _is_text(sample, wide) else None
    return None


def _has_spaces(letters: bytes, zeros: bytes) -> bool:
    """Whether spaces or line ends stand among wide letters of any script."""
    return len(letters) >= _MIN_UNITS and any(
        not zero and letter in b" \r\n"
        for letter, zero in zip(letters, zeros, strict=True)
    )


def _is_text(sample: bytes, encoding: str) -> bool:
    """Whether `sample` can be read in `encoding`, and holds no control characters."""
    for end in (len(sample), len(sample) - 2):  # it may cut a pair of units in two
        try:
            text = sample[:end].decode(encoding)
        except UnicodeDecodeError:
            continue
        num_controls = sum(not c.isprintable() and not c.isspace() for c in text)
        return num_controls <= _MAX_CONTROLS * len(text)
    return False
