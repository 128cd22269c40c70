"""Lines over a distance stand where their numbers say, and inside the picture."""

from xml.etree import ElementTree

import pytest

from app.evaluation.charts.lines import NARROW, WIDE, Axis, Line, Point, lines
from app.evaluation.charts.units import COUNT, NATS, SHARE

SVG = "{http://www.w3.org/2000/svg}"
ACROSS = Axis("words back", COUNT, is_logarithmic=True)


def picture(drawn, up, **options):
    return lines(
        "l", "Lines", drawn, across=ACROSS, up=up, marks=[1, 10, 100], **options
    )


def curves(made):
    tree = ElementTree.fromstring(made.inline())
    found = [it.get("points").split() for it in tree.iter(f"{SVG}polyline")]
    return [
        [tuple(map(float, it.split(","))) for it in dict.fromkeys(one)] for one in found
    ]


def test_equal_shares_are_equal_steps_on_both_axes():
    drawn = [Line("a", [Point(10**it, 10.0**-it) for it in range(3)], 0)]
    made = picture(drawn, Axis("left", NATS, is_logarithmic=True))
    first, second, third = curves(made)[1]
    assert second[0] - first[0] == pytest.approx(third[0] - second[0], abs=0.2)
    assert second[1] - first[1] == pytest.approx(third[1] - second[1], abs=0.2)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everything_stays_inside_the_picture(width):
    drawn = [
        Line(f"kind number {it}", [Point(1, 0.99, 0.2), Point(100, 0.1 * it, 0.2)], it)
        for it in range(5)
    ]
    made = picture(
        drawn, Axis("share", SHARE), width=width, most=1.0, level=("chance", 0.125)
    )
    tree = ElementTree.fromstring(made.inline())
    for it in tree.iter(f"{SVG}line"):
        for key in ("x1", "x2", "y1", "y2"):
            assert 0 <= float(it.get(key)) <= max(width, made.height)
    labels = ["".join(it.itertext()) for it in tree.iter(f"{SVG}text")]
    assert {
        SHARE.mark(1),
        SHARE.mark(0),
        "chance",
        "kind number 4",
        "words back",
    } <= set(labels)
    assert SHARE.mark(1.25) not in labels


def test_what_is_nothing_does_not_press_the_rest_flat():
    drawn = [Line("a", [Point(1, 1.0), Point(10, 0.0)], 0)]
    made = picture(drawn, Axis("left", NATS, is_logarithmic=True))
    assert all(0 <= y <= made.height for _, y in curves(made)[1])


def test_it_is_told_in_words():
    made = picture([Line("a", [Point(1, 1.0), Point(100, 0.5)], 0)], Axis("s", SHARE))
    told = made.description.replace("\N{NO-BREAK SPACE}", " ")
    assert told == "a: 100.0 % at 1, 50.0 % at 100."
