"""Vectors as text: `word number number ...`, one word a line.

GloVe's files have no header and words with spaces; word2vec's and fastText's begin
with the number of words and of dimensions. Every line is counted, because files of
gigabytes arrive cut short; only wanted ones are turned into numbers.
"""

from __future__ import annotations

import logging
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.errors import UserError
from app.text.vector_formats.rows import MAX_DIM, Row, Wanted

logger = logging.getLogger(__name__)

# 10,000 numbers of 25 characters are 250 kB: a longer line is no line of vectors.
_MAX_LINE = 2**20


def read(path: Path, stream: BinaryIO, wanted: Wanted) -> Iterator[Row]:
    """Yields the wanted rows of a text file, with or without a header."""
    lines = _numbered(path, stream)
    number, first = next(lines, (1, b""))
    promised, dim = _header(first)
    if promised is None:
        lines = chain([(number, first)], lines)
    if not 1 <= dim <= MAX_DIM:
        raise UserError(
            f"{path}, line 1: {dim} numbers for a word. Expected a word and its "
            "numbers, parted by spaces; is this a file of vectors?"
        )
    words = {word.encode(): word for word in wanted.spellings}
    num_words = 0
    for number, line in lines:
        num_words += 1
        if line.count(b" ") == dim:
            token, _, values = line.partition(b" ")
        else:
            token, values = _split_unusual(path, number, line, dim)
        if token in words:
            yield Row(
                words[token], _numbers(path, number, token, values), f"line {number}"
            )
    if promised is not None:
        _check_promise(path, promised, num_words)


def _header(first: bytes) -> tuple[int | None, int]:
    """How many words the first line promises, if it does, and their dimensions.

    >>> _header(b"400000 300"), _header(b"the 1 2 3")
    ((400000, 300), (None, 3))
    """
    fields = first.split(b" ")
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        if len(first) < 40:
            return int(fields[0]), int(fields[1])
    return None, len(fields) - 1


def _check_promise(path: Path, promised: int, num_words: int) -> None:
    if num_words < promised:
        raise UserError(
            f"{path}: ends after {num_words} words, but line 1 promises {promised}. "
            "The file is probably cut short; download it again."
        )
    if num_words > promised:
        logger.warning(
            "%s: has %d words, but line 1 promises %d. All were read.",
            path,
            num_words,
            promised,
        )


def _numbered(path: Path, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines without their ends and their numbers; empty lines are passed over."""
    read_line = partial(stream.readline, _MAX_LINE + 1)
    for number, line in enumerate(iter(read_line, b""), start=1):
        if len(line) > _MAX_LINE:
            raise UserError(
                f"{path}, line {number}: is longer than {_MAX_LINE:,} bytes. Expected "
                "a word and its numbers on each line; is this a file of vectors?"
            )
        if number == 1:
            line = line.removeprefix(BOM_UTF8)
        # Tabs part the columns of some converters; fastText ends lines with a space.
        if stripped := line.rstrip(b" \t\r\n").replace(b"\t", b" "):
            yield number, stripped


def _split_unusual(
    path: Path, number: int, line: bytes, dim: int
) -> tuple[bytes, bytes]:
    """The word, which may hold spaces in GloVe's files, and its numbers unread."""
    fields = line.rsplit(b" ", dim)
    num_spaces = line.count(b" ")
    # The second field of a word with a space is no number; of a long row it is.
    if num_spaces < dim or _is_number(line.split(b" ", 2)[1]):
        shown = line.partition(b" ")[0].decode("utf-8", errors="replace")
        raise UserError(
            f"{path}, line {number}: {num_spaces} numbers after {shown[:80]!r}, but "
            f"line 1 says {dim}. The file is damaged or cut short; download it again."
        )
    return fields[0], b" ".join(fields[1:])


def _is_number(field: bytes) -> bool:
    return field.strip(b"+-").replace(b".", b"", 1).isdigit()


def _numbers(path: Path, number: int, token: bytes, values: bytes) -> np.ndarray:
    """float32 [embedding_dim]; a number too large for it becomes infinite."""
    try:
        with np.errstate(over="ignore"):
            return np.array(values.split(b" "), dtype=np.float32)
    except ValueError as error:
        raise UserError(
            f"{path}, line {number}: after {token.decode()!r} stands something that "
            f"is not a number ({error}). The file is damaged; download it again."
        ) from error
