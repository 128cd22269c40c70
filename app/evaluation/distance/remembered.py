"""What networks remember of the generated language: a page, and a table.

The runs of every kind enter; what leaves says how often each is right after so many
words, and what is left of the gradient so many steps back.
"""

from __future__ import annotations

import math
import statistics
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
from app.evaluation.charts.units import COUNT, PROBABILITY, SHARE, Unit
from app.evaluation.kind_names import KIND_NAMES, Spread, by_kind
from app.evaluation.report.blocks import Figure, Passage, Table, table
from app.evaluation.report.study import Study, shown
from app.evaluation.report.wording import capitalised, counted

Runs = Mapping[str, Sequence[Mapping[str, Any]]]

_BACK = Axis("words back", COUNT, is_logarithmic=True)
_REACHES = Unit(lambda value: f"{value:.1g}", lambda value: _power(value))
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_PICTURES = {"gradient_before": "Before training", "gradient_after": "After training"}

# Steps back that are drawn and shown of a gradient; all of them would be a thicket.
_SHOWN = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)


def study(found: Mapping[str, Any]) -> Study:
    """The experiment as a page and a table.

    Args:
        found: what `generated_language` gave.
    """
    runs = by_kind(found["runs"])
    seeds = len(next(iter(runs.values())))
    accuracies = _accuracies(found, runs)
    return Study(
        name="distance",
        heading="What a network remembers",
        lead=(
            f"{counted(len(runs), 'kind')} of network with as many parameters each, "
            f"{counted(seeds, 'seed')}, {found['steps']:,} steps of training."
        ),
        sections={
            "In short": _in_short(found, runs),
            "Right after so many words": _remembering(found, runs, accuracies),
            "What reaches so far back of the gradient": _vanishing(runs),
            "How it was done": _method(found, runs),
        },
        shown=shown([accuracies, *(_reaching(runs, it) for it in _PICTURES)]),
        figures=found,
    )


def _spreads(found: Mapping[str, Any], runs: Runs) -> dict[str, list[Spread]]:
    """The accuracies of every kind, one for each distance."""
    return {
        kind: [
            Spread.of([run["accuracy"][place] for run in them])
            for place in range(len(found["distances"]))
        ]
        for kind, them in runs.items()
    }


def _in_short(found: Mapping[str, Any], runs: Runs) -> Passage:
    farthest, spreads = found["distances"][-1], _spreads(found, runs)
    order = sorted(runs, key=lambda kind: -spreads[kind][-1].mean)
    points = [
        f"{capitalised(KIND_NAMES[kind])}: "
        f"{SHARE.show(spreads[kind][-1].mean)} right after "
        f"{farthest} words, {SHARE.show(spreads[kind][0].mean)} after "
        f"{found['distances'][0]}."
        for kind in order
    ]
    chance = SHARE.show(found["chance"])
    return Passage(
        sentences=[
            "All of them learned to say what was said of a name last, while the words "
            "between speak of others in the same way. Who has forgotten it is right "
            f"in {chance} of the cases, by chance."
        ],
        points=points,
    )


def _remembering(found: Mapping[str, Any], runs: Runs, accuracies: Table) -> Passage:
    drawn = [
        Line(
            KIND_NAMES[kind],
            [
                Point(distance, it.mean, it.deviation or 0.0)
                for distance, it in zip(found["distances"], them, strict=True)
            ],
            number,
        )
        for number, (kind, them) in enumerate(_spreads(found, runs).items())
    ]
    wide, narrow = (
        lines(
            f"remembered-{width}",
            "Right answers after so many words",
            drawn,
            across=_BACK,
            up=Axis("right answers", SHARE),
            marks=found["distances"],
            width=width,
            level=("chance", found["chance"]),
            most=1.0,
        )
        for width in (WIDE, NARROW)
    )
    caption = "Whiskers: one standard deviation over the seeds each way."
    met = PROBABILITY.show(found["met_in_training"][-1])
    return Passage(
        figures=[Figure(wide, accuracies, caption, narrow)],
        notes=[
            f"Of the questions in training {met} went {found['distances'][-1]} words "
            "back or further; here every name is asked for at any distance. So the "
            "farthest answers say less of what was learned than of how far that "
            "carries beyond what was met."
        ],
    )


