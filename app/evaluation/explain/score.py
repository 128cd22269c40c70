"""Pictures over the words of a text, one below the other like the parts of a score.

              START   the   clouds   on    the
    surprise    .      #      ##      .     .
    forget    heat map, one column a word
    belief    ...

Every part has the same columns, so that a line down the page is one moment. Names and
scales stand in a gutter of their own, which stays where it is when the words are
scrolled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup

from app.evaluation.charts.scales import linear
from app.evaluation.charts.svg import Picture, curve, element, line, text
from app.evaluation.explain.heat_map import data_address

GUTTER = 124  # width
_LEAST, _MOST, _PAGE = 19.0, 44.0, 752.0  # widths: of a column, of all of them
_LETTERS = 14  # of a word that stands above its column
_HEAD = 78  # height of the words
_BETWEEN = 12  # parts


@dataclass(frozen=True)
class Columns:
    """Where the words of a text stand.

    Attributes:
        words: what stands above each.
    """

    words: Sequence[str]

    @property
    def width(self) -> float:
        """Of one, so that short texts fill a page and long ones can be read."""
        room = _PAGE / max(1, len(self.words))
        return min(max(room, _LEAST), _MOST)

    @property
    def whole(self) -> float:
        """Of all of them, and of the last word's letters."""
        return self.width * len(self.words) + 44

    def middle(self, column: float) -> float:
        """Of a column."""
        return (column + 0.5) * self.width


@dataclass(frozen=True)
class Part:
    """One picture over the words.

    Attributes:
        height: of it.
        gutter: what stands on its left.
        body: what stands over the columns.
    """

    height: float
    gutter: list[Markup] = field(default_factory=list)
    body: list[Markup] = field(default_factory=list)


def heads(columns: Columns) -> Part:
    """The words themselves, slanting upwards."""
    body = []
    for place, word in enumerate(columns.words):
        x = columns.middle(place) + 3
        short = word if len(word) <= _LETTERS else word[: _LETTERS - 1] + "…"
        turn = f"rotate(-52 {x:.1f} {_HEAD - 4})"
        body.append(
            element("text", short, class_="head", x=x, y=_HEAD - 4, transform=turn)
        )
    return Part(_HEAD, [], body)


def heat(
    columns: Columns,
    name: str,
    values: np.ndarray,
    height: float,
    note: str = "",
) -> Part:
    """A heat map.

    Args:
        columns: of the text.
        name: stands on its left.
        values: float [rows, columns], from -1 to 1.
        height: of it.
        note: below the name.
    """
    address = data_address(values)
    width = columns.width * len(columns.words)
    image = element(
        "image", href=address, x=0, y=0, width=width, height=height,
        preserveAspectRatio="none", image_rendering="optimizeSpeed", class_="heat",
    )  # fmt: skip
    frame = element(
        "rect", class_="frame", x=0, y=0, width=width, height=height, fill="none"
    )
    gutter = [text(name, GUTTER - 10, 15, "name up")]
    if note:
        gutter.append(text(note, GUTTER - 10, 31, "note up"))
    return Part(height, gutter, [image, frame])


def named_rows(
    columns: Columns, names: Sequence[str], values: np.ndarray, row: float = 19.0
) -> Part:
    """A heat map whose rows have names: float [rows, columns], from -1 to 1."""
    part = heat(columns, "", values, row * len(names))
    gutter = [
        text(_short(name), GUTTER - 10, (place + 0.5) * row + 4.5, "up name")
        for place, name in enumerate(names)
    ]
    return Part(part.height, gutter, part.body)


def curves(
    columns: Columns, name: str, rows: dict[str, np.ndarray], height: float = 56
) -> Part:
    """Shares from 0 to 1 as lines through the columns, by their kind of line."""
    body = [
        line("grid", 0, y, columns.width * len(columns.words), y) for y in (0, height)
    ]
    for kind, values in rows.items():
        points = [
            (columns.middle(place), height * (1.0 - float(values[place])))
            for place in np.flatnonzero(np.isfinite(values)).tolist()
        ]
        if points:
            body.append(curve(kind, points))
    gutter = [
        text(name, GUTTER - 10, height / 2 + 4, "name up"),
        text("1", GUTTER - 4, 9, "note up"),
        text("0", GUTTER - 4, height, "note up"),
    ]
    return Part(height, gutter, body)


