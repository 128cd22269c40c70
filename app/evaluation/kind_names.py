"""What people call the kinds of network, and numbers over their seeds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

KIND_NAMES = {
    "rnn": "plain RNN",
    "gru": "GRU",
    "lstm": "LSTM",
    "two-layers": "LSTM, two layers",
    "attention": "LSTM with attention",
    "two-sided": "LSTM, two-sided",
    "kneser-ney": "Kneser-Ney 5-gram",
}


class Spread(NamedTuple):
    """What came out with different seeds.

    Attributes:
        mean: over the seeds.
        deviation: standard deviation over the seeds; None with one.
    """

    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value a seed, at least one."""
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(statistics.fmean(values), deviation)


def by_kind(
    runs: Sequence[Mapping[str, Any]],
) -> dict[str, list[Mapping[str, Any]]]:
    """The runs of each kind, kinds in the order in which they were run."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        found.setdefault(run["kind"], []).append(run)
    return found
