"""Kinds of network on the same text: a page and tables of what came of each.

The runs of a comparison enter, with every seed; what leaves says which kind is better,
how sure that is, and what each costs in time and size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from app.evaluation.charts.rows import Row, bars, dots
from app.evaluation.charts.units import (
    COUNT,
    MILLISECONDS,
    MISSING,
    PERPLEXITY,
    SHARE,
    Unit,
)
from app.evaluation.kind_names import KIND_NAMES, Spread, by_kind
from app.evaluation.report.blocks import Cell, Figure, Passage, Table, table
from app.evaluation.report.facts import dig
from app.evaluation.report.study import Study, shown
from app.evaluation.report.wording import capitalised, counted
from app.settings.compare import KNESER_NEY, TWO_SIDED

Runs = Mapping[str, Sequence[Mapping[str, Any]]]

_MEGABYTES = Unit(lambda value: f"{value:.1f} MB", lambda value: f"{value:.3g} MB")
_NUMBER = Unit(lambda value: f"{value:.0f}", lambda value: f"{value:.0f}")
_THOUSANDS = Unit(COUNT.write, lambda value: f"{value / 1000:.3g}k")
_MINUTES = Unit(lambda value: f"{value / 60:.1f}", lambda value: f"{value / 60:.3g}")


_WHISKERS = "Whiskers: two standard deviations over the seeds each way."


class _Measure(NamedTuple):
    """A figure of a kind: its name, where it stands, and which end of it is better."""

    name: str
    keys: tuple[str, ...]
    unit: Unit
    is_better: Callable[..., float] | None = None

    def of(self, runs: Sequence[Mapping[str, Any]]) -> Spread | None:
        """Over the seeds, where it was measured."""
        values = [dig(run, *self.keys) for run in runs]
        known = [value for value in values if value is not None]
        return Spread.of(known) if known else None


_PERPLEXITY = _Measure("Perplexity", ("figures", "perplexity"), PERPLEXITY, min)
_FIRST = _Measure("Right first", ("figures", "top_1_accuracy"), SHARE, max)
_SPEED = _Measure("Words learned a second", ("tokens_per_second",), _THOUSANDS)
_SIZE = _Measure("Size", ("megabytes",), _MEGABYTES)

_QUALITY = (
    _PERPLEXITY,
    _FIRST,
    _Measure("Among five", ("figures", "top_5_accuracy"), SHARE, max),
)
_COSTS = (
    _Measure("Units", ("units",), COUNT),
    _Measure("Own parameters", ("own_parameters",), COUNT),
    _Measure("All parameters", ("parameters",), COUNT),
    _SIZE,
    _Measure("Epochs", ("epochs",), _NUMBER),
    _Measure("Minutes", ("seconds",), _MINUTES),
    _SPEED,
    _Measure("A word takes", ("milliseconds",), MILLISECONDS),
)


def study(found: Mapping[str, Any]) -> Study:
    """The comparison as a page and tables.

    Args:
        found: what `Comparison.run` gave; at least one run.
    """
    runs, corpus = by_kind(found["runs"]), found["corpus"]
    tables = [_qualities(runs), _costs(runs)]
    answers = _answers(runs)
    test = corpus["test"]
    return Study(
        name="compare",
        heading="Kinds of network on the same text",
        lead=(
            f"Learned from {counted(corpus['train']['tokens'], 'token')}, measured on "
            f"{counted(test['tokens'], 'token')} of "
            f"{counted(test['documents'], 'document')}; "
            f"{counted(corpus['vocabulary'], 'word')} are known."
        ),
        sections={
            "In short": Passage(points=_in_short(runs)),
            "The figures": Passage(
                figures=_figures(runs), tables=tables, notes=_notes(runs)
            ),
            "The textbooks' sentences": Passage(
                sentences=[
                    "Clouds are in the sky: the word that decides is near in the first "
                    "sentence and far in the second. What each kind answers, with its "
                    "first seed, as it is."
                ],
                tables=answers,
            ),
        },
        shown=shown([*tables, *answers]),
        figures=found,
    )


def _in_short(runs: Runs) -> list[str]:
    """Who is best, and which of the others are not told apart from it."""
    spreads = {
        kind: spread
        for kind, them in runs.items()
        if kind != TWO_SIDED and (spread := _PERPLEXITY.of(them))
    }
    if len(spreads) < 2:
        return ["There is nothing to compare with."]
    order = sorted(spreads, key=lambda kind: spreads[kind].mean)
    best = spreads[order[0]]
    told = [
        f"{capitalised(KIND_NAMES[order[0]])} predicts the next word best: perplexity "
        f"{PERPLEXITY.with_error(*best)}."
    ]
    for kind in order[1:]:
        other = spreads[kind]
        chance = math.hypot(best.deviation or 0.0, other.deviation or 0.0)
        is_clear = other.mean - best.mean > 2 * chance
        doubt = "" if is_clear else ": no more than seeds differ"
        told.append(
            f"{capitalised(KIND_NAMES[kind])}: {PERPLEXITY.with_error(*other)}, "
            f"{SHARE.show(other.mean / best.mean - 1)} more{doubt}."
        )
    return told


def _figures(runs: Runs) -> list[Figure]:
    networks = {kind: them for kind, them in runs.items() if kind != KNESER_NEY}
    pictures = [
        dots("perplexity", "Perplexity", _rows(runs, _PERPLEXITY), unit=PERPLEXITY),
        bars("right-first", "Right word first", _rows(runs, _FIRST), unit=SHARE),
        bars("speed", _SPEED.name, _rows(networks, _SPEED), unit=_THOUSANDS),
        bars("size", "Size on the disk", _rows(runs, _SIZE), unit=_MEGABYTES),
    ]
    captions = (
        f"Lower is better. {_WHISKERS}",
        f"Higher is better. {_WHISKERS}",
        "In training, on this machine.",
        "Word vectors among it, which are the same for every network.",
    )
    return [
        Figure(picture, caption=caption)
        for picture, caption in zip(pictures, captions, strict=True)
    ]


def _rows(runs: Runs, measure: _Measure) -> list[Row]:
    rows = []
    for kind, them in runs.items():
        spread = measure.of(them)
        rows.append(
            Row(
                KIND_NAMES[kind],
                spread.mean if spread else None,
                note="reads both sides" if kind == TWO_SIDED else "",
                kind="other" if kind in (KNESER_NEY, TWO_SIDED) else "ours",
                error=spread.deviation if spread else None,
            )
        )
    return rows


def _qualities(runs: Runs) -> Table:
    caption = "What they predict, mean and deviation over the seeds"
    return _table(caption, _QUALITY, runs)


def _costs(runs: Runs) -> Table:
    return _table("What they cost, means over the seeds", _COSTS, runs)


def _table(caption: str, measures: Sequence[_Measure], runs: Runs) -> Table:
    columns = [_cells(it, runs) for it in measures]
    rows = [
        [Cell(KIND_NAMES[kind]), *(column[kind] for column in columns)] for kind in runs
    ]
    return Table(caption, ["Kind", *(it.name for it in measures)], rows)


def _cells(measure: _Measure, runs: Runs) -> dict[str, Cell]:
    """The best one is marked among those that predict the next word."""
    spreads = {kind: measure.of(them) for kind, them in runs.items()}
    alike = [it.mean for kind, it in spreads.items() if it and kind != TWO_SIDED]
    best = measure.is_better(alike) if measure.is_better and len(alike) > 1 else None
    cells = {}
    for kind, spread in spreads.items():
        if spread is None:
            cells[kind] = Cell(MISSING)
            continue
        text = measure.unit.show(spread.mean)
        if measure in _QUALITY:
            text = measure.unit.with_error(*spread)
        cells[kind] = Cell(text, spread.mean == best and kind != TWO_SIDED)
    return cells


def _notes(runs: Runs) -> list[str]:
    notes = [
        "Own parameters: all but word vectors and output layer, which are the same "
        "for every network; by them all are as large as the LSTM, within 2 %. A word "
        "takes: reading it and predicting the next, the median, one text at a time.",
    ]
    if TWO_SIDED in runs:
        notes.append(
            "The two-sided network reads what follows a word too, so that its figures "
            "are those of filling blanks; ends of paragraphs are none. It takes the "
            "word vectors of the LSTM of its seed. In the textbooks' sentences nothing "
            "follows the blank, so that the LSTM answers."
        )
    return notes


def _answers(runs: Runs) -> list[Table]:
    """A table a sentence: what each kind says, the likeliest first."""
    first = {kind: them[0] for kind, them in runs.items()}
    sentences = next(iter(first.values()))["answers"]
    return [
        table(
            sentence,
            ["Kind", "Its words"],
            [
                [KIND_NAMES[kind], _words(it["answers"][sentence])]
                for kind, it in first.items()
            ],
            words=(1,),
        )
        for sentence in sentences
    ]


def _words(suggestions: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{it['word']} {SHARE.show(it['probability'])}" for it in suggestions
    )
