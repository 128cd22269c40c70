"""A long text at a glance: how surprising it was from its beginning to its end."""

from __future__ import annotations

import numpy as np

from app.evaluation.charts.scales import linear, round_steps
from app.evaluation.charts.svg import Picture, curve, line, text
from app.evaluation.explain.explanation import Explanation

_WIDTH, _HEIGHT = 720, 150
_LEFT, _TOP, _BOTTOM = 40, 12, 116
_POINTS = 120


def surprise_curve(it: Explanation) -> Picture | None:
    """Mean surprise over a text of which only the end is drawn word by word.

    None where nothing but what is drawn was scored.
    """
    if len(it.probabilities) <= it.text.shown_left:
        return None
    surprise = -np.log2(np.maximum(it.probabilities.astype(np.float64), 1e-12))
    pieces = np.array_split(surprise, min(_POINTS, len(surprise)))
    means = [float(piece.mean()) for piece in pieces]
    steps = round_steps(max(means), most=5)
    up = linear(0, steps[-1], _BOTTOM, _TOP)
    across = linear(0, len(surprise), _LEFT, _WIDTH - 8)
    ends = np.cumsum([len(piece) for piece in pieces])
    middles = ends - np.array([len(piece) for piece in pieces]) / 2
    body = []
    for step in steps:
        body.append(line("grid", _LEFT, up(step), _WIDTH - 8, up(step)))
        body.append(text(f"{step:g}", _LEFT - 8, up(step) + 4, "up"))
    for step in round_steps(len(surprise), most=6):
        if step <= len(surprise):
            body.append(text(f"{step:,.0f}", across(step), _BOTTOM + 18, "across"))
    points = [(across(x), up(y)) for x, y in zip(middles.tolist(), means, strict=True)]
    body.append(curve("ours", points))
    return Picture(
        "whole-text",
        "Surprise over the whole text, bits a word",
        f"Means of about {len(pieces[0])} words each: {min(means):.1f} to "
        f"{max(means):.1f} bits over {len(surprise):,} words and marks.",
        _WIDTH,
        _HEIGHT,
        body,
    )
