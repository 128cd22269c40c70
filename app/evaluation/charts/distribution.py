"""Many values of one kind: a dot each, piled up where they meet.

A pile is as wide as a dot; the dots are as large as the highest pile allows.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence

from app.evaluation.charts.scales import linear, round_steps
from app.evaluation.charts.svg import Picture, dot, line, text
from app.evaluation.charts.units import Unit

WIDE, NARROW = 720, 340  # widths: of a page, of a phone
_EDGE = 24
_TOP, _HIGHEST_PILE = 30, 130
_SIZES = (12.0, 10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0)  # diameters of a dot


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
    size, piles = _piles(values, across)
    bottom = _TOP + _HIGHEST_PILE
    body = []
    for step in round_steps(high - low, most=width // 80):
        x = across(low + step)
        if x <= width:
            body.append(line("grid", x, _TOP, x, bottom))
            body.append(text(unit.mark(low + step), x, bottom + 18, "across"))
    body.append(line("axis", 0, bottom, width, bottom))
    for column, height in piles.items():
        for number in range(height):
            y = bottom - size * (number + 0.5)
            body.append(dot("ours", (column + 0.5) * size, y, size * 0.44))
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


def _piles(
    values: Sequence[float], across: Callable[[float], float]
) -> tuple[float, dict[int, int]]:
    """The diameter of a dot, and how many stand in each column of that width."""
    for size in _SIZES:
        piles = Counter(int(across(value) // size) for value in values)
        if max(piles.values()) * size <= _HIGHEST_PILE:
            return size, piles
    # Thousands: a dot stands for so many that the highest pile fits.
    many = math.ceil(max(piles.values()) / _HIGHEST_PILE)
    return size, {column: -(-count // many) for column, count in piles.items()}
