"""An explanation as JSON: every number, and no picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.evaluation.explain.conveyor import belt
from app.evaluation.explain.explanation import Explanation
from app.evaluation.explain.sides import Side
from app.evaluation.explain.units import Units

_DIGITS = 5  # float32 has seven; nobody reads more than these


def numbers_of(it: Explanation, units: Units | None) -> dict[str, Any]:
    """Lists and numbers, ready for `json`; what is not a number is null."""
    return {
        "cell": it.cell,
        "remarks": list(it.remarks),
        "words": [
            {
                "token": word.token,
                "is_unknown": word.is_unknown,
                "probability": _number(word.probability),
                "alternatives": [
                    {"word": other, "probability": _number(probability)}
                    for other, probability in word.alternatives
                ],
            }
            for word in it.words
        ],
        "suggestions": [_suggestion(it, number) for number in range(len(it.predicted))],
        "readers": [_side(side) for side in it.sides.sides],
        "units": None if units is None else _units(units),
    }


def _suggestion(it: Explanation, number: int) -> dict[str, Any]:
    word, why = it.predicted[number], it.attributions[number]
    return {
        "word": word.word,
        "probability": _number(word.probability),
        "parts": {name: _number(share) for name, share in word.parts.items()},
        "belief_after_each_word": _numbers(it.belief[:, number]),
        "taken_out_bits": _numbers(why.taken_out),
        "gradient_times_input_bits": _numbers(why.gradient),
        "rank_agreement": _number(why.agreement),
    }


def _side(side: Side) -> dict[str, Any]:
    layers = []
    for layer in side.read.layers:
        found = {name: _numbers(it) for name, it in layer.gates._asdict().items()}
        found["hidden"] = _numbers(layer.hidden)
        if layer.cell is not None:
            found["cell"] = _numbers(layer.cell)
        carried = belt(layer)
        if carried is not None:
            found["memory_from"] = _numbers(carried.shares)
        layers.append(found)
    looks = side.read.looks
    return {
        "name": side.name,
        "columns": side.columns.tolist(),
        "layers": layers,
        "attention": None if looks is None else _numbers(looks),
    }


def _units(units: Units) -> dict[str, Any]:
    return {
        "tokens": units.num_tokens,
        "units_asked": units.num_units,
        "findings": [
            {
                "property": it.name,
                "layer": it.layer,
                "unit": it.unit,
                "rank_correlation": _number(it.correlation),
                "area_under_curve": _number(it.area),
                "random_unit": _number(it.random_unit),
                "chance": _number(it.chance),
                "is_found": it.is_found,
            }
            for it in units.findings
        ],
    }


def _numbers(values: np.ndarray) -> Any:
    """Nested lists."""
    if values.ndim > 1:
        return [_numbers(row) for row in values]
    return [_number(value) for value in values.tolist()]


def _number(value: float | None) -> float | None:
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")
