"""How often blanks were filled rightly, as text that a terminal shows.

What `evaluate_sampled_blanks` gives enters, lines of plain text leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.evaluation.blanks.cases import CANDIDATES
from app.evaluation.blanks.sampled import BOTH_SIDES, LEFT_ONLY, TWO_SIDED_NETWORK

WAYS = {
    LEFT_ONLY: "left side only",
    BOTH_SIDES: "both sides",
    TWO_SIDED_NETWORK: "two-sided network alone",
}
KINDS = {"all": "all words", "content": "content words", "function": "function words"}
_COLUMNS = {
    "top_1_accuracy": "right first",
    "top_3_accuracy": "among 3",
    "top_5_accuracy": "among 5",
    "candidates_accuracy": f"one of {CANDIDATES}",
}
_WIDTH = 14


def sampled_blanks_table(sampled: Mapping[str, Any]) -> str:
    """A line for every kind of word and way to ask; what the right side is worth.

    Args:
        sampled: the part "sampled" of the "blanks" of a metrics.json.
    """
    if not sampled["blanks"]:
        return "No word could be blanked out: the text has no paragraph of 8 words."
    return "\n".join([_heading(sampled), "", *_rows(sampled), "", _verdict(sampled)])


def _heading(sampled: Mapping[str, Any]) -> str:
    return (
        f"{sampled['blanks']:,} words blanked out, {sampled['unknown_words']:,} of "
        f"them unknown; per cent ± standard error (drawing {sampled['resampled']})"
    )


def _rows(sampled: Mapping[str, Any]) -> Iterator[str]:
    by = sampled["by"]
    names = "".join(name.rjust(_WIDTH) for name in _COLUMNS.values())
    yield f"{'':26}{names}{'time':>10}"
    for kind in by[LEFT_ONLY]:
        yield f"{KINDS[kind]} ({by[LEFT_ONLY][kind]['blanks']:,})"
        for way, figures in by.items():
            cells = "".join(_cell(figures[kind], name) for name in _COLUMNS)
            time = f"{sampled['latency_ms'][way]['median']:7,.0f} ms"
            yield f"  {WAYS[way]:24}{cells}{time if kind == 'all' else ''}".rstrip()


def _cell(figures: Mapping[str, Any], name: str) -> str:
    share, error = figures[name], figures["standard_errors"][name]
    if share is None:
        return "-".rjust(_WIDTH)
    plus_minus = "" if error is None else f" ± {100 * error:4.1f}"  # of one paragraph
    return f"{100 * share:.1f}{plus_minus}".rjust(_WIDTH)


def _verdict(sampled: Mapping[str, Any]) -> str:
    """Whether reading the right side helps, in words."""
    gain = 100 * sampled["gains"]["all"]["top_1_accuracy"]
    error = sampled["gains"]["all"]["top_1_standard_error"]
    if error is None:
        return "Whether the right side helps cannot be told from one paragraph."
    error *= 100
    points = f"{abs(gain):.1f} points ± {error:.1f}"
    if abs(gain) <= 2 * error:
        return f"Whether the right side helps cannot be told from so few: {points}."
    more = "more" if gain > 0 else "less"
    return f"With the right side read, the right word is first {more} often: {points}."
