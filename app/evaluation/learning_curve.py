"""The history of a run as a picture: perplexity and learning rate over the epochs.

Rows of the history enter, an SVG leaves: a page of text that every browser draws at
any size. It is written by hand because two lines and two axes need no library of sixty
megabytes. The vertical axis is logarithmic: a step down is the same share anywhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Rows: TypeAlias = Sequence[Mapping[str, float]]
Scale: TypeAlias = Callable[[float], float]  # a value to a place in the picture

# Places in the picture, in its own units; y grows downwards.
_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT = 76, 692
_TOP, _BOTTOM = 76, 290  # of the perplexities
_RATE_TOP, _RATE_BOTTOM = 318, 372  # of the learning rate
_MOST_LABELS_ACROSS = 12
_MOST_LABELS_UP = 8

# Whoever is above it has lost all sense; it would press the rest of the curve flat.
_HIGHEST_PERPLEXITY = 1e6

# Marks between two powers of ten, from close to wide.
_MANTISSAS = (
    tuple(round(1 + tenth / 10, 1) for tenth in range(90)),
    tuple(1 + half / 2 for half in range(18)),
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 2, 3, 4, 5, 6, 8),
    (1, 2, 5),
    (1, 3),
    (1,),
)

_PAGE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-label="{summary}">
<style>
  text {{ font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #444 }}
  .title {{ font-size: 17px; font-weight: 600; fill: #111 }}
  .up {{ text-anchor: end }} .across {{ text-anchor: middle }}
  .grid {{ stroke: #e4e4e4 }} .axis {{ stroke: #888 }}
  .curve {{ fill: none; stroke-width: 2; stroke-linejoin: round;
    stroke-linecap: round }}
  .training {{ stroke: #9aa4b2 }} .validation {{ stroke: #1a66cc }}
  .rate {{ stroke: #b3640a }} .best {{ fill: #1a66cc; stroke: #fff; stroke-width: 2 }}
</style>
<rect width="{width}" height="{height}" fill="#fff"/>
<text class="title" x="{left}" y="28">Learning curve</text>
<text x="{left}" y="50">{summary}</text>
{body}
</svg>
"""


def learning_curve(history: Rows) -> str:
    """The picture of a run.

    Args:
        history: one row an epoch, at least one, as training returns them.

    Returns:
        An SVG document.
    """
    best = min(history, key=lambda row: row["validation_loss"])
    summary = (
        f"best validation perplexity {best['validation_perplexity']:,.1f}, after "
        f"epoch {best['epoch']:.0f} and {best['seconds'] / 60:.1f} minutes"
    )
    across = _across(history)
    training = [_perplexity(row["training_loss"]) for row in history]
    validation = [_perplexity(row["validation_loss"]) for row in history]
    rates = [row["learning_rate"] for row in history]
    low, high = _with_room(min(training + validation), max(training + validation))
    up = _logarithmic(low, high)
    rate_up = _linear(0, max(rates), _RATE_BOTTOM, _RATE_TOP)
    places = [across(row["epoch"]) for row in history]
    body = [
        *_marks_across(history, across),
        *(_mark_up(up(value), f"{value:,.10g}") for value in _ticks(low, high)),
        *(_mark_up(rate_up(value), f"{value:.2g}") for value in (0, max(rates))),
        _name_up("perplexity", (_TOP + _BOTTOM) / 2),
        _name_up("rate", (_RATE_TOP + _RATE_BOTTOM) / 2),
        _curve("training", places, [up(value) for value in training]),
        _curve("validation", places, [up(value) for value in validation]),
        _curve("rate", places, [rate_up(value) for value in rates]),
        f'<circle class="best" r="5" cx="{across(best["epoch"]):.1f}" '
        f'cy="{up(min(validation)):.1f}"/>',
        *_legend(),
    ]
    return _PAGE.format(
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        summary=summary,
        body="\n".join(body),
    )


# -- scales --------------------------------------------------------------------------


