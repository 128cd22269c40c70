"""Vectors that gensim's `save` wrote: KeyedVectors, Word2Vec, FastText.

The file is a pickle; large arrays stand in files beside it, `NAME.vectors.npy`. The
pickle is read as data (`saved_objects`), so nothing in it is run. Vectors of
fastText's kind are made of rows of words and of sub-words, as in its `.bin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from app.errors import UserError
from app.text.vector_formats import numpy_array
from app.text.vector_formats.opening import unpacked
from app.text.vector_formats.rows import Row, Wanted, to_float32
from app.text.vector_formats.saved_objects import Record, array_of, parse
from app.text.vector_formats.subwords import Pieces, compose

MAGIC = b"\x80"  # every pickle since protocol 2 begins with it
_PACKED_NAMES = (".gz", ".bz2")  # gensim then packs the arrays, too
_BLOCK_ROWS = 1024
_PIECES = ("min_n", "max_n", "bucket")


def read(path: Path, stream: BinaryIO, wanted: Wanted) -> Iterator[Row]:
    """Yields the wanted rows of what gensim saved."""
    saved, beside = _keyed_vectors(path, parse(path, stream))
    words = saved.get("index_to_key") or saved.get("index2word")
    if not isinstance(words, list):
        raise _unreadable(path, "holds no list of words")
    in_file = [
        (word, row)
        for row, word in enumerate(words)
        if isinstance(word, str) and word in wanted.spellings
    ]
    if "min_n" not in saved:  # without sub-words
        yield from _read_rows(beside, path, saved, in_file, len(words))
        return
    if not saved.get("compatible_hash"):
        raise _unreadable(path, "has sub-words hashed as before gensim 3.8")
    pieces = Pieces(*(_whole_number(path, saved, k) for k in _PIECES))
    blocks = _all_blocks(beside, path, saved, len(words))
    yield from compose(in_file, len(words), pieces, blocks, wanted)


def array_files(path: Path) -> tuple[Path, ...]:
    """The files that gensim may have put beside `path`."""
    names = sorted(p.name for p in path.parent.iterdir())
    return tuple(
        path.with_name(name)
        for name in names
        if name.startswith(path.name + ".") and name.endswith((".npy", ".npz"))
    )


def _keyed_vectors(path: Path, saved: Any) -> tuple[dict[str, Any], Path]:
    """What KeyedVectors hold, and the path that names the files of their arrays."""
    beside = path
    is_model = isinstance(saved, Record) and isinstance(saved.state, dict)
    if is_model and isinstance(saved.state.get("wv"), Record):
        saved, beside = saved.state["wv"], path.with_name(path.name + ".wv")
    if not isinstance(saved, Record):
        raise _foreign(path, f"a {type(saved).__name__}")
    if not saved.name.startswith("gensim.models."):
        raise _foreign(path, saved.name)
    if not isinstance(saved.state, dict):
        raise _unreadable(path, f"is a {saved.name} without vectors")
    return saved.state, beside


def _read_rows(
    beside: Path,
    path: Path,
    saved: dict[str, Any],
    in_file: Sequence[tuple[str, int]],
    num_words: int,
) -> Iterator[Row]:
    rows = np.array([row for _, row in in_file], np.int64)
    array = array_of(saved.get("vectors"))
    if array is not None:
        _check_shape(path, "vectors", array.shape, num_words)
        vectors = to_float32(array[rows])
    else:
        file = _array_file(beside, path, saved, "vectors")
        with unpacked(file) as stream:
            layout = numpy_array.read_layout(file, stream)
            _check_shape(file, "vectors", layout[:2], num_words)
            vectors = numpy_array.select(file, stream, layout, rows)
    for (word, row), vector in zip(in_file, vectors, strict=True):
        yield Row(word, vector, f"row {row + 1:,}")


def _all_blocks(
    beside: Path, path: Path, saved: dict[str, Any], num_words: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yields the rows of words and, numbered on, those of sub-words."""
    buckets = _whole_number(path, saved, "bucket")
    for first, name, expected in (
        (0, "vectors_vocab", num_words),
        (num_words, "vectors_ngrams", buckets),
    ):
        array = array_of(saved.get(name))
        if array is not None:
            _check_shape(path, name, array.shape, expected)
            for start in range(0, len(array), _BLOCK_ROWS):
                yield first + start, array[start : start + _BLOCK_ROWS]
            continue
        file = _array_file(beside, path, saved, name)
        with unpacked(file) as stream:
            layout = numpy_array.read_layout(file, stream)
            _check_shape(file, name, layout[:2], expected)
            if layout.is_fortran:
                raise _unreadable(path, f"keeps {name} by columns")
            for start, block in numpy_array.blocks(file, stream, layout):
                yield first + start, block


def _array_file(beside: Path, path: Path, saved: dict[str, Any], name: str) -> Path:
    """Where gensim put an array that was too large for the pickle."""
    apart = saved.get("__numpys")
    if not isinstance(apart, list) or name not in apart:
        raise _unreadable(path, f"holds no array {name!r} of numbers")
    ending = "npz" if path.name.endswith(_PACKED_NAMES) else "npy"
    file = beside.with_name(f"{beside.name}.{name}.{ending}")
    if not file.is_file():
        raise UserError(
            f"{path}: gensim saved its large arrays in files beside it, and {file} is "
            "missing. Copy all files whose names begin alike."
        )
    return file


def _check_shape(
    path: Path, name: str, shape: Sequence[int], expected_rows: int
) -> None:
    if len(shape) != 2 or shape[0] != expected_rows:
        raise _unreadable(
            path, f"has {name} of shape {tuple(shape)} for {expected_rows:,} rows"
        )


def _whole_number(path: Path, saved: dict[str, Any], name: str) -> int:
    value = saved.get(name)
    if not isinstance(value, int) or value < 0:
        raise _unreadable(path, f"does not say {name!r} in a plain number")
    return value


def _unreadable(path: Path, what: str) -> UserError:
    return UserError(
        f"{path}: {what}; Nextword reads what gensim 4 saves. Convert it, if you trust "
        "where it comes from, because gensim runs what the file says: python -c "
        '"from gensim.models import KeyedVectors as K; '
        f'K.load({str(path)!r}).save_word2vec_format({path.name + ".txt"!r})"'
    )


def _foreign(path: Path, what: str) -> UserError:
    return UserError(
        f"{path}: is a Python pickle of {what[:80]} and not vectors that gensim saved. "
        "Nothing in it was run. Write the vectors as text: one word a line and its "
        "numbers after it, parted by spaces."
    )
