"""Whether a model that is 30 % sure of its first word is right in 30 % of the cases.

Confidences and whether each was right enter; a curve and one number leave.

    expected calibration error = sum over bins of (tokens / all) |accuracy - confidence|

Source: Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks,
section 2, with its fifteen bins of equal width.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BINS = 15


def calibration(confidences: np.ndarray, is_right: np.ndarray) -> dict[str, Any]:
    """The part "calibration" of a model's figures.

    Args:
        confidences: float32 [targets], the probability of the likeliest candidate.
        is_right: bool [targets], whether it came.

    Returns:
        "expected_calibration_error", None without any target; "bins", those that have
        targets, with their number, mean confidence and share of right ones.

    Example:
        >>> sure, right = np.array([0.9, 0.9, 0.1]), np.array([True, False, False])
        >>> round(calibration(sure, right)["expected_calibration_error"], 3)
        0.3
    """
    numbers = np.minimum((confidences * BINS).astype(np.int64), BINS - 1)
    tokens = np.bincount(numbers, minlength=BINS)
    sure = np.bincount(numbers, confidences, BINS)
    right = np.bincount(numbers, is_right, BINS)
    bins = [
        {"tokens": int(n), "confidence": float(s / n), "accuracy": float(r / n)}
        for n, s, r in zip(tokens, sure, right, strict=True)
        if n
    ]
    error = float(np.abs(sure - right).sum() / len(numbers)) if len(numbers) else None
    return {"expected_calibration_error": error, "bins": bins}
