"""Is it right as often as it says? Confidence across, how often it was right upwards.

A model that is right in 30 of 100 cases of which it said 30 % has its dots on the
diagonal; dots below it are overconfident. The size of a dot is its share of the
tokens: a dot far off that stands for nothing looks like nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from app.evaluation.charts.scales import linear
from app.evaluation.charts.svg import NARROW, Picture, curve, dot, element, line, text
from app.evaluation.charts.units import SHARE

_LEFT, _RIGHT = 66, 324
_TOP, _BOTTOM = 12, 296
_LARGEST = 14.0  # radius of a dot that stands for every token


def reliability(name: str, title: str, bins: Sequence[Mapping[str, float]]) -> Picture:
    """The picture of a calibration.

    Args:
        name: see `Picture`.
        title: see `Picture`.
        bins: "tokens", mean "confidence" and "accuracy" of each, as in metrics.json;
            those without tokens are left out.
    """
    filled = [it for it in bins if it["tokens"]]
    across = linear(0, 1, _LEFT, _RIGHT)
    up = linear(0, 1, _BOTTOM, _TOP)
    body = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y, label = across(share), up(share), SHARE.mark(share)
        body.append(line("grid", x, _TOP, x, _BOTTOM))
        body.append(line("grid", _LEFT, y, _RIGHT, y))
        body.append(text(label, x, _BOTTOM + 18, "across"))
        body.append(text(label, _LEFT - 8, y + 4, "up"))
    body.append(line("roof", across(0), up(0), across(1), up(1)))
    middle = (_TOP + _BOTTOM) / 2
    turn = f"rotate(-90 10 {middle:.0f})"
    how_sure = text("how sure it was", (_LEFT + _RIGHT) / 2, _BOTTOM + 38, "across")
    how_often = element(
        "text",
        "how often it was right",
        class_="across",
        transform=turn,
        x=10,
        y=middle,
    )
    body += [how_sure, how_often]
    places = [(across(it["confidence"]), up(it["accuracy"])) for it in filled]
    if places:
        body.append(curve("ours", places))
    tokens = sum(it["tokens"] for it in filled)
    for (x, y), it in zip(places, filled, strict=True):
        radius = 2.5 + _LARGEST * math.sqrt(it["tokens"] / tokens)
        body.append(dot("ours", x, y, radius))
    told = "; ".join(
        f"{it['confidence']:.0%} sure, right in {it['accuracy']:.0%}" for it in filled
    )
    return Picture(name, title, f"{told}.", NARROW, _BOTTOM + 46, body)
