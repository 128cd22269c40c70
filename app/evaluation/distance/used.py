"""How far back a model looks on real text: a page, and a table, of `context_costs`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluation.charts.lines import (
    NARROW,
    WIDE,
    Axis,
    Line,
    Point,
    lines,
)
from app.evaluation.charts.units import COUNT, NATS, PERPLEXITY, SHARE
from app.evaluation.comparison import SIGNIFICANT
from app.evaluation.contenders import NAMES, NETWORK_ONLY, NGRAMS, TEST
from app.evaluation.distance.context import CUT, SHUFFLED
from app.evaluation.report.blocks import Figure, Passage, Table, table
from app.evaluation.report.study import Study, shown
from app.evaluation.report.wording import capitalised, counted

_KINDS = {TEST: 0, NETWORK_ONLY: 1, NGRAMS: 3}  # of lines
_TITLES = {SHUFFLED: "Words further back shuffled", CUT: "Words further back cut away"}


def study(model: str, found: Mapping[str, Any]) -> Study:
    """The experiment as a page and a table.

    Args:
        model: as a person named it.
        found: what `context_costs` gave.
    """
    tables = [_costs(found, way) for way in (SHUFFLED, CUT)]
    return Study(
        name="distance",
        heading=f"How far back {model} looks",
        lead=(
            f"{counted(found['targets'], 'word')} of "
            f"{counted(found['documents'], 'document')}, each predicted after the "
            f"{found['context']} words before it."
        ),
        sections={
            "In short": Passage(points=[*_in_short(found)]),
            "What it costs": Passage(
                sentences=[
                    "Shuffled, the words further back are the same in another order; "
                    "cut away, the model reads as if the text began with those that "
                    "are left. Drawn is by how much the perplexity rises. Where it "
                    "rises no more, nobody looks so far back."
                ],
                figures=[_figure(found, way) for way in (SHUFFLED, CUT)],
                tables=tables,
                notes=[
                    "An n-gram of order 5 reads four words, so that neither can cost "
                    "it anything. A cache looks for places that were like the present "
                    "one: words in a wrong order can mislead it more than words that "
                    "are missing. ± one standard error, by document or, where they are "
                    "few, by paragraph. After Khandelwal et al. 2018, Sharp nearby, "
                    "fuzzy far away: how neural language models use context."
                ],
            ),
        },
        shown=shown(tables),
        figures=found,
    )


def _in_short(found: Mapping[str, Any]) -> list[str]:
    """How far the order counts, and how far the words, for every model."""
    points = []
    for name, model in found["models"].items():
        order, words = (_reach(found, model[way]) for way in (SHUFFLED, CUT))
        perplexity = PERPLEXITY.show(model["perplexity"])
        points.append(
            f"{capitalised(NAMES[name])}, perplexity {perplexity}: in which order the "
            f"words stood counts {order}; which words they were, {words}."
        )
    return points


def _reach(found: Mapping[str, Any], costs: Sequence[Mapping[str, Any]]) -> str:
    """Beyond which distance spoiling costs more than chance explains."""
    felt = [
        distance
        for distance, it in zip(found["distances"], costs, strict=True)
        if it["standard_error"] is not None
        and it["nats"] > SIGNIFICANT * it["standard_error"]
    ]
    if not felt:
        return f"not beyond the last {found['distances'][0]}, as far as can be told"
    further = [it for it in found["distances"] if it > felt[-1]]
    if not further:
        return f"still beyond the last {felt[-1]}"
    return f"beyond the last {felt[-1]}, but not beyond {further[0]}"


def _figure(found: Mapping[str, Any], way: str) -> Figure:
    drawn = [
        Line(
            NAMES[name],
            [
                _rise(distance, it)
                for distance, it in zip(found["distances"], model[way], strict=True)
            ],
            _KINDS[name],
        )
        for name, model in found["models"].items()
    ]
    wide, narrow = (
        lines(
            f"{way}-{width}",
            _TITLES[way],
            drawn,
            across=Axis("words that stay as they are", COUNT, is_logarithmic=True),
            up=Axis("rise of the perplexity", SHARE),
            marks=found["distances"],
            width=width,
            highest=0.05,
        )
        for width in (WIDE, NARROW)
    )
    return Figure(wide, caption="Whiskers: one standard error each way.", narrow=narrow)


def _rise(distance: int, cost: Mapping[str, Any]) -> Point:
    """By which share the perplexity rises; an error in nats is a share of the rest."""
    error = (cost["standard_error"] or 0.0) * math.exp(cost["nats"])
    return Point(distance, math.expm1(cost["nats"]), error)


def _costs(found: Mapping[str, Any], way: str) -> Table:
    header = ["Model", "As it is", *(f"from {it} on" for it in found["distances"])]
    rows = [
        [
            NAMES[name],
            PERPLEXITY.show(model["perplexity"]),
            *(NATS.with_error(it["nats"], it["standard_error"]) for it in model[way]),
        ]
        for name, model in found["models"].items()
    ]
    caption = f"{_TITLES[way]}: nats a word that it costs, and perplexity as it is"
    return table(caption, header, rows)
