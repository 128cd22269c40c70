"""Ranks, and what can be said with ranks alone: does one thing follow another?"""

from __future__ import annotations

import numpy as np


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 in ascending order, equal values sharing theirs: float64 [n].

    >>> ranks(np.array([3.0, 1.0, 3.0]))
    array([2.5, 1. , 2.5])
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2.0)[places]


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rho of two rows of numbers; None where one of them is constant.

    >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.2, 0.3]))
    1.0
    """
    of_one, of_other = standard_ranks(one), standard_ranks(other)
    if of_one is None or of_other is None:
        return None
    return round(float(of_one @ of_other), 12)


def standard_ranks(values: np.ndarray) -> np.ndarray | None:
    """Ranks with mean 0 and length 1, float64 [n]; None where all values are equal."""
    centred = ranks(values) - (len(values) + 1) / 2
    length = np.sqrt(centred @ centred)
    return centred / length if length > 0 else None
