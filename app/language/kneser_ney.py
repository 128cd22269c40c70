"""Interpolated modified Kneser-Ney smoothing: from a text to an n-gram model on disk.

An `EncodedText` enters, the arrays of `app.language.ngram` leave. For a word w after
the context h, h' being h without its first word:

    p(w | h) = (a(h w) - D(a(h w))) / sum_x a(h x) + b(h) p(w | h')
    b(h)     = sum_x D(a(h x)) / sum_x a(h x)

a is the count of `count_ngrams`: of the longest n-grams, and of those that begin with
BOS, how often they occur; of the others, how many different words occur before them.
D is the discount, one number for n-grams that count 1, 2, and 3 or more, of each order:

    D(k) = k - (k + 1) y n_{k+1} / n_k,    y = n_1 / (n_1 + 2 n_2)

n_k is how many n-grams of the order count k. The back-off weight b gives away what the
discounts took; where nothing follows h, it is 1. Below a single word stands the uniform
distribution over all ids but PAD, BOS and BLANK, so every one of them is possible in
every context. KenLM's `lmplz` estimates the same.

Source: Kneser and Ney 1995, Improved backing-off for m-gram language modeling; Chen and
Goodman 1998, An empirical study of smoothing techniques for language modeling, section
3.2, equations 26 to 30; Heafield et al. 2013, Scalable modified Kneser-Ney language
model estimation, section 3.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from app.language.ngram import Level, array_path
from app.language.ngram_counts import NGrams, count_ngrams
from app.text.array_file import write_arrays
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, PAD

ORDER = 5
_NEVER_PREDICTED = [PAD, BOS, BLANK]
_DTYPES = {
    "keys": np.int64,
    "log_probabilities": np.float32,
    "log_backoffs": np.float32,
}

# What lmplz takes (--discount_fallback) where a text is too small for the formula.
_FALLBACK = (0.5, 1.0, 1.5)

# N-grams that are estimated at a time, which takes about 80 bytes each.
BLOCK = 1 << 20


def estimate(
    text: EncodedText, vocabulary_size: int, folder: Path, *, order: int = ORDER
) -> None:
    """Writes the n-gram model of `text` into `folder`, for `NGramModel.load`.

    Args:
        text: to learn from. Where no paragraph is long enough for `order`, BOS and
            EOS counted, the model's order is as much lower.
        vocabulary_size: all ids are below it.
        folder: an existing one.
        order: of the longest n-grams, at least 1.

    Raises:
        UserError: the disk is full.
    """
    num_predicted = vocabulary_size - len(_NEVER_PREDICTED)
    lower = np.full(vocabulary_size, -np.log(num_predicted))
    lower[_NEVER_PREDICTED] = -np.inf
    num_contexts = 1
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        counted = count_ngrams(text, vocabulary_size, order, Path(scratch))
        for length, ngrams in enumerate(counted, 1):
            blocks = _estimates(ngrams, lower, num_contexts, vocabulary_size)
            lower = _write(blocks, folder, length)
            num_contexts = len(lower)


def _write(blocks: Iterator[Level], folder: Path, order: int) -> np.ndarray:
    """Writes the n-grams of one order; their log-probabilities, mapped."""
    # The rows of single words are their ids, and they back off to nothing.
    names = Level._fields if order > 1 else ("log_probabilities",)
    paths = [array_path(folder, name, order) for name in names]
    dtypes = [_DTYPES[name] for name in names]
    pieces = ([getattr(block, name) for name in names] for block in blocks)
    arrays = write_arrays(paths, dtypes, pieces)
    return arrays[names.index("log_probabilities")]


def discounts(counts: np.ndarray) -> np.ndarray:
    """D of 0, 1, 2, and 3 or more, float64 [4]; see the module's equations.

    Args:
        counts: int [num_ngrams], of all n-grams of one order.

    Example:
        >>> discounts(np.repeat([1, 2, 3, 4], [10, 4, 2, 1])).round(3)
        array([0.   , 0.556, 1.167, 1.889])
    """
    n1, n2, n3, n4 = (np.count_nonzero(counts == k) for k in range(1, 5))
    found: tuple[float, ...] = _FALLBACK
    if n1 and n2 and n3:
        y = n1 / (n1 + 2 * n2)
        found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    # A discount of 0 could leave nothing for what was never seen.
    if min(found) <= 0:
        found = _FALLBACK
    return np.array([0.0, *found])


def _estimates(
    ngrams: NGrams, lower: np.ndarray, num_contexts: int, vocabulary_size: int
) -> Iterator[Level]:
    """Yields the estimates of one order, the n-grams of some contexts at a time.

    Args:
        ngrams: of this order.
        lower: float [num_lower_ngrams], log-probabilities of the order below.
        num_contexts: how many contexts there are, seen before a word or not.
        vocabulary_size: of the keys.
    """
    discount = discounts(ngrams.counts)
    last_contexts = ngrams.keys[BLOCK::BLOCK] // vocabulary_size
    cuts = np.unique([0, *last_contexts, num_contexts])
    places = np.searchsorted(ngrams.keys, cuts * vocabulary_size)
    for (first, last), (begin, end) in zip(
        pairwise(cuts.tolist()), pairwise(places.tolist()), strict=True
    ):
        block = NGrams(*(array[begin:end] for array in ngrams))
        contexts = block.keys // vocabulary_size - first
        shorter = np.exp(lower[block.suffixes])
        found = _interpolate(contexts, block.counts, discount, shorter, last - first)
        yield Level(block.keys, *found)


def _interpolate(
    contexts: np.ndarray,
    counts: np.ndarray,
    discount: np.ndarray,
    shorter: np.ndarray,
    num_contexts: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The equations of the module.

    Args:
        contexts: int64 [num_ngrams], h of each, a number below `num_contexts`.
        counts: int [num_ngrams], a(h w).
        discount: float64 [4], D of 0, 1, 2, and 3 or more.
        shorter: float [num_ngrams], p(w | h').
        num_contexts: of these n-grams, followed by something or not.

    Returns:
        log p(w | h), float64 [num_ngrams], and log b(h), float64 [num_contexts].
    """
    taken = discount[np.minimum(counts, 3)]
    totals = np.bincount(contexts, counts, num_contexts)
    given = np.bincount(contexts, taken, num_contexts)
    is_unseen = totals == 0
    given[is_unseen] = totals[is_unseen] = 1.0
    backoffs = given / totals
    probabilities = (counts - taken) / totals[contexts] + backoffs[contexts] * shorter
    with np.errstate(divide="ignore"):  # what is never predicted has -inf
        return np.log(probabilities), np.log(backoffs)
