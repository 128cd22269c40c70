"""How large the steps are, from the beginning of a run to its end."""

from __future__ import annotations

import math

from app.settings import FitOptions


def learning_rate(options: FitOptions, share_done: float) -> float:
    """Linear warm-up, then half a cosine down to a fiftieth; or constant.

    Source: Loshchilov and Hutter (2017), without restarts.
    """
    if not options.decays:
        return options.learning_rate
    warm = min(1.0, share_done / options.warm_up + 0.05)
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(share_done, 1.0))
    return options.learning_rate * warm * (0.02 + 0.98 * cosine)
