"""Words left out of a sentence, filled in again: what the right side is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.evaluation.blanks.table import KINDS, WAYS
from app.evaluation.charts.rows import Row, bars
from app.evaluation.charts.units import COUNT, SHARE
from app.evaluation.report.blocks import Figure, Passage, Table, table
from app.evaluation.report.contenders import tables
from app.evaluation.report.facts import Facts, dig
from app.evaluation.report.wording import counted


def blanks(facts: Facts) -> Passage | None:
    """The section's content; None where no blank was asked for."""
    found = facts.metrics.get("blanks") or {}
    by = dig(found, "sampled", "by") or {}
    sides = {WAYS[key]: found[key] for key in WAYS if found.get(key)}
    if not by and not sides:
        return None
    sentences = []
    if by:
        drawn = found["sampled"]["blanks"]
        sentences.append(
            f"{counted(drawn, 'word')} of the test text were left out, one at a time, "
            "and asked for as a person would. With five candidates, the other four are "
            "words about as frequent as the right one: guessing is right in 20 %."
        )
    every = tables(sides) if sides else []
    return Passage(
        sentences=sentences,
        figures=[_figure(kind, by) for kind in KINDS if _has(by, kind)],
        tables=[
            Table(f"Every token as a blank. {it.caption}", it.header, it.rows)
            for it in every
        ],
    )


def _has(by: Mapping[str, Any], kind: str) -> bool:
    return any(dig(ways, kind, "blanks") for ways in by.values())


def _figure(kind: str, by: Mapping[str, Any]) -> Figure:
    found = {WAYS.get(way, way): it[kind] for way, it in by.items() if it.get(kind)}
    rows = [
        Row(
            name,
            it["top_1_accuracy"],
            soft=it["top_5_accuracy"],
            error=dig(it, "standard_errors", "top_1_accuracy"),
        )
        for name, it in found.items()
        if it["top_1_accuracy"] is not None
    ]
    legend = {"ours": "right first", "soft": "among five"}
    picture = bars(
        f"blanks-{kind}", KINDS[kind].capitalize(), rows, unit=SHARE, legend=legend
    )
    columns = {
        "First": "top_1_accuracy",
        "Among 3": "top_3_accuracy",
        "Among 5": "top_5_accuracy",
        "One of five candidates": "candidates_accuracy",
    }
    numbers = table(
        f"{KINDS[kind].capitalize()}, filled rightly",
        ["Answered", *columns, "Blanks"],
        [
            [
                name,
                *(
                    SHARE.with_error(it.get(key), dig(it, "standard_errors", key))
                    for key in columns.values()
                ),
                COUNT.show(it["blanks"]),
            ]
            for name, it in found.items()
        ],
    )
    return Figure(picture, numbers)
