"""Vectors of words from the pieces they are made of, as fastText does it.

fastText has a row for each word and rows for hashed pieces of 3 to 6 letters, say.
A word's vector is the mean of its own row and those of its pieces; a word that has
no row of its own still has pieces.

Source: Bojanowski, Grave, Joulin and Mikolov 2017, section 3.2; the hash is that of
fastText's `dictionary.cc` (FNV-1a, with bytes read as signed numbers).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.text.vector_formats.rows import Row, Wanted, to_float32

_END_OF_SENTENCE = "</s>"  # fastText's own token; it has no pieces


class Pieces(NamedTuple):
    """Which pieces of a word count and how many rows they share.

    Attributes:
        shortest: letters of the shortest one, brackets around the word counted.
        longest: letters of the longest one; 0 where the model has no pieces.
        num_buckets: rows that the pieces are hashed to.
    """

    shortest: int
    longest: int
    num_buckets: int


def piece_rows(word: str, pieces: Pieces) -> list[int]:
    """The bucket of every piece of `word`, 0 to `num_buckets` - 1.

    >>> piece_rows("cat", Pieces(3, 3, 1000))  # <ca cat at>
    [747, 31, 106]
    """
    if pieces.num_buckets <= 0 or pieces.longest <= 0 or word == _END_OF_SENTENCE:
        return []
    letters = [letter.encode() for letter in f"<{word}>"]
    rows = []
    for start in range(len(letters)):
        value = 2166136261
        for end in range(start, min(start + pieces.longest, len(letters))):
            for byte in letters[end]:
                signed = byte | 0xFFFFFF00 if byte >= 0x80 else byte
                value = (value ^ signed) * 16777619 & 0xFFFFFFFF
            length = end - start + 1
            is_bracket = length == 1 and end in (0, len(letters) - 1)
            if length >= pieces.shortest and not is_bracket:
                rows.append(value % pieces.num_buckets)
    return rows


def compose(
    in_file: Sequence[tuple[str, int]],
    num_words: int,
    pieces: Pieces,
    blocks: Iterable[tuple[int, np.ndarray]],
    wanted: Wanted,
) -> Iterator[Row]:
    """Yields the vectors of the words in the file, then of those made of pieces.

    Args:
        in_file: wanted words that have a row of their own, and which.
        num_words: rows of words; behind them stand those of the pieces.
        pieces: how words are cut.
        blocks: all rows of the file, in order: the number of the first, and float32
            [num_rows, embedding_dim]. Only sums of them are kept.
        wanted: `words` says which ones are made where they have no row.
    """
    known = {word for word, _ in in_file}
    members = [
        [row, *(num_words + piece for piece in piece_rows(word, pieces))]
        for word, row in in_file
    ]
    strangers = [word for word in wanted.words if word not in known]
    made = [
        (word, rows)
        for word in strangers
        if (rows := [num_words + piece for piece in piece_rows(word, pieces)])
    ]
    members += [rows for _, rows in made]
    means = _means(members, blocks)
    for (word, row), mean in zip(in_file, means[: len(in_file)], strict=True):
        yield Row(word, mean, f"word {row + 1:,}")
    for (word, _), mean in zip(made, means[len(in_file) :], strict=True):
        yield Row(word, mean, "its sub-words", is_composed=True)


def _means(
    members: list[list[int]], blocks: Iterable[tuple[int, np.ndarray]]
) -> np.ndarray:
    """float32 [num_words, embedding_dim]: the mean of each word's rows."""
    counts = np.array([len(rows) for rows in members], np.int64)
    rows = np.array([row for rows in members for row in rows], np.int64)
    slots = np.repeat(np.arange(len(members)), counts)
    order = np.argsort(rows, kind="stable")
    rows, slots = rows[order], slots[order]
    sums: np.ndarray | None = None
    for start, block in blocks:
        if sums is None:
            sums = np.zeros((len(members), block.shape[1]), np.float32)
        low, high = np.searchsorted(rows, [start, start + len(block)])
        np.add.at(sums, slots[low:high], to_float32(block[rows[low:high] - start]))
    if sums is None:
        return np.zeros((len(members), 1), np.float32)
    return sums / np.maximum(counts, 1)[:, None].astype(np.float32)
