"""Keys and seconds that a typist saves, and how long the typist waits for an offer."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.evaluation.charts.distribution import distribution
from app.evaluation.charts.rows import Row, bars
from app.evaluation.charts.svg import NARROW, WIDE
from app.evaluation.charts.units import COUNT, MILLISECONDS, MISSING, SECONDS, SHARE
from app.evaluation.keystrokes.table import rules_in_words
from app.evaluation.report.blocks import Cell, Figure, Passage, Table, table
from app.evaluation.report.facts import Facts, dig
from app.evaluation.report.wording import counted, sized

_HABITS = {
    "every_key": "looks at the list before every key",
    "two_looks": "looks at the beginning of a word and after two letters",
}


def keystrokes(facts: Facts) -> Passage | None:
    """The section's content; None where nothing was typed."""
    found = facts.metrics.get("keystrokes")
    if not found or not found.get("savings"):
        return None
    figures = [_savings(found)]
    if len(found.get("by_document", ())) > 1:
        figures.append(_documents(found))
    rules = defaultdict(bool, found["rules"])  # older programs knew fewer of them
    seconds = found.get("seconds") or {}
    habits = [key for key in _HABITS if seconds.get(key)]
    tables = [_seconds(seconds, habit) for habit in habits]
    if dig(found, "latency_ms", "word"):
        tables.append(_latency(found["latency_ms"]))
    return Passage(
        sentences=[_typed(found), f"The rules: {rules_in_words(rules)}."],
        figures=figures,
        tables=tables,
        notes=list(_notes(found, seconds)),
    )


def _typed(found: Mapping[str, Any]) -> str:
    return (
        f"A simulated typist wrote {counted(found['words'], 'word')}, "
        f"{counted(found['characters'], 'character')} of "
        f"{counted(found['documents'], 'document')} of the test text, and took an "
        "offered word as soon as it was the right one."
    )


def _savings(found: Mapping[str, Any]) -> Figure:
    roofs = found.get("ceilings", {})
    rows = []
    for slots, share in found["savings"].items():
        marks = {"roof": dig(roofs, "perfect", slots)}
        marks["mark"] = dig(roofs, "vocabulary", slots)
        rows.append(
            Row(
                counted(int(slots), "offer"),
                share,
                error=dig(found, "standard_errors", slots),
                marks={kind: value for kind, value in marks.items() if value},
            )
        )
    legend = {"ours": "saved"}
    if roofs.get("vocabulary"):
        legend["mark"] = "at most, known words"
    if roofs.get("perfect"):
        legend["roof"] = "at most"
    picture = bars("savings", "Keys saved", rows, unit=SHARE, legend=legend)
    header = ["Offers in view", "Keys saved", "Ceiling, known words", "Ceiling"]
    numbers = table(
        "Share of the keys that need not be pressed",
        header,
        [
            [
                slots,
                SHARE.with_error(share, dig(found, "standard_errors", slots)),
                SHARE.show(dig(roofs, "vocabulary", slots)),
                SHARE.show(dig(roofs, "perfect", slots)),
            ]
            for slots, share in found["savings"].items()
        ],
    )
    caption = (
        "Somebody who had every word offered before its first letter would reach the "
        "ceiling: the keys of selecting remain."
    )
    return Figure(picture, numbers, caption if roofs else "")


def _documents(found: Mapping[str, Any]) -> Figure:
    documents = found["by_document"]
    slots = "3" if "3" in found["savings"] else next(iter(found["savings"]))
    shares = [it["savings"][slots] for it in documents]
    title = f"Keys saved with {counted(int(slots), 'offer')}, document by document"
    wide, narrow = (
        distribution(f"documents-{width}", title, shares, unit=SHARE, width=width)
        for width in (WIDE, NARROW)
    )
    numbers = table(
        f"Keys saved by document ({len(shares)})",
        ["Documents", f"With {counted(int(slots), 'offer')}"],
        [[name, SHARE.show(value)] for name, value in _quantiles(shares)],
    )
    caption = f"{counted(len(shares), 'document')}, each where its share is."
    return Figure(wide, numbers, caption, narrow)


def _quantiles(shares: Sequence[float]) -> Iterator[tuple[str, float]]:
    quarters = statistics.quantiles(shares, n=4, method="inclusive")
    yield "Least", min(shares)
    yield "A quarter are below", quarters[0]
    yield "Half are below", quarters[1]
    yield "A quarter are above", quarters[2]
    yield "Most", max(shares)


def _seconds(seconds: Mapping[str, Any], habit: str) -> Table:
    """Seconds a word: a row a typist, the fastest way of each marked."""
    by_slots = seconds[habit]
    header = ["Time for a key", "No offers", *(f"{n} offered" for n in by_slots)]
    rows = []
    for number, key in enumerate(seconds["key"]):
        helped = [it["with_help"][number] for it in by_slots.values()]
        times = [seconds["without_help"][number], *helped]
        fastest = min(times)
        cells = [Cell(SECONDS.show(it), it == fastest) for it in times]
        rows.append([Cell(SECONDS.show(key)), *cells])
    pays = [it.get("pays_from") for it in by_slots.values()]
    last = ["Saves time from", MISSING, *(SECONDS.show(it) for it in pays)]
    rows.append([Cell(it) for it in last])
    return Table(f"Seconds a word of who {_HABITS[habit]}", header, rows)


def _latency(latency: Mapping[str, Any]) -> Table:
    names = {"word": "At the beginning of a word", "letter": "After a letter"}
    header = ["Waiting for offers", "Median", "90 % within", "99 % within", "Asked"]
    rows = [
        [
            name,
            *(MILLISECONDS.show(latency[key][at]) for at in ("median", "p90", "p99")),
            COUNT.show(latency[key]["n"]),
        ]
        for key, name in names.items()
        if latency.get(key)
    ]
    return table("How long an answer took while measuring", header, rows)


def _notes(found: Mapping[str, Any], seconds: Mapping[str, Any]) -> Iterator[str]:
    if seconds.get("eye_movement"):
        yield (
            f"A look at the list is counted as {seconds['eye_movement']:.2f} s, each "
            f"word read in it as {seconds['item']:.2f} s (Card, Moran and Newell "
            "1983), so a long list is not free."
        )
    memory = found.get("peak_memory_bytes")
    if memory:
        yield f"Most memory that measuring held: {sized(memory)}."
