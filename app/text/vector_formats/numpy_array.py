"""Vectors as an array of numpy, `NAME.npy`, and its words in `NAME.txt`.

The list has one word a line, UTF-8, in the order of the rows. Both may be packed.
`gensim_saved` reads its arrays with this module too.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO, NamedTuple

import numpy as np

from app.errors import UserError
from app.text.vector_formats.opening import cut_short, unpacked
from app.text.vector_formats.rows import Row, Wanted, check_dim, to_float32

MAGIC = b"\x93NUMPY"
_BLOCK = 2**22  # bytes at a time
_MAX_WORD = 65_536  # bytes
# The header is a literal of Python, which numpy reads with Python's own parser.
_HEADER_ERRORS = (ValueError, SyntaxError, TokenError, RecursionError, MemoryError)
_PACKINGS = ("", ".gz", ".bz2", ".xz", ".zip")


class Layout(NamedTuple):
    """What the header of an array says.

    Attributes:
        num_rows: words.
        dim: numbers for each.
        dtype: of the numbers in the file.
        is_fortran: columns stand one behind the other, not rows.
    """

    num_rows: int
    dim: int
    dtype: np.dtype
    is_fortran: bool


def read(path: Path, stream: BinaryIO, wanted: Wanted) -> Iterator[Row]:
    """Yields the rows of the wanted words of the list beside the array."""
    layout = read_layout(path, stream)
    words_path = word_list(path)
    rows, words = _find_words(words_path, wanted, path, layout.num_rows)
    vectors = select(path, stream, layout, np.array(rows, np.int64))
    for row, word, vector in zip(rows, words, vectors, strict=True):
        yield Row(word, vector, f"row {row + 1:,}")


def read_layout(path: Path, stream: BinaryIO) -> Layout:
    """What follows in `stream`; refuses all but a table of numbers."""
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            header = np.lib.format.read_array_header_1_0(stream)
        else:
            header = np.lib.format.read_array_header_2_0(stream)
    except _HEADER_ERRORS as error:
        raise UserError(
            f"{path}: its header is not that of an array of numpy ({error}). The file "
            "is damaged; write it again."
        ) from error
    shape, is_fortran, dtype = header
    if len(shape) != 2 or dtype.kind != "f" or dtype.itemsize not in (2, 4, 8):
        raise UserError(
            f"{path}: an array of {dtype} and shape {shape}. Expected numbers "
            "(float16, float32 or float64) in two dimensions, a row for each word."
        )
    check_dim(path, "header", shape[1])
    return Layout(*shape, dtype, is_fortran)


def blocks(
    path: Path, stream: BinaryIO, layout: Layout
) -> Iterator[tuple[int, np.ndarray]]:
    """Yields the number of a row (a column in Fortran's order) and those from there.

    Each block is an array [num_rows, dim], or [num_columns, num_rows].
    """
    num_lines, length = layout.num_rows, layout.dim
    if layout.is_fortran:
        num_lines, length = length, num_lines
    bytes_each = length * layout.dtype.itemsize
    step = max(_BLOCK // max(bytes_each, 1), 1)
    for start in range(0, num_lines, step):
        lines = min(step, num_lines - start)
        what = "column" if layout.is_fortran else "row"
        data = _take(stream, lines * bytes_each)
        if len(data) < lines * bytes_each:
            where = start + len(data) // bytes_each + 1
            offset = start * bytes_each + len(data)
            raise cut_short(path, offset, f"{what} {where:,} of {num_lines:,}")
        yield start, np.frombuffer(data, layout.dtype).reshape(lines, length)


def select(
    path: Path, stream: BinaryIO, layout: Layout, rows: np.ndarray
) -> np.ndarray:
    """float32 [len(rows), dim]: the rows with these ascending numbers."""
    chosen = np.empty((len(rows), layout.dim), np.float32)
    for start, block in blocks(path, stream, layout):
        if layout.is_fortran:
            chosen[:, start : start + len(block)] = to_float32(block[:, rows]).T
        else:
            low, high = np.searchsorted(rows, [start, start + len(block)])
            chosen[low:high] = to_float32(block[rows[low:high] - start])
    return chosen


def _take(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer at the end; asks for no more than `_BLOCK` at a time.

    A forged header may promise columns of 200 GB: they are met by the end of the
    file and not by the end of the memory.
    """
    pieces = []
    while size > 0 and (piece := stream.read(min(size, _BLOCK))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def word_list(path: Path) -> Path:
    """The words of an array: `NAME.txt` for `NAME.npy`, each packed or not."""
    name = path.name.removesuffix(path.suffix if path.suffix in _PACKINGS[1:] else "")
    base = name.removesuffix(".npy") + ".txt"
    for packing in _PACKINGS:
        if (candidate := path.with_name(base + packing)).is_file():
            return candidate
    raise UserError(
        f"{path}: is an array without its words. Put them into "
        f"{path.with_name(base)}, one a line in the order of the rows, UTF-8."
    )


def _find_words(
    words_path: Path, wanted: Wanted, path: Path, num_rows: int
) -> tuple[list[int], list[str]]:
    """Rows and words of those lines of the list that are wanted."""
    words = {word.encode(): word for word in wanted.spellings}
    rows, found = [], []
    num_lines = 0
    with unpacked(words_path) as stream:
        while line := stream.readline(_MAX_WORD + 1):
            if len(line) > _MAX_WORD:
                raise UserError(
                    f"{words_path}, line {num_lines + 1}: is longer than "
                    f"{_MAX_WORD:,} bytes. Expected one word a line."
                )
            word = words.get(line.removeprefix(BOM_UTF8).strip())
            if word is not None:
                rows.append(num_lines)
                found.append(word)
            num_lines += 1
    if num_lines != num_rows:
        raise UserError(
            f"{words_path}: has {num_lines:,} lines, but {path} has {num_rows:,} rows. "
            "Each row needs its word, one a line, in the same order."
        )
    return rows, found
