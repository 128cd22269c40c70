"""Several models on the same text: a page, and a picture, that say which is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluation.charts.rows import Row, bars
from app.evaluation.charts.svg import beside
from app.evaluation.charts.units import SHARE
from app.evaluation.report.blocks import Figure, table
from app.evaluation.report.contenders import (
    compared_figures,
    measured_on,
    tables,
)
from app.evaluation.report.facts import Figures
from app.evaluation.report.page import render
from app.evaluation.report.wording import counted, listed
from app.evaluation.table import verdicts

_GAP = 40  # around and between pictures in a file of their own


def comparison_page(
    results: Mapping[str, Figures], comparisons: Sequence[Mapping[str, Any]]
) -> str:
    """A page, complete in itself.

    Args:
        results: name of a model -> its figures on the text; at least one.
        comparisons: of pairs of them, as in metrics.json, by the same names.
    """
    return render(
        "comparison.html",
        title=f"{listed(list(results))}: comparison",
        heading=f"{counted(len(results), 'model')} on the same text",
        lead=measured_on(next(iter(results.values()))),
        verdicts=verdicts(comparisons),
        figures=_figures(results),
        tables=tables(results),
    )


def comparison_picture(results: Mapping[str, Figures]) -> str:
    """The page's pictures side by side, an SVG document."""
    title = f"{listed(list(results))} on the same text"
    pictures = [it.picture for it in _figures(results)]
    return beside("comparison", title, pictures, _GAP).document()


def _figures(results: Mapping[str, Figures]) -> list[Figure]:
    figures = compared_figures(results, ours=None)
    savings = {
        name: saved
        for name, it in results.items()
        if (saved := it.get("keystroke_savings"))
    }
    if savings:
        figures.append(_savings(savings))
    return figures


def _savings(savings: Mapping[str, Mapping[str, float]]) -> Figure:
    """With the longest list in dark, with the others in the table."""
    slots = max(next(iter(savings.values())), key=int)
    rows = [Row(name, it.get(slots)) for name, it in savings.items()]
    title = f"Keys saved with {counted(int(slots), 'offer')}"
    header = ["Model", *(counted(int(it), "offer") for it in savings[rows[0].name])]
    numbers = table(
        "Keys saved",
        header,
        [[name, *map(SHARE.show, it.values())] for name, it in savings.items()],
    )
    picture = bars("savings", title, rows, unit=SHARE)
    return Figure(picture, numbers, "Higher is better.")
