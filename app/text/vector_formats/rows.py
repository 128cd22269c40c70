"""What a reader of vectors is asked for and what it gives.

Here the rules stand that hold for every format: the first of two rows of a word
counts, and a row of zeros, NaN or infinity is no vector.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from app.errors import UserError

logger = logging.getLogger(__name__)

# Wider than any vectors that people publish (4,096); a forged header says billions.
MAX_DIM = 10_000
# Trained vectors lie between -100 and 100. The squares of larger numbers than this
# do not fit float32, and with them the spread of the matrix would be infinite.
_MAX_VALUE = 1e10


class Wanted(NamedTuple):
    """Which vectors are worth keeping.

    Attributes:
        spellings: words whose rows are kept where the file has them.
        words: those of them for which a row is made of their sub-words where the
            file has no row of their own and knows sub-words.
    """

    spellings: frozenset[str]
    words: tuple[str, ...] = ()


class Row(NamedTuple):
    """A word's vector and where it was found.

    Attributes:
        word: one of the wanted spellings.
        vector: float32 [embedding_dim].
        place: "line 17" or "byte 4,711", for messages.
        is_composed: made of sub-words, because the file has no row for the word.
    """

    word: str
    vector: np.ndarray
    place: str
    is_composed: bool = False


Reader = Callable[[Path, BinaryIO, Wanted], Iterator[Row]]


@dataclass(frozen=True, eq=False)
class Found:
    """The usable vectors of a source, in its order.

    Attributes:
        own: float32 [embedding_dim] of words that have a row.
        composed: float32 [embedding_dim] of words without one, from sub-words.
    """

    own: dict[str, np.ndarray]
    composed: dict[str, np.ndarray] = field(default_factory=dict)


def collect(path: Path, rows: Iterable[Row]) -> Found:
    """The usable ones of `rows`; says once how many were not and why."""
    taken: dict[str, Row] = {}
    repeated: list[Row] = []
    for row in rows:
        if row.word in taken:
            repeated.append(row._replace(vector=taken[row.word].vector))
        else:
            taken[row.word] = row
    unusable = [row for row in taken.values() if not _is_usable(row.vector)]
    if repeated:
        logger.warning(
            "%s: %d of the wanted rows repeat a word, the first of them %r, %s. The "
            "first row of a word counts.",
            path,
            len(repeated),
            repeated[0].word,
            repeated[0].place,
        )
    if unusable:
        logger.warning(
            "%s: %d of the wanted words have a vector of zeros, NaN or infinity and "
            "count as missing, the first of them %r, %s. If that is not how the "
            "file was made, download it again.",
            path,
            len(unusable),
            unusable[0].word,
            unusable[0].place,
        )
    for row in unusable:
        del taken[row.word]
    own = {r.word: r.vector for r in taken.values() if not r.is_composed}
    composed = {r.word: r.vector for r in taken.values() if r.is_composed}
    return Found(own, composed)


def check_dim(path: Path, place: str, dim: int) -> None:
    """Refuses a width that no vectors have, before anything of it is allocated."""
    if not 1 <= dim <= MAX_DIM:
        raise UserError(
            f"{path}, {place}: says that a vector has {dim} numbers. Expected 1 to "
            f"{MAX_DIM:,}. The file is damaged, or no file of vectors."
        )


def to_float32(values: np.ndarray) -> np.ndarray:
    """float32 of any numbers; what does not fit becomes infinite, not a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(values, np.float32)


def _is_usable(vector: np.ndarray) -> bool:
    """Neither all zeros, which would be masked, nor NaN, infinite or absurd.

    >>> _is_usable(np.array([0.5, np.nan], np.float32))
    False
    """
    return bool((np.abs(vector) < _MAX_VALUE).all() and vector.any())
