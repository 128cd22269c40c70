"""The history of a run as a picture: perplexity and learning rate over the epochs.

Rows of the history enter, a picture leaves. The vertical axis of the perplexities is
logarithmic: a step down is the same share anywhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from app.evaluation.charts.scales import (
    Scale,
    linear,
    logarithmic,
    round_factors,
    with_room,
)
from app.evaluation.charts.svg import WIDE, Picture, curve, dot, element, line, text

Rows: TypeAlias = Sequence[Mapping[str, float]]

# Places in the picture, in its own units; y grows downwards.
_HEIGHT = 386
_LEFT, _MARGIN = 64, 14
_TOP, _BOTTOM = 40, 254  # of the perplexities
_RATE_TOP, _RATE_BOTTOM = 282, 336  # of the learning rate
_ROOM_OF_AN_EPOCH = 52  # below an axis, for its number and minutes

# Whoever is above it has lost all sense; it would press the rest of the curve flat.
_HIGHEST_PERPLEXITY = 1e6

_CURVES = {
    "training": "training",
    "validation": "validation",
    "rate": "learning rate",
}


def learning_curve(history: Rows, width: int = WIDE) -> Picture:
    """The picture of a run.

    Args:
        history: one row an epoch, at least one, as training returns them.
        width: the same things in more or less room.
    """
    best, remark = _best(history), best_epoch(history)
    axes = _axes(history, width)
    body = [
        *_legend(),
        *_marks_across(history, axes),
        *_marks_up(axes),
        *_curves(history, axes),
        dot("best", axes.across(best["epoch"]), axes.up(_perplexity(best)), 5),
    ]
    return Picture(
        f"learning-curve-{width}",
        "Learning curve",
        f"{remark}. The first epoch ended at a validation perplexity of "
        f"{history[0]['validation_perplexity']:,.1f}, the last of {len(history)} at "
        f"{history[-1]['validation_perplexity']:,.1f}.",
        width,
        _HEIGHT,
        body,
        remark,
    )


def best_epoch(history: Rows) -> str:
    """Which epoch was the best, and how good, as a sentence without its stop."""
    best = _best(history)
    return (
        f"Best validation perplexity {best['validation_perplexity']:,.1f}, after "
        f"epoch {best['epoch']:.0f} and {best['seconds'] / 60:.1f} minutes"
    )


def _best(history: Rows) -> Mapping[str, float]:
    return min(history, key=lambda row: row["validation_loss"])


@dataclass(frozen=True)
class _Axes:
    """Where values stand: epochs from left to right, the others upwards."""

    right: float
    across: Scale
    up: Scale
    rate_up: Scale
    perplexities: tuple[float, float]  # from the lowest to the highest, with room
    highest_rate: float


def _axes(history: Rows, width: int) -> _Axes:
    right = width - _MARGIN
    losses = [row[key] for row in history for key in _LOSSES]
    low, high = with_room(_clipped(min(losses)), _clipped(max(losses)))
    highest_rate = max(row["learning_rate"] for row in history)
    first, last = history[0]["epoch"], history[-1]["epoch"]
    return _Axes(
        right,
        linear(first, last, _LEFT + _MARGIN, right - _MARGIN),
        logarithmic(low, high, _BOTTOM, _TOP),
        linear(0, highest_rate, _RATE_BOTTOM, _RATE_TOP),
        (low, high),
        highest_rate,
    )


_LOSSES = ("training_loss", "validation_loss")


def _clipped(loss: float) -> float:
    """The perplexity of a loss in nats a token, as far as the picture goes."""
    return math.exp(min(loss, math.log(_HIGHEST_PERPLEXITY)))


def _perplexity(row: Mapping[str, float]) -> float:
    return _clipped(row["validation_loss"])


# -- parts of the picture ------------------------------------------------------------


def _curves(history: Rows, axes: _Axes) -> list[Markup]:
    xs = [axes.across(row["epoch"]) for row in history]
    heights = {
        "training": [axes.up(_clipped(row["training_loss"])) for row in history],
        "validation": [axes.up(_perplexity(row)) for row in history],
        "rate": [axes.rate_up(row["learning_rate"]) for row in history],
    }
    return [curve(kind, list(zip(xs, ys, strict=True))) for kind, ys in heights.items()]


def _legend() -> list[Markup]:
    """What the colours mean, below the title."""
    parts = []
    for x, (kind, name) in zip((_MARGIN, 112, 216), _CURVES.items(), strict=True):
        parts.append(element("path", class_=f"curve {kind}", d=f"M{x} 12 h20"))
        parts.append(text(name, x + 26, 16))
    return parts


def _marks_across(history: Rows, axes: _Axes) -> list[Markup]:
    """The epochs, and below each the minutes that had gone by then."""
    fewest = len(history) * _ROOM_OF_AN_EPOCH / (axes.right - _LEFT)
    steps = (step * 10**power for power in itertools.count() for step in (1, 2, 5))
    every = next(step for step in steps if step >= fewest)
    parts = [
        text("epoch", _LEFT - 8, _RATE_BOTTOM + 22, "up"),
        text("minutes", _LEFT - 8, _RATE_BOTTOM + 42, "up"),
    ]
    for row in history[every - 1 :: every]:
        x = axes.across(row["epoch"])
        parts.append(line("grid", x, _TOP, x, _BOTTOM))
        parts.append(line("grid", x, _RATE_TOP, x, _RATE_BOTTOM))
        parts.append(text(f"{row['epoch']:.0f}", x, _RATE_BOTTOM + 22, "across"))
        minutes = f"{row['seconds'] / 60:.1f}"
        parts.append(text(minutes, x, _RATE_BOTTOM + 42, "across"))
    for y in (_BOTTOM, _RATE_BOTTOM):
        parts.append(line("axis", _LEFT, y, axes.right, y))
    return parts


def _marks_up(axes: _Axes) -> list[Markup]:
    """The perplexities and the rates, and what they are."""
    marks = [
        *((axes.up(it), f"{it:,.10g}") for it in round_factors(*axes.perplexities)),
        *((axes.rate_up(it), f"{it:.1g}") for it in (0, axes.highest_rate)),
    ]
    names = {
        "perplexity": (_TOP + _BOTTOM) / 2,
        "rate": (_RATE_TOP + _RATE_BOTTOM) / 2,
    }
    return [
        *(line("grid", _LEFT, y, axes.right, y) for y, _ in marks),
        *(text(label, _LEFT - 8, y + 4, "up") for y, label in marks),
        *(_turned(name, y) for name, y in names.items()),
    ]


def _turned(name: str, y: float) -> Markup:
    """A name that is read upwards, at the left edge."""
    turn = f"rotate(-90 {_MARGIN} {y:.0f})"
    return element("text", name, class_="across", transform=turn, x=_MARGIN, y=y)
