"""Standard errors of figures that are made of whole documents.

The tokens of one document are not independent of each other: a name that is unknown in
one place is unknown everywhere. So documents are drawn, with replacement, as many as
there are, and the figure is computed anew for each draw. Source: Efron and Tibshirani
(1993), An Introduction to the Bootstrap, chapter 6.
"""

from __future__ import annotations

import numpy as np

DRAWS = 1000


def standard_error_of_ratio(
    numerators: np.ndarray, denominators: np.ndarray, seed: int
) -> float:
    """The standard error of sum(numerators) / sum(denominators).

    Args:
        numerators: float64 [documents].
        denominators: float64 [documents], none negative, not all 0.
        seed: of the draws.

    Returns:
        0 for a single document, which tells nothing about others.
    """
    generator = np.random.default_rng(seed)
    num_documents = len(numerators)
    ratios = np.full(DRAWS, np.nan)
    for draw in range(DRAWS):
        drawn = generator.integers(num_documents, size=num_documents)
        if total := denominators[drawn].sum():
            ratios[draw] = numerators[drawn].sum() / total
    return float(np.nanstd(ratios))
