"""Where a model is good and where it is not: the same figures, by kind of word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluation.charts.rows import Row, bars
from app.evaluation.charts.units import COUNT, MISSING, PERPLEXITY, RANK, SHARE
from app.evaluation.contenders import NAMES, NGRAMS, TEST
from app.evaluation.report.blocks import Figure, Passage, Table, table
from app.evaluation.report.facts import Facts, dig
from app.evaluation.strata import END, UNKNOWN
from app.evaluation.table import STRATA

Strata = Sequence[Mapping[str, Any]]


def strata(facts: Facts) -> Passage | None:
    """The section's content; None where the figures are of the whole text only."""
    ours = dig(facts.metrics, TEST, "strata") or {}
    theirs = dig(facts.metrics, "baselines", NGRAMS, "strata") or {}
    shown = [key for key in STRATA if _shown(key, ours.get(key, ()))]
    if not shown:
        return None
    highest = max(
        it["top_3_accuracy"] for key in shown for it in _shown(key, ours[key])
    )
    figures = [_figure(key, ours[key], theirs.get(key), highest) for key in shown]
    rival = f" The line is where the {NAMES[NGRAMS]} has it first." if theirs else ""
    told = (
        "How often the right word came first (dark) and among the first three (light)."
    )
    return Passage(sentences=[told + rival], figures=figures)


def _figure(key: str, ours: Strata, theirs: Strata | None, highest: float) -> Figure:
    title = STRATA[key].capitalize()
    rivals = {it["stratum"]: it.get("top_1_accuracy") for it in theirs or ()}
    rows = []
    for it in _shown(key, ours):
        rival = rivals.get(it["stratum"])
        rows.append(
            Row(
                it["stratum"],
                it["top_1_accuracy"],
                note=f"{it['tokens']:,}",
                soft=it["top_3_accuracy"],
                marks={} if rival is None else {"mark": rival},
            )
        )
    legend = {"ours": "first", "soft": "among three"}
    if theirs:
        legend["mark"] = "5-gram, first"
    name = key.replace("_", "-")
    picture = bars(name, title, rows, unit=SHARE, legend=legend, highest=highest)
    return Figure(picture, _numbers(title, ours, rivals))


def _shown(key: str, strata: Strata) -> list[Mapping[str, Any]]:
    """Those that are drawn: what is no word in its own right but once, among kinds."""
    others = () if key == "word_class" else (END, UNKNOWN)
    return [it for it in strata if it["tokens"] and it["stratum"] not in others]


def _numbers(title: str, ours: Strata, rivals: Mapping[str, float | None]) -> Table:
    header = ["Words", "Tokens", "Perplexity", "First", "Among 3", "Reciprocal rank"]
    if rivals:
        header.append("5-gram, first")
    rows = []
    for it in ours:
        row = [
            it["stratum"],
            COUNT.show(it["tokens"]),
            PERPLEXITY.show(it.get("perplexity")),
            SHARE.show(it.get("top_1_accuracy")),
            SHARE.show(it.get("top_3_accuracy")),
            RANK.show(it.get("mean_reciprocal_rank")),
        ]
        if rivals:
            rival = rivals.get(it["stratum"])
            row.append(MISSING if rival is None else SHARE.show(rival))
        rows.append(row)
    return table(title, header, rows)