def _accuracies(found: Mapping[str, Any], runs: Runs) -> Table:
    header = ["Words back", *(f"{it}" for it in found["distances"])]
    rows = [
        [KIND_NAMES[kind], *(SHARE.with_error(*it) for it in them)]
        for kind, them in _spreads(found, runs).items()
    ]
    met = [
        "So far back or further in training",
        *map(PROBABILITY.show, found["met_in_training"]),
    ]
    caption = "Right answers, mean and deviation over the seeds"
    return table(caption, header, [*rows, met])


# -- the gradient --------------------------------------------------------------------


def _vanishing(runs: Runs) -> Passage:
    return Passage(
        sentences=[
            "Training moves weights by the derivative of the loss. That by a state "
            "long ago says how much training hears of what was read then: where it "
            "vanishes, nothing can be learned about it. Drawn is its norm so many "
            "steps back, as a share of that at the last word, on an axis of powers of "
            "ten.",
        ],
        figures=[_gradient(runs, key, title) for key, title in _PICTURES.items()],
        notes=[
            "Exact derivatives by hidden and, of an LSTM, cell state, through every "
            "path, an attention's shortcut among them; geometric means over texts and "
            "seeds. Below 1e-38 a number of 32 bits ends.",
        ],
    )


def _gradient(runs: Runs, key: str, title: str) -> Figure:
    reaching = _means(runs, key)
    steps = _steps(reaching)
    drawn = [
        Line(KIND_NAMES[kind], [Point(it, them[it]) for it in steps], number)
        for number, (kind, them) in enumerate(reaching.items())
    ]
    wide, narrow = (
        lines(
            f"{key.replace('_', '-')}-{width}",
            f"{title}: what is left of the gradient",
            drawn,
            across=Axis("steps back", COUNT, is_logarithmic=True),
            up=Axis("share of the norm", _REACHES, is_logarithmic=True),
            marks=steps,
            width=width,
        )
        for width in (WIDE, NARROW)
    )
    return Figure(wide, _reaching(runs, key), narrow=narrow)


def _means(runs: Runs, key: str) -> dict[str, list[float]]:
    """Geometric means over the seeds, by steps back."""
    return {
        kind: [
            math.exp(statistics.fmean(map(math.log, those)))
            for those in zip(*(run[key] for run in them), strict=True)
        ]
        for kind, them in runs.items()
    }


def _steps(reaching: Mapping[str, Sequence[float]]) -> list[int]:
    length = min(map(len, reaching.values()))
    return sorted({it for it in (*_SHOWN, length - 1) if it < length})


def _reaching(runs: Runs, key: str) -> Table:
    reaching = _means(runs, key)
    steps = _steps(reaching)
    rows = [
        [KIND_NAMES[kind], *(_REACHES.show(them[it]) for it in steps)]
        for kind, them in reaching.items()
    ]
    header = ["Steps back", *map(str, steps)]
    return table(f"What is left of the gradient {key[9:]} training", header, rows)


# -- the rest ------------------------------------------------------------------------


def _method(found: Mapping[str, Any], runs: Runs) -> Passage:
    sizes = [
        f"{KIND_NAMES[kind]}: {them[0]['units']} units, "
        f"{them[0]['parameters']:,} parameters; "
        f"{statistics.fmean(run['seconds'] for run in them):.0f} seconds a training"
        for kind, them in runs.items()
    ]
    return Passage(
        sentences=[
            "A text is a row of names, each followed by a thing that is drawn evenly: "
            "“A red B green A blue C red B red A ___” asks for blue, six words back. "
            "In every text some names are met often and some rarely. Every kind is as "
            "wide as makes its parameters, word vectors and output layer left out, as "
            "many as the LSTM's, within 2 %; all read the same texts with the same "
            "options.",
            "Sources: Hochreiter and Schmidhuber 1997, section 5, for the task; Bengio "
            "et al. 1994 and Pascanu et al. 2013 for the gradient.",
        ],
        points=sizes,
    )


def _power(value: float) -> str:
    """A value as the mark of an axis of powers of ten.

    >>> _power(1.0), _power(1e-12), _power(0.03)
    ('1', '10⁻¹²', '0.03')
    """
    exponent = round(math.log10(value))
    if exponent == 0 or not math.isclose(value, 10.0**exponent):
        return f"{value:.1g}"
    return "10" + str(exponent).translate(_RAISED)
