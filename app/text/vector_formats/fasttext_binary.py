"""Vectors and sub-words as fastText's `.bin` holds them.

Options of the training, the dictionary, one matrix with a row for each word and
behind them one for each bucket of sub-words. The matrix of the output layer that
follows is not read.

Source: fastText's `fasttext.cc`, `args.cc`, `dictionary.cc` and `matrix.cc`,
versions 11 and 12 of the format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from app.errors import UserError
from app.text.vector_formats.opening import Cursor
from app.text.vector_formats.rows import Row, Wanted, check_dim
from app.text.vector_formats.subwords import Pieces, compose

MAGIC = struct.pack("<i", 793712314)
_VERSIONS = (11, 12)
_SUPERVISED = 3
_MAX_WORD = 65_536  # bytes; a token of fastText is what stands between white space
_BLOCK = 2**22  # bytes of the matrix at a time


class _Header(NamedTuple):
    dim: int
    pieces: Pieces
    size: int  # entries of the dictionary, labels counted
    num_words: int
    num_pruned: int


def read(path: Path, stream: BinaryIO, wanted: Wanted) -> Iterator[Row]:
    """Yields the wanted words, then those that only their sub-words stand for."""
    cursor = Cursor(path, stream)
    header = _read_header(path, cursor)
    in_file = list(_read_dictionary(cursor, header, wanted))
    cursor.take(8 * header.num_pruned, "the list of pruned sub-words")
    blocks = _read_matrix(path, cursor, header)
    yield from compose(in_file, header.num_words, header.pieces, blocks, wanted)


def _read_header(path: Path, cursor: Cursor) -> _Header:
    magic_and_version = cursor.take(8, "the version")
    (version,) = struct.unpack("<i", magic_and_version[4:])
    if version not in _VERSIONS:
        raise UserError(
            f"{path}, byte 4: version {version} of fastText's format. Known are 11 "
            "and 12. Write the vectors as text (.vec) and name that file."
        )
    fields = struct.unpack("<12id", cursor.take(56, "the options"))
    dim, model, bucket, shortest, longest = *fields[:1], *fields[7:11]
    check_dim(path, "byte 8", dim)
    if version == 11 and model == _SUPERVISED:
        longest = 0  # these had no sub-words, whatever they say
    sizes = struct.unpack("<3i2q", cursor.take(28, "the sizes"))
    size, num_words, num_labels, _, num_pruned = sizes
    is_sound = 0 <= num_words <= size and size == num_words + num_labels and bucket >= 0
    if not is_sound or num_pruned > 2**20:
        raise UserError(
            f"{path}, byte 64: a dictionary of {size} entries, {num_words} words and "
            f"{num_labels} labels with {bucket} buckets cannot be. The file is "
            "damaged; download it again."
        )
    return _Header(
        dim, Pieces(shortest, longest, bucket), size, num_words, max(num_pruned, 0)
    )


def _read_dictionary(
    cursor: Cursor, header: _Header, wanted: Wanted
) -> Iterator[tuple[str, int]]:
    """Yields the wanted words and their rows; labels stand behind all words."""
    words = {word.encode(): word for word in wanted.spellings}
    for row in range(header.size):
        what = f"entry {row + 1:,} of the {header.size:,} of the dictionary"
        token = cursor.take_until(b"\0", _MAX_WORD, what)
        cursor.take(9, what)  # its count, int64, and whether it is a label, int8
        if token in words and row < header.num_words:
            yield words[token], row


def _read_matrix(
    path: Path, cursor: Cursor, header: _Header
) -> Iterator[tuple[int, np.ndarray]]:
    """Yields the number of a row and float32 [num_rows, embedding_dim] from there."""
    offset = cursor.offset
    (is_quantised,) = cursor.take(1, "the matrix")
    if is_quantised:
        raise UserError(
            f"{path}, byte {offset:,}: is quantised (.ftz), so its vectors are not in "
            "it. Name the .bin or the .vec that it was made of."
        )
    num_rows, dim = struct.unpack("<2q", cursor.take(16, "the matrix"))
    expected = header.num_words + header.pieces.num_buckets
    if (num_rows, dim) != (expected, header.dim):
        raise UserError(
            f"{path}, byte {offset + 1:,}: a matrix of {num_rows:,} x {dim:,}, but the "
            f"options and the dictionary promise {expected:,} x {header.dim:,}. The "
            "file is damaged; download it again."
        )
    step = max(_BLOCK // (4 * dim), 1)
    for start in range(0, num_rows, step):
        rows = min(step, num_rows - start)
        what = f"row {start + 1:,} of the {num_rows:,} of the matrix"
        values = np.frombuffer(cursor.take(4 * dim * rows, what), "<f4")
        yield start, values.reshape(rows, dim)
