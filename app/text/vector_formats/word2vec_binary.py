"""Vectors as word2vec's `-binary 1` writes them, and gensim's `binary=True`.

A line with the number of words and of dimensions; then for each word its letters, a
space, its numbers as float32 in little-endian order and, in some files, a line end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.errors import UserError
from app.text.vector_formats.opening import Cursor
from app.text.vector_formats.rows import Row, Wanted, check_dim, to_float32

_MAX_HEADER = 64  # two numbers
_MAX_WORD = 4_096  # bytes; word2vec itself cuts words at 100


def read(path: Path, stream: BinaryIO, wanted: Wanted) -> Iterator[Row]:
    """Yields the wanted rows; reads no more words than there are."""
    cursor = Cursor(path, stream)
    header = cursor.take_until(b"\n", _MAX_HEADER, "the header").split()
    num_words, dim = int(header[0]), int(header[1])
    check_dim(path, "line 1", dim)
    words = {word.encode(): word for word in wanted.spellings}
    for number in range(1, num_words + 1):
        offset = cursor.offset
        what = f"word {number:,} of the {num_words:,} that line 1 promises"
        token = cursor.take_until(b" ", _MAX_WORD, what).lstrip(b"\n")
        values = cursor.take(4 * dim, f"the {dim} numbers of {what}")
        if token in words:
            vector = to_float32(np.frombuffer(values, "<f4"))
            yield Row(words[token], vector, f"byte {offset:,}")
    if rest := cursor.rest(64).strip():
        raise UserError(
            f"{path}, byte {cursor.offset:,}: goes on with {rest[:16]!r} behind the "
            f"{num_words:,} words of {dim} numbers that line 1 promises. The header "
            "and the file do not belong together; download it again."
        )
