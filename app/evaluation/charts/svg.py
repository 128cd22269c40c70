"""Elements of SVG, and whole pictures that say in words what they show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.evaluation.charts.colours import Scheme, picture_style

# Widths of pictures: on a page; on a phone, or side by side.
WIDE, NARROW = 720, 340

# All that XML 1.0, section 2.2, leaves out, but for surrogates.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_MARGIN, _LINE = 14, 24  # around a picture that stands alone, of its heading
_LETTER = 7.2  # of its remark, of 13 px, in the widest of the fonts


def element(tag: str, /, *children: str, **attributes: object) -> Markup:
    """One element; what is not Markup is text, and attributes are always text.

    >>> element("text", "a < b", x=1.25, class_="up", stroke_width=2)
    Markup('<text x="1.2" class="up" stroke-width="2">a &lt; b</text>')
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for key, value in attributes.items()
    )
    # Every part is escaped by now.
    if not children:
        return Markup(f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{join(children)}</{tag}>")


def join(parts: tuple[str, ...] | list[str]) -> Markup:
    """The parts one after the other; what is not Markup is text."""
    return Markup("").join(parts)


def text(words: str, x: float, y: float, kind: str = "") -> Markup:
    """Words at a place; `kind` is a class of the chart's style."""
    return element("text", words, x=x, y=y, **({"class_": kind} if kind else {}))


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    """A straight line."""
    return element("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2)


def bar(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    """A filled rectangle with soft corners."""
    return element(
        "rect", class_=kind, x=x, y=y, width=max(width, 0.0), height=height, rx=2
    )


def dot(kind: str, x: float, y: float, radius: float) -> Markup:
    """A filled circle."""
    return element("circle", class_=kind, cx=x, cy=y, r=radius)


def curve(kind: str, points: list[tuple[float, float]]) -> Markup:
    """A line through points; a single one is a ring."""
    if len(points) == 1:
        return dot(f"curve {kind}", *points[0], 3)
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", class_=f"curve {kind}", points=places)


@dataclass(frozen=True)
class Picture:
    """A drawing, and what it shows in words.

    Attributes:
        name: letters and hyphens; one page has no two pictures of one name.
        title: what it shows, in one line.
        description: what is to be seen in it, for those who do not.
        remark: stands below the title where no page says it.
        width: in the units of the body's places.
        height: likewise.
        body: elements.
    """

    name: str
    title: str
    description: str
    width: int
    height: float
    body: list[Markup]
    remark: str = ""

    @property
    def told(self) -> str:
        """Title and description as sentences."""
        return f"{self.title}: {self.description}"

    def inline(self) -> Markup:
        """The picture as a part of a page, which brings its style and its heading."""
        return self._svg(self.width, self.height, self.body)

    def document(self, scheme: Scheme | None = None) -> str:
        """The picture as a file of its own, below its title.

        Args:
            scheme: its paper; None for that which the reader prefers.
        """
        head = _LINE * (2 if self.remark else 1) + _MARGIN
        # The style is ours and holds nothing to escape; & and < would end an SVG.
        style = element("style", Markup(picture_style(scheme)))
        body = [
            style,
            element("rect", class_="paper", width="100%", height="100%"),
            text(self.title, _MARGIN, 30, "title"),
            *([text(self.remark, _MARGIN, 30 + _LINE)] if self.remark else []),
            element("g", *self.body, transform=f"translate(0 {head})"),
        ]
        width = max(self.width, 2 * _MARGIN + round(_LETTER * len(self.remark)))
        return writable(self._svg(width, head + self.height, body) + "\n")

    def _svg(self, width: int, height: float, body: list[Markup]) -> Markup:
        names = f"{self.name}-title", f"{self.name}-text"
        return element(
            "svg",
            element("title", self.title, id=names[0]),
            element("desc", self.description, id=names[1]),
            *body,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {_short(height)}",
            role="img",
            aria_labelledby=" ".join(names),
        )


def beside(name: str, title: str, pictures: Sequence[Picture], gap: int) -> Picture:
    """Pictures side by side, each below its title, with `gap` between and around."""
    body, x, head = [], gap, gap + 30
    for it in pictures:
        place = f"translate({x} {head})"
        heading = text(it.title, 0, -16, "title")
        body.append(element("g", heading, *it.body, transform=place))
        x += it.width + gap
    height = head + max(it.height for it in pictures) + gap
    return Picture(name, title, " ".join(it.told for it in pictures), x, height, body)


def writable(document: str) -> str:
    r"""The document with question marks for what UTF-8 or XML cannot hold.

    Names of files may be bytes that are no characters; Python keeps them apart. Texts
    may hold characters that no XML may have, not even escaped.

    >>> writable("caf\udce9"), writable("bell\a")
    ('caf?', 'bell?')
    """
    written = document.encode("utf-8", "replace").decode("utf-8")
    return _NOT_IN_XML.sub("?", written)


def _short(value: object) -> str:
    """Numbers to a tenth of a unit, which nobody sees the rest of.

    >>> _short(12.0), _short(0.25), _short(-0.01), _short("12.0")
    ('12', '0.2', '0', '12.0')
    """
    if isinstance(value, float):
        return f"{value:z.1f}".removesuffix(".0")
    return str(value)
