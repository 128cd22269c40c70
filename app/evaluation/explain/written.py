"""An explanation as a page, a picture or numbers: what a file or an answer holds."""

from __future__ import annotations

import json

from app.evaluation.charts.colours import Scheme
from app.evaluation.explain.drawings import columns_of, main_picture
from app.evaluation.explain.explanation import Explanation
from app.evaluation.explain.layers import layers_of
from app.evaluation.explain.numbers import numbers_of
from app.evaluation.explain.units import Units


def as_page(it: Explanation, units: Units, name: str) -> str:
    """HTML, complete in itself.

    Args:
        it: the explanation.
        units: what single units know.
        name: of the model.
    """
    from app.evaluation.explain.page import explanation_page  # brings jinja2

    return explanation_page(it, units, name)


def as_picture(it: Explanation, name: str, scheme: Scheme | None = None) -> str:
    """SVG: the picture that has the most in it.

    Args:
        it: the explanation.
        name: of the model.
        scheme: the paper; None for that which the reader prefers.
    """
    columns = columns_of(it)
    layers = [
        layer for side in it.sides.sides for layer in layers_of(side, columns, it.cell)
    ]
    told = f"{name}. Blue is positive, orange negative; units that behave alike stand "
    return main_picture(it, layers).picture(told + "together.").document(scheme)


def as_numbers(it: Explanation, units: Units) -> str:
    """JSON: every number, in one line.

    Args:
        it: the explanation.
        units: what single units know.
    """
    return json.dumps(numbers_of(it, units), ensure_ascii=False) + "\n"
