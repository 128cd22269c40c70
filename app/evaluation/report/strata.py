"""Where a model is good and where it is not: the same figures, by kind of word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluation.charts.rows import Row, bars
from app.evaluation.charts.units import COUNT, MISSING, PERPLEXITY, RANK, SHARE
from app.evaluation.report.blocks import Figure, Table, table
from app.evaluation.report.facts import Facts, dig

# The groups of metrics.json, in the order in which they are shown.
_TITLES = {
    "word_frequency": "By how often the word stood in the training text",
    "word_class": "By kind of word",
    "first_letters_typed": "By letters typed so far",
    "position_in_sentence": "By place in the sentence",
    "last_occurrence": "By how long ago the word was last used",
    "seen_rarely": "Words seen rarely in training",
}
_RIVAL = "kneser_ney_5"

Strata = Sequence[Mapping[str, Any]]


def strata(facts: Facts) -> dict[str, Any] | None:
    """The section's content; None where the figures are of the whole text only."""
    ours = dig(facts.metrics, "test", "strata") or {}
    theirs = dig(facts.metrics, "baselines", _RIVAL, "strata") or {}
    keys = [*(key for key in _TITLES if key in ours), *(set(ours) - set(_TITLES))]
    shown = [key for key in keys if any(it["tokens"] for it in ours[key])]
    if not shown:
        return None
    highest = max(
        it["top_3_accuracy"] or 0 for key in shown for it in ours[key] if it["tokens"]
    )
    figures = [_figure(key, ours[key], theirs.get(key), highest) for key in shown]
    rival = " The line is the Kneser-Ney 5-gram's first offer." if theirs else ""
    told = (
        "How often the right word came first (dark) and among the first three (light)."
    )
    return {"sentences": [told + rival], "figures": figures, "tables": [], "notes": []}


def _figure(key: str, ours: Strata, theirs: Strata | None, highest: float) -> Figure:
    title = _TITLES.get(key, key.replace("_", " ").capitalize())
    rivals = {it["stratum"]: it.get("top_1_accuracy") for it in theirs or ()}
    rows = []
    for it in ours:
        if not it["tokens"]:
            continue
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