def mean_line(columns: Columns, values: np.ndarray) -> Part:
    """A low line of the mean over a heat map's rows, from its lowest to its highest."""
    height = 24.0
    places = np.flatnonzero(np.isfinite(values)).tolist()
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    up = linear(low, high, height, 2.0)
    points = [(columns.middle(place), up(float(values[place]))) for place in places]
    note = text(f"mean {low:.2f} to {high:.2f}", GUTTER - 10, 16, "note up")
    return Part(height, [note], [curve("ours", points)])


def upright_bars(
    columns: Columns, name: str, values: np.ndarray, height: float = 46, note: str = ""
) -> Part:
    """A bar a column, upwards for positive values, downwards for negative ones."""
    top = float(max(np.nanmax(values, initial=0.0), 0.0))
    low = float(min(np.nanmin(values, initial=0.0), 0.0))
    span = max(top - low, 1e-9)
    zero = height * top / span
    body = []
    for place in np.flatnonzero(np.isfinite(values)).tolist():
        size = height * abs(float(values[place])) / span
        if size < 0.25:
            continue
        is_up = values[place] > 0
        body.append(
            element(
                "rect",
                class_="ours" if is_up else "against",
                x=columns.middle(place) - columns.width * 0.36,
                y=zero - size if is_up else zero,
                width=columns.width * 0.72,
                height=size,
            )  # fmt: skip
        )
    body.append(line("axis", 0, zero, columns.width * len(columns.words), zero))
    gutter = [text(name, GUTTER - 10, height / 2 - 2, "name up")]
    if note:
        gutter.append(text(note, GUTTER - 10, height / 2 + 14, "note up"))
    return Part(height, gutter, body)


@dataclass(frozen=True)
class Score:
    """Parts over the same columns.

    Attributes:
        name: letters and hyphens; one page has no two of one name.
        title: what it shows, in one line.
        description: what is to be seen in it, for those who do not.
        columns: of the text.
        parts: from the top to the bottom, below the words.
    """

    name: str
    title: str
    description: str
    columns: Columns
    parts: Sequence[Part]

    @property
    def height(self) -> float:
        """Of everything."""
        return sum(it.height for it in self._all) + _BETWEEN * len(self.parts) + 4

    @property
    def _all(self) -> list[Part]:
        return [heads(self.columns), *self.parts]

    def plot(self) -> Markup:
        """All of it, for a page, whose script keeps the gutter in its place."""
        names = f"{self.name}-title", f"{self.name}-text"
        width = GUTTER + self.columns.whole
        ground = element("rect", class_="ground", width=GUTTER - 1, height=self.height)
        return element(
            "svg",
            element("title", self.title, id=names[0]),
            element("desc", self.description, id=names[1]),
            *self._placed("body", GUTTER),
            element("g", ground, *self._placed("gutter", 0), class_="gutter"),
            class_="plot",
            role="img",
            aria_labelledby=" ".join(names),
            viewBox=f"0 0 {width:.1f} {self.height:.1f}",
            width=width,
            height=self.height,
            data_column=f"{self.columns.width:.3f}",
            data_gutter=GUTTER,
        )

    def picture(self, remark: str = "") -> Picture:
        """Both, for a picture that stands alone."""
        body = self._placed("gutter", 14) + self._placed("body", 14 + GUTTER)
        width = round(28 + GUTTER + self.columns.whole)
        return Picture(
            self.name, self.title, self.description, width, self.height + 14, body,
            remark,
        )  # fmt: skip

    def _placed(self, what: str, x: float) -> list[Markup]:
        placed, y = [], 0.0
        for part in self._all:
            place = f"translate({x:g} {y:.1f})"
            placed.append(element("g", *getattr(part, what), transform=place))
            y += part.height + _BETWEEN
        return placed


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
