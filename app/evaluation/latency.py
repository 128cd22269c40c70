"""How long a person waits: the middle of some times, and what hardly any exceeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def latency_ms(seconds: Sequence[float] | np.ndarray) -> dict[str, float | int | None]:
    """Median, 90th and 99th percentile in ms, and of how many; None where of none."""
    names = ("median", "p90", "p99")
    if not len(seconds):
        return {**dict.fromkeys(names), "n": 0}
    at = 1000 * np.percentile(seconds, (50, 90, 99))
    return {**dict(zip(names, at.tolist(), strict=True)), "n": len(seconds)}
