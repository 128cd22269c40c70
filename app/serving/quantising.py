"""Weights of eight bits: a table of small whole numbers and the step of each line.

Only matrices are worth it; vectors stay float32. Lines are rows or columns, whichever
are read or multiplied together, so that a word with large numbers does not make those
of the others coarse.
"""

from __future__ import annotations

import numpy as np

LARGEST = 127  # -128 is left out: the range is as wide above 0 as below


def quantise(matrix: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest table of whole numbers, and the steps that its lines are counted in.

    Args:
        matrix: float32 [rows, columns].
        axis: along which a line has one step: 1 for a step per row, 0 per column.

    Returns:
        int8 [rows, columns] and float32 steps, [rows, 1] or [1, columns]; their
        product is `matrix` up to half a step.

    Example:
        >>> table, steps = quantise(np.array([[1.27, -0.5], [0.0, 254.0]]), axis=1)
        >>> table.tolist(), steps.astype(float).round(6).tolist()
        ([[127, -50], [0, 127]], [[0.01], [2.0]])
    """
    largest = np.abs(matrix).max(axis=axis, keepdims=True)
    steps = np.maximum(largest / LARGEST, np.finfo(np.float32).tiny, dtype=np.float32)
    return np.rint(matrix / steps).astype(np.int8), steps
