"""Everything that was measured on the same tokens, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from app.evaluation.charts.rows import Row, bars, dots
from app.evaluation.charts.svg import Picture
from app.evaluation.charts.units import (
    NATS,
    PERPLEXITY,
    RANK,
    SHARE,
    Unit,
)
from app.evaluation.contenders import NAMES, TEST
from app.evaluation.report.blocks import Cell, Figure, Passage, Table
from app.evaluation.report.facts import Facts, Figures, dig
from app.evaluation.report.wording import capitalised, counted
from app.evaluation.table import verdicts

WHISKERS = "Whiskers reach two standard errors each way."


class _Measure(NamedTuple):
    """A column of a table: its name, where it stands, and which end of it is better."""

    name: str
    keys: tuple[str, ...]
    unit: Unit
    is_better: Callable[[Sequence[float]], float]  # min or max

    def cells(self, contenders: Mapping[str, Figures]) -> list[Cell]:
        """The measure of each, with its standard error, the best one marked."""
        values = [dig(it, *self.keys) for it in contenders.values()]
        known = [value for value in values if value is not None]
        best = self.is_better(known) if len(set(known)) > 1 else None
        cells = []
        for value, it in zip(values, contenders.values(), strict=True):
            error = dig(it, "standard_errors", *self.keys)
            text = self.unit.with_error(value, error)
            cells.append(Cell(text, best is not None and value == best))
        return cells


_ALL_TOKENS = (
    _Measure("Perplexity", ("perplexity",), PERPLEXITY, min),
    _Measure("First", ("top_1_accuracy",), SHARE, max),
    _Measure("Among 3", ("top_3_accuracy",), SHARE, max),
    _Measure("Among 5", ("top_5_accuracy",), SHARE, max),
    _Measure("Among 10", ("top_10_accuracy",), SHARE, max),
    _Measure("Mean reciprocal rank", ("mean_reciprocal_rank",), RANK, max),
)
_OTHER_COUNTS = (
    _Measure("Loss, nats", ("loss_nats",), NATS, min),
    _Measure("Unknown words charged", ("perplexity_charged",), PERPLEXITY, min),
    _Measure("Known words only", ("perplexity_known",), PERPLEXITY, min),
    _Measure("Bits a token", ("bits_per_token",), NATS, min),
    _Measure("Bits a character", ("bits_per_character",), NATS, min),
    _Measure("Words only: first", ("words_only", "top_1_accuracy"), SHARE, max),
    _Measure("among 3", ("words_only", "top_3_accuracy"), SHARE, max),
    _Measure("among 5", ("words_only", "top_5_accuracy"), SHARE, max),
)


def contenders(facts: Facts) -> Passage | None:
    """The section's content; None where there is nobody to compare with."""
    found = {NAMES.get(key, key): it for key, it in facts.contenders.items()}
    if len(found) < 2:
        return None
    test = facts.metrics.get(TEST, {})
    comparisons = facts.metrics.get("comparisons", ())
    return Passage(
        sentences=[measured_on(test)] if test else [],
        points=[*map(capitalised, verdicts(comparisons, NAMES))],
        figures=compared_figures(found, NAMES[TEST]),
        tables=tables(found),
    )


def measured_on(figures: Figures) -> str:
    """What text the figures are of."""
    return (
        f"All of them predicted the same {counted(figures['tokens'], 'token')} of "
        f"{counted(figures['documents'], 'document')}."
    )


def compared_figures(found: Mapping[str, Figures], ours: str | None) -> list[Figure]:
    """Perplexities and accuracies as pictures; `ours` stands out, or all of them.

    Where not all have the same unknown words, the perplexities that are shown are those
    that charge for them, or the smallest vocabulary would win.
    """
    is_fair = len({it["oov_tokens"] for it in found.values()}) == 1
    pictures = [_perplexities(found, ours, is_charged=not is_fair)]
    accuracies = {
        "top_1_accuracy": "Right word first",
        "top_5_accuracy": "Right word among the first five",
    }
    for key, title in accuracies.items():
        rows = _rows(found, ours, key)
        name = key.replace("_", "-")
        pictures.append(bars(name, title, rows, unit=SHARE))
    return [
        Figure(pictures[0], caption=f"Lower is better. {WHISKERS}"),
        *(Figure(it, caption="Higher is better.") for it in pictures[1:]),
    ]


def tables(found: Mapping[str, Figures]) -> list[Table]:
    """All figures of all contenders; what nobody has is left out."""
    captions = {
        "All tokens, with standard errors": _ALL_TOKENS,
        "Other ways to count": _OTHER_COUNTS,
    }
    made = [_table(caption, them, found) for caption, them in captions.items()]
    return [it for it in made if len(it.header) > 1]


def _table(
    caption: str, measures: Sequence[_Measure], found: Mapping[str, Figures]
) -> Table:
    there = [
        it
        for it in measures
        if any(dig(figures, *it.keys) is not None for figures in found.values())
    ]
    columns = [it.cells(found) for it in there]
    rows = [
        [Cell(name), *(column[row] for column in columns)]
        for row, name in enumerate(found)
    ]
    return Table(caption, ["Model", *(it.name for it in there)], rows)


def _perplexities(
    found: Mapping[str, Figures], ours: str | None, *, is_charged: bool
) -> Picture:
    key = "perplexity_charged" if is_charged else "perplexity"
    title = "Perplexity, unknown words charged" if is_charged else "Perplexity"
    rows = [it for it in _rows(found, ours, key) if it.value is not None]
    return dots("perplexity", title, rows, unit=PERPLEXITY)


def _rows(found: Mapping[str, Figures], ours: str | None, key: str) -> list[Row]:
    return [
        Row(
            name,
            it.get(key),
            kind="ours" if ours in (None, name) else "other",
            error=dig(it, "standard_errors", key),
        )
        for name, it in found.items()
    ]
