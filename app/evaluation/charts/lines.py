"""Something over a distance: a line for each thing, on a logarithmic axis across.

The vertical axis begins at zero, or is logarithmic too where values differ by powers
of ten. Lines are told apart by colour, by the shape of their marks and, in the legend,
by name; spread stands as whiskers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from app.evaluation.charts.scales import (
    Scale,
    linear,
    logarithmic,
    round_factors,
    round_steps,
    with_room,
)
from app.evaluation.charts.svg import Picture, curve, dot, element, line, text
from app.evaluation.charts.units import Unit

WIDE, NARROW = 720, 340  # widths: of a page, of a phone

# Places in the picture, in its own units; y grows downwards.
_LEFT, _MARGIN = 64, 14
_LINE, _PLOT = 20, 240  # heights: of a line of the legend, of the plot
_LETTER = 7.2  # widest on average

# Colour and shape of the first line, the second and so on.
_KINDS = ("ours", "rival", "good", "other", "ink")

# Whatever is smaller is nothing; it would press the rest of a logarithmic axis flat.
SMALLEST = 1e-30


class Point(NamedTuple):
    """A value at a distance, and what it varies by each way."""

    across: float
    up: float
    error: float = 0.0


class Line(NamedTuple):
    """What is drawn as one line.

    Attributes:
        name: as a person calls it.
        points: from left to right, at least one.
        kind: number of its colour and shape; several lines may share one.
    """

    name: str
    points: Sequence[Point]
    kind: int


class Axis(NamedTuple):
    """What stands at an axis.

    Attributes:
        name: of what is measured.
        unit: of the values.
        is_logarithmic: a step is the same share of a value anywhere.
    """

    name: str
    unit: Unit
    is_logarithmic: bool = False


def lines(
    name: str,
    title: str,
    drawn: Sequence[Line],
    *,
    across: Axis,
    up: Axis,
    marks: Sequence[float],
    width: int = WIDE,
    level: tuple[str, float] | None = None,
    highest: float = 0.0,
    most: float | None = None,
) -> Picture:
    """The picture.

    Args:
        name: see `Picture`.
        title: see `Picture`.
        drawn: at least one line.
        across: the axis of distances, which are above 0.
        up: the axis of values.
        marks: distances that are marked.
        width: the same things in more or less room.
        level: a name and a value that is drawn all the way across, such as chance.
        highest: the linear axis goes at least so far.
        most: and no further, because no value can be greater: whiskers end there.
    """
    legend = _legend([it.name for it in drawn], [it.kind for it in drawn], level, width)
    top = legend.height + 36
    values = [it for one in drawn for point in one.points for it in _reach(point, up)]
    values += [level[1]] if level else []
    scale, round_values = _upwards(values, up, top, highest, most)
    distances = [point.across for one in drawn for point in one.points]
    place = logarithmic(
        *with_room(min(distances), max(distances)), _LEFT, width - _MARGIN
    )
    body = [
        *legend.body,
        text(up.name, 0, top - 14),
        *_grid(scale, round_values, up, width),
        *_feet(place, marks, across, top, width),
    ]
    if level:
        body.append(
            line("roof", _LEFT, scale(level[1]), width - _MARGIN, scale(level[1]))
        )
    for one in drawn:
        body += _line(one, place, scale, up)
    told = " ".join(_told(one, across, up) for one in drawn)
    return Picture(name, title, told, width, top + _PLOT + 44, body)


def _reach(point: Point, up: Axis) -> tuple[float, ...]:
    """What the axis must have room for."""
    if up.is_logarithmic:
        return (max(point.up, SMALLEST),)
    return (point.up - point.error, point.up + point.error)


def _upwards(
    values: list[float], up: Axis, top: float, highest: float, most: float | None
) -> tuple[Scale, list[float]]:
    """Places of values, those out of the picture at its edge, and values to mark."""
    bottom = top + _PLOT
    if up.is_logarithmic:
        low, high = with_room(min(values), max(values))
        marks = round_factors(low, high, most=7)
        places = logarithmic(low, high, bottom, top)
    else:
        marks = round_steps(most or max([highest, *values]))
        low, high = min(0.0, *values), marks[-1]
        places = linear(low, high, bottom, top)
    return (lambda value: places(min(max(value, low), high))), marks


class _Legend(NamedTuple):
    height: float
    body: list[Markup]


def _legend(
    names: Sequence[str],
    kinds: Sequence[int],
    level: tuple[str, float] | None,
    width: int,
) -> _Legend:
    """What the lines are, in as many rows as there must be."""
    body: list[Markup] = []
    x, y = 0.0, 14.0
    entries: list[tuple[str, int | None]] = [*zip(names, kinds, strict=True)]
    if level:
        entries.append((level[0], None))
    for name, kind in entries:
        room = 34 + _LETTER * len(name)
        if x and x + room > width:
            x, y = 0.0, y + _LINE
        if kind is None:
            body.append(line("roof", x, y - 4, x + 22, y - 4))
        else:
            body.append(curve(_KINDS[kind], [(x, y - 4), (x + 22, y - 4)]))
            body.append(_SHAPES[kind](x + 11, y - 4))
        body.append(text(name, x + 28, y))
        x += room + 14
    return _Legend(y + 8, body)


def _grid(scale: Scale, marks: Sequence[float], up: Axis, width: int) -> list[Markup]:
    parts = []
    for value in marks:
        y = scale(value)
        parts.append(line("grid", _LEFT, y, width - _MARGIN, y))
        parts.append(text(up.unit.mark(value), _LEFT - 8, y + 4, "up"))
    return parts


def _feet(
    place: Scale, marks: Sequence[float], across: Axis, top: float, width: int
) -> list[Markup]:
    """The axis below, its marks as far as they have room, and its name."""
    bottom = top + _PLOT
    parts = [line("axis", _LEFT, bottom, width - _MARGIN, bottom)]
    last = -1e9
    for value in marks:
        x, label = place(value), across.unit.mark(value)
        parts.append(line("axis", x, bottom, x, bottom + 4))
        if x - last > _LETTER * (len(label) + 1):
            parts.append(text(label, x, bottom + 18, "across"))
            last = x
    middle = (_LEFT + width - _MARGIN) / 2
    return [*parts, text(across.name, middle, bottom + 38, "across")]


def _line(one: Line, place: Scale, scale: Scale, up: Axis) -> list[Markup]:
    spots = [(place(point.across), scale(point.up)) for point in one.points]
    parts = []
    for (x, _), point in zip(spots, one.points, strict=True):
        if point.error and not up.is_logarithmic:
            ends = scale(point.up - point.error), scale(point.up + point.error)
            parts.append(line("whisker", x, *ends[:1], x, ends[1]))
    parts.append(curve(_KINDS[one.kind], spots))
    if len(spots) <= 12:  # more would be a string of beads
        parts += [_SHAPES[one.kind](x, y) for x, y in spots]
    return parts


def _told(one: Line, across: Axis, up: Axis) -> str:
    ends = one.points[:: max(len(one.points) - 1, 1)]
    told = ", ".join(
        f"{up.unit.show(it.up)} at {across.unit.mark(it.across)}" for it in ends
    )
    return f"{one.name}: {told}."


def _polygon(kind: str, corners: Sequence[tuple[float, float]]) -> Markup:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return element("polygon", class_=kind, points=places)


def _circle(x: float, y: float) -> Markup:
    return dot("ours", x, y, 4.5)


def _square(x: float, y: float) -> Markup:
    return _polygon(
        "rival",
        [(x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4)],
    )


def _triangle(x: float, y: float) -> Markup:
    return _polygon("good", [(x, y - 5.5), (x + 5, y + 4), (x - 5, y + 4)])


def _diamond(x: float, y: float) -> Markup:
    return _polygon("other", [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)])


def _ring(x: float, y: float) -> Markup:
    return element("circle", class_="ring", cx=x, cy=y, r=4.0)


_SHAPES: tuple[Callable[[float, float], Markup], ...] = (
    _circle,
    _square,
    _triangle,
    _diamond,
    _ring,
)
