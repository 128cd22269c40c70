"""Whether a model's probabilities can be believed."""

from __future__ import annotations

from typing import Any

from app.evaluation.charts.reliability import reliability
from app.evaluation.charts.units import COUNT, SHARE
from app.evaluation.contenders import NAMES, NETWORK_ONLY, NGRAMS, TEST
from app.evaluation.report.blocks import Figure, Passage, table
from app.evaluation.report.facts import Facts

_SHOWN = (TEST, NETWORK_ONLY, NGRAMS)


def confidence(facts: Facts) -> Passage | None:
    """The section's content; None where calibration was not measured."""
    figures, errors = [], []
    for key, it in facts.contenders.items():
        calibration = it.get("calibration")
        if key not in _SHOWN or not calibration:
            continue
        figures.append(_figure(key, calibration["bins"]))
        error = calibration.get("expected_calibration_error")
        if error is not None:
            errors.append(f"{NAMES[key]} {100 * error:.1f}")
    if not figures:
        return None
    told = (
        "On the dotted line a model is right just as often as it says; below it, it "
        "promises too much, above it too little. A large dot stands for many tokens. "
        f"Mean distance from the line, in percentage points: {', '.join(errors)}."
    )
    return Passage(sentences=[told], figures=figures)


def _figure(key: str, bins: list[dict[str, Any]]) -> Figure:
    name, title = NAMES[key], NAMES[key]
    rows = [
        [
            SHARE.show(it["confidence"]),
            SHARE.show(it["accuracy"]),
            COUNT.show(it["tokens"]),
        ]
        for it in bins
        if it["tokens"]
    ]
    header = ["Sure on average", "Right", "Tokens"]
    numbers = table(f"How sure {name} was, and how often right", header, rows)
    picture = reliability(
        f"reliability-{key.replace('_', '-')}", title[:1].upper() + title[1:], bins
    )
    return Figure(picture, numbers)
