"""Many values of one kind: a dot each, piled up where they meet.

A pile is as wide as a dot; the dots are as large as the highest pile allows. Where they
would be too small to be seen, a pile is a bar.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from app.evaluation.charts.scales import linear, round_steps
from app.evaluation.charts.svg import WIDE, Picture, bar, dot, line, text
from app.evaluation.charts.units import Unit

_EDGE = 24
_TOP, _HIGHEST_PILE = 30, 130
_SIZES = (12.0, 10.0, 8.0, 6.0, 5.0, 4.0)  # diameters of a dot
_BAR = 6.0  # width of a pile that is a bar


def distribution(
    name: str,
    title: str,
    values: Sequence[float],
    *,
    unit: Unit,
    width: int = WIDE,
) -> Picture:
    """Shares as dots over an axis, the median marked.

    Args:
        name: see `Picture`.
        title: see `Picture`.
        values: shares below 1, at least one.
        unit: of the values.
        width: the same things in more or less room.
    """
    low, high = _range(values)
    across = linear(low, high, _EDGE, width - _EDGE)
    bottom = _TOP + _HIGHEST_PILE
    body = []
    for step in round_steps(high - low, most=width // 80):
        x = across(low + step)
        if x <= width:
            body.append(line("grid", x, _TOP, x, bottom))
            body.append(text(unit.mark(low + step), x, bottom + 18, "across"))
    body.append(line("axis", 0, bottom, width, bottom))
    body += _piles([across(value) for value in values], bottom)
    median = statistics.median(values)
    x = across(median)
    body.append(line("mark", x, _TOP - 6, x, bottom))
    body.append(text(f"half above {unit.show(median)}", x, _TOP - 12, "across"))
    least, most = unit.show(min(values)), unit.show(max(values))
    told = f"{len(values)} values from {least} to {most}, half of them above "
    told += f"{unit.show(median)}."
    return Picture(name, title, told, width, bottom + 26, body)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Whole steps of five hundredths around the values, at least two of them."""
    low = math.floor(min(values) * 20) / 20
    return low, max(math.ceil(max(values) * 20) / 20, low + 0.1)


def _piles(places: Sequence[float], bottom: float) -> list[Markup]:
    """Dots, or bars, above the places of values."""
    for size in _SIZES:
        piles = Counter(int(place // size) for place in places)
        if max(piles.values()) * size <= _HIGHEST_PILE:
            return [
                dot(
                    "ours",
                    (column + 0.5) * size,
                    bottom - size * (row + 0.5),
                    size * 0.44,
                )
                for column, height in piles.items()
                for row in range(height)
            ]
    piles = Counter(int(place // _BAR) for place in places)
    unit = _HIGHEST_PILE / max(piles.values())
    return [
        bar(
            "ours", column * _BAR + 0.5, bottom - unit * height, _BAR - 1, unit * height
        )
        for column, height in piles.items()
    ]
