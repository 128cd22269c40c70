"""N-grams of a text and how often they occur, order by order, in bounded memory.

An `EncodedText` enters; the distinct n-grams of one order after the other leave, with
the counts that Kneser-Ney smoothing needs. A paragraph is read between BOS and EOS, and
no n-gram reaches beyond it:

    BOS  the  cat  EOS  BOS  it  slept  EOS  BOS
     |----3-gram----|    |----3-gram--|
          |----3-gram----|    |----3-gram--|

Every position of the text remembers the row of the n-gram that begins there. One word
more makes it the pair of that row and the next word, which is packed into a single
number whatever the order (the key of `app.language.ngram`). Those numbers are sorted
in blocks: rows of contexts that lie together, some BLOCK positions at a time. What
grows with the text in memory are three int32 numbers a position; the n-grams themselves
are on disk. What is made of the counts is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.text.array_file import write_arrays
from app.text.encoding import EncodedText
from app.text.vocabulary import BOS, EOS

# Positions that are sorted at a time, which takes about 60 bytes each.
BLOCK = 1 << 20


class NGrams(NamedTuple):
    """The distinct n-grams of one order, sorted by their first, second, ... word.

    Attributes:
        keys: int64 [num_ngrams], ascending; see `app.language.ngram`.
        suffixes: int32 [num_ngrams], the row of the n-gram without its first word
            among those of the order below; of a single word its own id.
        counts: int32 [num_ngrams]; see `count_ngrams`.
    """

    keys: np.ndarray
    suffixes: np.ndarray
    counts: np.ndarray


def count_ngrams(
    text: EncodedText, vocabulary_size: int, order: int, folder: Path
) -> Iterator[NGrams]:
    """Yields the n-grams of order 1, 2, ..., `order`, as long as there are any.

    Counted are, for the longest order and for n-grams that begin with BOS, how often
    they occur; for all others the continuation counts: how many different words occur
    before them. BOS alone is never predicted and has 0.

    Args:
        text: to learn from.
        vocabulary_size: all ids are below it; those of order 1 are all there.
        order: of the longest n-grams.
        folder: an existing one, where the n-grams of each order are kept.

    Source: Chen and Goodman 1998, An empirical study of smoothing techniques for
    language modeling, section 3.2; Heafield et al. 2013, Scalable modified Kneser-Ney
    language model estimation, section 3.2 (BOS).
    """
    stream = _with_bos(text)
    rows = stream[:-1]  # of unigrams: their ids
    ids = np.arange(vocabulary_size)
    ngrams = NGrams(ids, ids, np.bincount(rows, minlength=vocabulary_size))
    ngrams.counts[BOS] = 0
    begun = slice(BOS, BOS + 1)  # the rows that begin with BOS
    for length in range(1, order):
        longer_rows = np.full_like(rows[1:], -1)
        blocks = _extend(ngrams, rows, stream[length:], vocabulary_size, longer_rows)
        paths = [folder / f"{name}_{length + 1}.npy" for name in NGrams._fields]
        longer = NGrams(*write_arrays(paths, (np.int64, np.int32, np.int32), blocks))
        if not len(longer.keys):
            break
        yield ngrams._replace(counts=_continuation_counts(ngrams, longer, begun))
        bounds = np.array([begun.start, begun.stop]) * vocabulary_size
        begun = slice(*np.searchsorted(longer.keys, bounds))
        ngrams, rows = longer, longer_rows
    yield ngrams


def _with_bos(text: EncodedText) -> np.ndarray:
    """The ids with a BOS between paragraphs, before the first and after the last."""
    paragraph_ends = np.flatnonzero(text.ids == EOS) + 1
    bounds = np.union1d(paragraph_ends, np.append(0, text.document_ends))
    return np.insert(text.ids, bounds.astype(np.int64), BOS)


def _extend(
    ngrams: NGrams,
    rows: np.ndarray,
    next_ids: np.ndarray,
    vocabulary_size: int,
    longer_rows: np.ndarray,
) -> Iterator[NGrams]:
    """Yields the n-grams of one word more and how often each occurs, in blocks.

    Args:
        ngrams: of the order below; their counts show how to cut blocks.
        rows: int32 [positions], of the n-gram that begins at each; -1: none does.
        next_ids: int32 [positions], the word after each of those n-grams.
        vocabulary_size: of the keys.
        longer_rows: int32 [positions - 1]; the rows in the new order are written here.
    """
    num_ngrams = 0
    for first, last in _blocks(ngrams.counts):
        is_here = (rows >= first) & (rows < last) & (next_ids != BOS)
        positions = np.flatnonzero(is_here)
        keys = rows[positions].astype(np.int64) * vocabulary_size
        keys += next_ids[positions]
        keys, where, inverse, counts = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        longer_rows[positions] = num_ngrams + inverse
        num_ngrams += len(keys)
        yield NGrams(keys, rows[positions[where] + 1], counts)


def _blocks(counts: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yields ranges of rows, the last exclusive, of about `BLOCK` occurrences each."""
    marks = np.arange(BLOCK, counts.sum(dtype=np.int64), BLOCK)
    cuts = 1 + np.searchsorted(np.cumsum(counts, dtype=np.int64), marks)
    yield from pairwise(np.unique([0, *cuts, len(counts)]).tolist())


def _continuation_counts(ngrams: NGrams, longer: NGrams, begun: slice) -> np.ndarray:
    """How many words occur before each n-gram; before those `begun`, none can."""
    counts = np.zeros(len(ngrams.counts), np.int32)
    for first in range(0, len(longer.suffixes), BLOCK):  # their indices become int64
        np.add.at(counts, longer.suffixes[first : first + BLOCK], 1)
    counts[begun] = ngrams.counts[begun]
    return counts
