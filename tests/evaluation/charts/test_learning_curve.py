"""The picture of a run: well-formed, and its lines stand where the numbers say."""

import math
from xml.etree import ElementTree

import pytest

from app.evaluation.charts.learning_curve import learning_curve
from app.evaluation.charts.svg import NARROW, WIDE

SVG = "{http://www.w3.org/2000/svg}"


def history(losses):
    return [
        {
            "epoch": number,
            "training_loss": loss + 0.1,
            "validation_loss": loss,
            "validation_perplexity": math.exp(loss),
            "learning_rate": 0.001,
            "seconds": 90.0 * number,
        }
        for number, loss in enumerate(losses, start=1)
    ]


def drawn(losses, width=WIDE):
    picture = learning_curve(history(losses), width)
    return ElementTree.fromstring(picture.document())


def points_of(picture, kind):
    rings = picture.iterfind(f".//{SVG}circle[@class='curve {kind}']")
    found = [(float(it.get("cx")), float(it.get("cy"))) for it in rings]
    if found:  # a run of one epoch
        return found
    (line,) = picture.iterfind(f".//{SVG}polyline[@class='curve {kind}']")
    return [tuple(map(float, point.split(","))) for point in line.get("points").split()]


def texts_of(picture):
    return [text.text for text in picture.iter(f"{SVG}text")]


def test_a_lower_perplexity_stands_lower_and_the_best_is_marked():
    picture = drawn([6.0, 5.0, 4.5, 4.6])
    xs, ys = zip(*points_of(picture, "validation")[:4], strict=True)
    assert list(xs) == sorted(xs)
    assert ys[0] < ys[1] < ys[3] < ys[2]  # y grows downwards
    best = picture.find(f".//{SVG}circle[@class='best']")
    assert (float(best.get("cx")), float(best.get("cy"))) == (xs[2], ys[2])
    assert "Best validation perplexity 90.0, after epoch 3 and 4.5 minutes" in texts_of(
        picture
    )


def test_the_axes_have_names_and_minutes():
    texts = texts_of(drawn([6.0, 5.0]))
    assert {"perplexity", "learning rate", "epoch", "minutes", "1.5", "3.0"} <= set(
        texts
    )


@pytest.mark.parametrize(
    "losses", [[5.0], [5.0] * 7, [5.0 - i / 99 for i in range(400)]]
)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_any_number_of_epochs_has_room(losses, width):
    picture = drawn(losses, width)
    epochs = [text for text in texts_of(picture) if text.isdigit()]
    assert 1 <= len(epochs) <= 20
    for kind in ("training", "validation", "rate"):
        for x, y in points_of(picture, kind):
            assert 0 < x < width and 0 < y < 440


def test_a_run_that_exploded_is_drawn_too():
    drawn([700.0, 5.0])
