"""Things one below the other, each with its value: bars from zero, or dots.

Each thing has two lines: its name with the value in figures, and below it the bar. So
a chart is as narrow as a phone, no label meets another, and a page sets several side
by side. Bars begin at zero; what has no zero (perplexities) is drawn as dots on a
logarithmic axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from app.evaluation.charts.scales import (
    NOTHING,
    Scale,
    linear,
    logarithmic,
    round_factors,
    round_steps,
    with_room,
)
from app.evaluation.charts.svg import NARROW, Picture, bar, dot, element, line, text
from app.evaluation.charts.units import Unit

WIDTH = NARROW
_EDGE = 2.0  # so that the marks at both ends are whole
_ROW, _BAR = 46, 10  # heights: of a row, of its bar
_ABOVE_BAR = 24
_LEGEND, _AXIS = 26, 24  # heights
_LONGEST_NAME = 36
_LONGEST_LABEL = 40  # name and note together, beside the value


@dataclass(frozen=True)
class Row:
    """A thing and its value.

    Attributes:
        name: as a person calls it.
        value: None where it is infinite or was not measured.
        note: stands small behind the name.
        kind: "ours" or "other": the colour.
        soft: a second value, never smaller, drawn behind the first one.
        error: one standard error; twice as much is drawn each way.
        marks: kind of line ("mark", "roof") -> its value.
    """

    name: str
    value: float | None
    note: str = ""
    kind: str = "ours"
    soft: float | None = None
    error: float | None = None
    marks: dict[str, float] = field(default_factory=dict)

    def values(self) -> list[float]:
        """Every value that the picture must have room for."""
        alone = (self.value, self.soft)
        known = [it for it in alone if it is not None] + list(self.marks.values())
        if self.value is not None and self.error:
            known += (self.value - 2 * self.error, self.value + 2 * self.error)
        return known


def bars(
    name: str,
    title: str,
    rows: Sequence[Row],
    *,
    unit: Unit,
    legend: dict[str, str] | None = None,
    highest: float | None = None,
) -> Picture:
    """Values as bars from zero.

    Args:
        name: see `Picture`.
        title: see `Picture`.
        rows: from top to bottom.
        unit: of the values.
        legend: kind of mark -> what it means.
        highest: the axis goes at least so far: pictures side by side are alike.
    """
    most = max([highest or 0.0, *(it for row in rows for it in row.values())])
    marks = round_steps(most, most=7)
    scale = linear(0, marks[-1], _EDGE, WIDTH - _EDGE)
    return _chart(name, title, rows, unit, legend or {}, scale, marks, _bar)


def dots(
    name: str,
    title: str,
    rows: Sequence[Row],
    *,
    unit: Unit,
    legend: dict[str, str] | None = None,
) -> Picture:
    """Values above zero as dots on a logarithmic axis; see `bars`."""
    known = [it for row in rows for it in row.values() if it > NOTHING] or [1.0]
    low, high = with_room(min(known), max(known))
    marks = round_factors(low, high, most=4)
    places = logarithmic(low, high, _EDGE, WIDTH - _EDGE)

    def scale(value: float) -> float:
        return places(max(value, low))  # an error may reach below 0, which has no place

    return _chart(name, title, rows, unit, legend or {}, scale, marks, _dot)


def _chart(
    name: str,
    title: str,
    rows: Sequence[Row],
    unit: Unit,
    legend: dict[str, str],
    scale: Scale,
    marks: Sequence[float],
    draw: Callable[[Row, Scale, float], list[Markup]],
) -> Picture:
    top = _LEGEND * bool(legend)
    bottom = top + _ROW * len(rows)
    body = _legend(legend)
    for value in marks:
        x = scale(value)
        body.append(line("grid", x, top + 6, x, bottom))
        body.append(_mark_label(unit.mark(value), x, bottom + 16))
    for number, row in enumerate(rows):
        y = top + _ROW * number
        body += _labels(row, unit, y + 16)
        if row.value is not None:
            body += draw(row, scale, y + _ABOVE_BAR)
    told = "; ".join(f"{row.name}: {unit.show(row.value)}" for row in rows)
    return Picture(name, title, f"{told}.", WIDTH, bottom + _AXIS, body)


def _labels(row: Row, unit: Unit, y: float) -> list[Markup]:
    name = row.name
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 1] + "…"
    parts = [name]
    if row.note and len(name) + len(row.note) <= _LONGEST_LABEL:
        parts.append(element("tspan", row.note, class_="note", dx=6))
    label = element("text", *parts, class_="name", x=0, y=y)
    return [label, text(unit.show(row.value), WIDTH, y, "value")]


def _bar(row: Row, scale: Scale, y: float) -> list[Markup]:
    parts, value = [], row.value or 0.0
    if row.soft is not None:
        parts.append(bar("soft", scale(0), y, scale(row.soft) - scale(0), _BAR))
    parts.append(bar(row.kind, scale(0), y, scale(value) - scale(0), _BAR))
    return parts + _marks(row, scale, y)


def _dot(row: Row, scale: Scale, y: float) -> list[Markup]:
    middle = y + _BAR / 2
    track = line("grid", 0, middle, WIDTH, middle)
    return [
        track,
        *_marks(row, scale, y),
        dot(row.kind, scale(row.value or 0.0), middle, _BAR / 2),
    ]


def _marks(row: Row, scale: Scale, y: float) -> list[Markup]:
    parts = []
    for kind, value in row.marks.items():
        parts.append(line(kind, scale(value), y - 3, scale(value), y + _BAR + 3))
    if row.error and row.value is not None:
        middle, value = y + _BAR / 2, row.value
        ends = scale(max(value - 2 * row.error, 0.0)), scale(value + 2 * row.error)
        parts.append(line("whisker", ends[0], middle, ends[1], middle))
        parts += [line("whisker", x, middle - 3, x, middle + 3) for x in ends]
    return parts


def _legend(legend: dict[str, str]) -> list[Markup]:
    """What the marks mean, side by side; 7.2 units a letter are enough."""
    parts: list[Markup] = []
    x = 0.0
    for kind, meaning in legend.items():
        if kind in ("mark", "roof"):
            parts.append(line(kind, x + 5, 4, x + 5, 18))
        elif kind == "whisker":
            parts.append(line(kind, x, 11, x + 10, 11))
        else:
            parts.append(bar(kind, x, 6, 10, 10))
        parts.append(text(meaning, x + 15, 15))
        x += 31 + 7.2 * len(meaning)
    return parts


def _mark_label(label: str, x: float, y: float) -> Markup:
    """Below its mark, but never over the picture's edge."""
    if x < 20:
        return text(label, 0, y)
    if x > WIDTH - 20:
        return text(label, WIDTH, y, "up")
    return text(label, x, y, "across")
