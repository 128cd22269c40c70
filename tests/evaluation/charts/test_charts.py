"""What stands in a chart stands where its numbers say, and inside the picture."""

import random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.charts.distribution import distribution
from app.evaluation.charts.reliability import reliability
from app.evaluation.charts.rows import WIDTH, Row, bars, dots
from app.evaluation.charts.svg import NARROW, WIDE
from app.evaluation.charts.units import PERPLEXITY, SHARE

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture):
    return ElementTree.fromstring(picture.inline())


def texts(tree):
    return ["".join(it.itertext()) for it in tree.iter(f"{SVG}text")]


def places(tree, tag, kind, key):
    found = tree.iter(f"{SVG}{tag}")
    return [float(it.get(key)) for it in found if it.get("class") == kind]


ROWS = [
    Row("this model", 0.4, soft=0.8, error=0.01, marks={"mark": 0.2}),
    Row("the other", 0.2, kind="other", note="1,234"),
    Row("no figure", None),
]


def test_bars_are_as_long_as_their_values():
    legend = {"ours": "first", "soft": "among three", "mark": "5-gram"}
    tree = drawn(bars("b", "Shares", ROWS, unit=SHARE, legend=legend))
    _, ours = places(tree, "rect", "ours", "width")  # the first is the legend's
    (other,) = places(tree, "rect", "other", "width")
    assert ours == pytest.approx(2 * other, abs=0.2)
    assert places(tree, "rect", "soft", "width")[1] == pytest.approx(2 * ours, abs=0.3)
    mark = places(tree, "line", "mark", "x1")[1]
    assert mark - 2 == pytest.approx(other, abs=0.2)
    assert {
        "this model",
        "the other1,234",
        "40.0\N{NO-BREAK SPACE}%",
        "20.0\N{NO-BREAK SPACE}%",
        "–",
    } <= set(texts(tree))
    assert "the other: 20.0" in tree.find(f"{SVG}desc").text


def test_whiskers_reach_two_standard_errors_each_way():
    tree = drawn(bars("b", "Shares", ROWS[:1], unit=SHARE))
    (length,) = places(tree, "rect", "ours", "width")
    low, high = (places(tree, "line", "whisker", key)[0] for key in ("x1", "x2"))
    assert (low - 2, high - 2) == (
        pytest.approx(length * 0.95, abs=0.2),
        pytest.approx(length * 1.05, abs=0.2),
    )


def test_dots_are_as_far_apart_as_their_ratio():
    rows = [Row(str(it), it) for it in (50.0, 100.0, 200.0)]
    tree = drawn(dots("d", "Perplexity", rows, unit=PERPLEXITY))
    first, second, third = places(tree, "circle", "ours", "cx")
    assert second - first == pytest.approx(third - second, abs=0.2)


def test_a_long_name_leaves_room_for_the_value():
    tree = drawn(bars("b", "Shares", [Row("x" * 200, 0.5)], unit=SHARE))
    (name,) = (it for it in texts(tree) if it.startswith("x"))
    assert len(name) <= 36 and name.endswith("…")


numbers = st.floats(0, 1) | st.none()


@given(st.lists(st.tuples(numbers, st.floats(0, 0.2)), max_size=6))
def test_whatever_the_values_nothing_stands_outside(values):
    rows = [Row("it", value, error=error) for value, error in values]
    for picture in (
        bars("b", "Shares", rows, unit=SHARE),
        dots("d", "Perplexity", rows, unit=PERPLEXITY),
    ):
        tree = drawn(picture)
        for key in ("x", "x1", "x2", "cx"):
            for it in tree.iter():
                assert -0.1 <= float(it.get(key, 0)) <= WIDTH + 0.1
        for it in tree.iter(f"{SVG}rect"):
            assert float(it.get("x")) + float(it.get("width")) <= WIDTH + 0.1


def test_a_calibrated_model_lies_on_the_diagonal_and_empty_bins_are_left_out():
    bins = [
        {"tokens": tokens, "confidence": share, "accuracy": share}
        for tokens, share in ((900, 0.1), (100, 0.6), (0, 0.9))
    ]
    tree = drawn(reliability("r", "Calibration", bins))
    xs, ys = (places(tree, "circle", "ours", key) for key in ("cx", "cy"))
    (line,) = [it for it in tree.iter(f"{SVG}line") if it.get("class") == "roof"]
    left, right, low, high = (float(line.get(key)) for key in ("x1", "x2", "y1", "y2"))
    assert len(xs) == 2
    for x, y in zip(xs, ys, strict=True):
        assert (x - left) / (right - left) == pytest.approx((y - low) / (high - low))
    big, small = places(tree, "circle", "ours", "r")
    assert big > small
    assert "10% sure, right in 10%; 60% sure, right in 60%." == (
        tree.find(f"{SVG}desc").text
    )


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("count", [1, 9, 200, 20_000])
def test_every_document_is_a_dot_as_long_as_dots_can_be_seen(count, width):
    draw = random.Random(0)
    values = [draw.gauss(0.45, 0.05) for _ in range(count)]
    tree = drawn(distribution("d", "Savings", values, unit=SHARE, width=width))
    xs, ys = (places(tree, "circle", "ours", key) for key in ("cx", "cy"))
    bars_drawn = places(tree, "rect", "ours", "y")
    assert len(xs) == (count if count < 1000 else 0)
    assert len(bars_drawn) == 0 if count < 1000 else len(bars_drawn) < 130
    assert min(ys + bars_drawn) > 25
    assert all(0 <= x <= width for x in xs)