def _linear(low: float, high: float, first: float, last: float) -> Scale:
    """Places from `first` to `last`; in the middle where there is but one value."""
    if low == high:
        return lambda value: (first + last) / 2
    return lambda value: first + (value - low) / (high - low) * (last - first)


def _across(history: Rows) -> Scale:
    return _linear(history[0]["epoch"], history[-1]["epoch"], _LEFT + 14, _RIGHT - 14)


def _logarithmic(low: float, high: float) -> Scale:
    scale = _linear(math.log(low), math.log(high), _BOTTOM, _TOP)
    return lambda value: scale(math.log(value))


def _perplexity(loss: float) -> float:
    """Of a loss in nats per token, as far as the picture goes."""
    return math.exp(min(loss, math.log(_HIGHEST_PERPLEXITY)))


def _with_room(low: float, high: float) -> tuple[float, float]:
    """A little more than the range, and never nothing."""
    share = max((high / low) ** 0.06, 1.02)
    return low / share, high * share


def _ticks(low: float, high: float) -> list[float]:
    """Round values from `low` to `high`, as many as have room for their labels.

    >>> _ticks(80, 700)
    [80.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for mantissas in _MANTISSAS:
        values = [
            mantissa * 10.0**power
            for power in range(first, last + 1)
            for mantissa in mantissas
        ]
        ticks = [value for value in values if low <= value <= high]
        if len(ticks) <= _MOST_LABELS_UP:
            break
    return ticks


# -- parts of the picture ------------------------------------------------------------


def _curve(kind: str, xs: Sequence[float], ys: Sequence[float]) -> str:
    points = [f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True)]
    points.append(points[-1])  # one epoch is a dot
    return f'<polyline class="curve {kind}" points="{" ".join(points)}"/>'


def _marks_across(history: Rows, across: Scale) -> list[str]:
    """The epochs, and below each the minutes that had gone by then."""
    fewest = len(history) / _MOST_LABELS_ACROSS
    steps = (step * 10**power for power in itertools.count() for step in (1, 2, 5))
    every = next(step for step in steps if step >= fewest)
    lines = [
        f'<text class="up" x="{_LEFT - 8}" y="{_RATE_BOTTOM + 22}">epoch</text>',
        f'<text class="up" x="{_LEFT - 8}" y="{_RATE_BOTTOM + 42}">minutes</text>',
    ]
    for row in history[every - 1 :: every]:
        x = across(row["epoch"])
        for top, bottom in ((_TOP, _BOTTOM), (_RATE_TOP, _RATE_BOTTOM)):
            line = f'x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"'
            lines.append(f'<line class="grid" {line}/>')
        labels = (f"{row['epoch']:.0f}", f"{row['seconds'] / 60:.1f}")
        for label, y in zip(
            labels, (_RATE_BOTTOM + 22, _RATE_BOTTOM + 42), strict=True
        ):
            lines.append(f'<text class="across" x="{x:.1f}" y="{y}">{label}</text>')
    for y in (_BOTTOM, _RATE_BOTTOM):
        line = f'x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}"'
        lines.append(f'<line class="axis" {line}/>')
    return lines


def _mark_up(y: float, label: str) -> str:
    line = f'x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
    text = f'<text class="up" x="{_LEFT - 8}" y="{y + 4:.1f}">{label}</text>'
    return f'<line class="grid" {line}/>{text}'


def _name_up(name: str, y: float) -> str:
    turned = f'transform="rotate(-90 20 {y:.0f})" x="20" y="{y:.0f}"'
    return f'<text class="across" {turned}>{name}</text>'


def _legend() -> list[str]:
    """What the colours mean, on the right of the title."""
    entries = {
        "training": "training",
        "validation": "validation",
        "rate": "learning rate",
    }
    lines = []
    for x, (kind, name) in zip((420, 506, 602), entries.items(), strict=True):
        lines.append(f'<path class="curve {kind}" d="M{x - 28} 24 h20"/>')
        lines.append(f'<text x="{x - 3}" y="28">{name}</text>')
    return lines
