"""How far a figure would move if other documents of the same kind had been measured.

Sums of each document enter; standard errors leave. Documents are drawn again, with
replacement, as many as there are, a thousand times: the tokens of one document are not
independent of each other, the documents are. The same draws for everybody: what two
models differ by is known better than what each of them reaches. Of a few long documents
paragraphs are drawn instead, which says less: how another page of the same books would
do, not another book.

Source: Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 6; for
pairs of systems on the same text Koehn 2004, Statistical significance tests for machine
translation evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

ROUNDS = 1000

# With fewer documents, a book or two, paragraphs are drawn: so few documents tell
# nothing about others. Training parts such a corpus by paragraphs, too.
FEWEST_DOCUMENTS = 20

_CELLS_AT_ONCE = 4_000_000  # draws of a document, 8 bytes each


def resampled(sums: np.ndarray, seed: int = 0) -> np.ndarray:
    """The sums over each draw of documents, float64 [ROUNDS, quantities].

    Args:
        sums: float64 [documents, quantities], at least one document.
        seed: of the draws, which are the same for the same number of documents.
    """
    with np.errstate(invalid="ignore"):  # an infinite sum, not drawn, is no number
        return np.concatenate([draws @ sums for draws in _draws(len(sums), seed)])


def standard_error(replicates: np.ndarray) -> float | None:
    """That of a figure: the standard deviation of float64 [ROUNDS].

    None where a draw has no figure, as with one document, which leaves no choice.
    """
    if not np.isfinite(replicates).all():
        return None
    return float(replicates.std(ddof=1))


def standard_error_of_ratio(
    numerators: np.ndarray, denominators: np.ndarray, seed: int = 0
) -> float | None:
    """That of `numerators.sum() / denominators.sum()`, one entry a document.

    None for fewer than two documents.

    Example:
        >>> hits, tokens = np.array([2.0, 0.0, 1.0, 1.0]), np.full(4, 4.0)
        >>> round(standard_error_of_ratio(hits, tokens), 2)  # 0.177 / sqrt(4)
        0.09
    """
    if len(numerators) < 2:
        return None
    totals = resampled(np.stack([numerators, denominators], axis=1), seed)
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw of empty documents
        return standard_error(totals[:, 0] / totals[:, 1])


def _draws(num_documents: int, seed: int) -> Iterator[np.ndarray]:
    """Yields int64 [rounds, documents]: how often each was drawn."""
    generator = np.random.default_rng(seed)
    shares = np.full(num_documents, 1 / num_documents)
    at_once = max(1, min(ROUNDS, _CELLS_AT_ONCE // num_documents))
    for first in range(0, ROUNDS, at_once):
        rounds = min(at_once, ROUNDS - first)
        yield generator.multinomial(num_documents, shares, rounds)
