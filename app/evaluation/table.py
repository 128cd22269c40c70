"""The figures of several models one below the other, as text a terminal shows.

What `all_figures` gives enters; lines of plain text leave: who was measured, who
predicts better and by how much against its standard error, and where the model is good.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.evaluation.blanks.table import sampled_blanks_table
from app.evaluation.comparison import SIGNIFICANT
from app.evaluation.contenders import NAMES
from app.evaluation.keystrokes.table import keystrokes_table
from app.evaluation.report.wording import counted

Figures = Mapping[str, Any]

_WIDTH = 100  # of lines; the tables are a little wider


class _Column(NamedTuple):
    """A figure: its name, where it stands, and which end of it is better."""

    name: str
    keys: tuple[str, ...]
    is_share: bool  # shares are shown in per cent; more is better

    def read(self, figures: Figures) -> float | None:
        """The figure, or None where it is infinite or was not measured."""
        value: Any = figures
        for key in self.keys:
            value = value.get(key, {})
        return value if isinstance(value, (int, float)) else None

    def best(self, values: Sequence[float | None]) -> float | None:
        """The best of `values`, or None where there is none: all may be alike."""
        known = [value for value in values if value is not None]
        if len(set(values)) == 1:
            return None
        return (max if self.is_share else min)(known, default=None)

    def show(self, value: float | None, best: float | None) -> str:
        """The figure as it is printed, starred if it is the best."""
        if value is None:
            return "- "
        text = f"{100 * value:.1f} %" if self.is_share else f"{value:,.1f}"
        return text + ("*" if value == best else " ")


_COLUMNS = (
    _Column("perplexity", ("perplexity",), False),
    _Column("charged", ("perplexity_charged",), False),
    _Column("known", ("perplexity_known",), False),
    _Column("right first", ("top_1_accuracy",), True),
    _Column("among 3", ("top_3_accuracy",), True),
    _Column("among 5", ("top_5_accuracy",), True),
    _Column("words: first", ("words_only", "top_1_accuracy"), True),
    _Column("among 3", ("words_only", "top_3_accuracy"), True),
)

_KEY = (
    "* the best of its column. charged: an unknown word costs the choice among all\n"
    "that became unknown in training; known: unknown words left out. Right first and\n"
    "among: unknown words are wrong; words: words are compared with words only."
)

STRATA = {
    "word_class": "by kind of word",
    "word_frequency": "by frequency",
    "seen_rarely": "by half of the vocabulary",
    "position_in_sentence": "by place in the sentence",
    "last_occurrence": "by when it last occurred",
    "first_letters_typed": "words, when so much has been typed",
}


def comparison_table(results: Mapping[str, Figures]) -> str:
    """Models against each other, a line each, the best of every column starred.

    Args:
        results: name -> its figures, all on the same text.

    Returns:
        Lines of text: what was measured, and the table.
    """
    cells: list[list[str]] = [["", *(f"{column.name} " for column in _COLUMNS)]]
    cells += [[name] for name in results]
    for column in _COLUMNS:
        values = [column.read(figures) for figures in results.values()]
        best = column.best(values)
        for line, value in zip(cells[1:], values, strict=True):
            line.append(column.show(value, best))
    heading = _heading(next(iter(results.values())))
    return "\n".join([heading, "", *align(cells), "", _KEY])


def measured_text(metrics: Figures, examples: Figures) -> str:
    """All that `measure` gave, for a terminal; of the examples the words missed."""
    parts = [measured_table(metrics), strata_tables(metrics["test"])]
    if missed := examples.get("missed_words"):
        parts.append(_missed_words(missed))
    if "keystrokes" in metrics:
        parts.append(keystrokes_table(metrics["keystrokes"]))
    blanks = metrics.get("blanks", {})
    if "both_sides" in blanks:
        parts.append(f"Every word in its turn as a blank:\n{blanks_table(blanks)}")
    if "sampled" in blanks:
        parts.append(sampled_blanks_table(blanks["sampled"]))
    return "\n\n".join(parts)


def _missed_words(missed: Sequence[Figures]) -> str:
    words = (f"{it['word']} ({it['missed']:,} of {it['tokens']:,})" for it in missed)
    listed = ", ".join(words)
    return textwrap.fill(f"Most often not among the first 5: {listed}.", _WIDTH)


def short_text(metrics: Figures) -> str:
    """The table, who wins, and the keys saved; the rest is in the report."""
    saved = metrics.get("keystrokes", {}).get("savings")
    lines = [f"keys saved while typing: {_savings(saved)}."] if saved else []
    return "\n".join([measured_table(metrics), *lines])


def compared_text(metrics: Figures) -> str:
    """What `compare_models` gave, for a terminal."""
    models = metrics["models"]
    savings = [
        f"keys saved while typing with {name}: {_savings(saved)}."
        for name, figures in models.items()
        if (saved := figures.get("keystroke_savings"))
    ]
    told = verdicts(metrics["comparisons"])
    return "\n".join([comparison_table(models), "", *told, *savings])


def measured_table(metrics: Figures) -> str:
    """The table of a metrics.json: the model, its parts, the baselines; who wins."""
    parts = {name: metrics[name] for name in NAMES if name in metrics}
    measured = {**parts, **metrics["baselines"]}
    table = comparison_table({NAMES[name]: it for name, it in measured.items()})
    told = verdicts(metrics["comparisons"], NAMES)
    return "\n".join([table, "", *told])


def verdicts(
    comparisons: Sequence[Figures], names: Mapping[str, str] | None = None
) -> list[str]:
    """Who predicts better and by how much, in words, a line for each pair.

    Args:
        comparisons: see `app.evaluation.comparison.compare`.
        names: how contenders are called, where not by their own names.
    """
    names = names or {}
    return [
        _verdict(it, *(names.get(it[key], it[key]) for key in ("better", "than")))
        for it in comparisons
    ]


def _verdict(compared: Figures, better: str, worse: str) -> str:
    nats, error = compared["nats"], compared["standard_error"]
    accuracy = (
        f"{_signed(compared['top_1_accuracy'])} points right first"
        f"{_plus_minus(compared['top_1_standard_error'], 100)}"
    )
    if nats is None:
        return f"{better} against {worse}: {accuracy}; no perplexity to compare."
    if error is not None and nats < SIGNIFICANT * error:
        return (
            f"{better} and {worse} are level: {nats:.3f} nats a token"
            f"{_plus_minus(error, 1)}, {accuracy}."
        )
    return (
        f"{better} beats {worse}: {nats:.3f} nats a token{_plus_minus(error, 1)}, "
        f"perplexity {compared['perplexity_ratio']:.2f} times lower, {accuracy}."
    )


def _savings(saved: Mapping[str, float]) -> str:
    """Of each number of words that the typist is offered."""
    shares = [f"{100 * it:.1f} % with {slots} offered" for slots, it in saved.items()]
    return ", ".join(shares)


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}"


def _plus_minus(error: float | None, factor: int) -> str:
    return "" if error is None else f" ± {factor * error:.{1 if factor > 1 else 3}f}"


def strata_tables(figures: Figures) -> str:
    """Where a model is good: a small table for every way to sort tokens.

    Args:
        figures: of one model, with "strata".
    """
    tables = []
    for key, title in STRATA.items():
        if key not in figures["strata"]:
            continue
        lines = [[title, "tokens ", "perplexity ", "right first ", "among 3 "]]
        for stratum in figures["strata"][key]:
            perplexity = stratum["perplexity"]
            lines.append(
                [
                    f"  {stratum['stratum']}",
                    f"{stratum['tokens']:,} ",
                    "- " if perplexity is None else f"{perplexity:,.1f} ",
                    f"{100 * stratum['top_1_accuracy']:.1f} % ",
                    f"{100 * stratum['top_3_accuracy']:.1f} % ",
                ]
            )
        tables.append("\n".join(align(lines)))
    return "\n\n".join(tables)


def blanks_table(blanks: Figures) -> str:
    """The table of a metrics.json's "blanks": both sides against the left alone."""
    return comparison_table(
        {"both sides": blanks["both_sides"], "left only": blanks["left_only"]}
    )


def _heading(figures: Figures) -> str:
    tokens, oov = figures["tokens"], figures["oov_tokens"]
    return (
        f"{counted(tokens, 'token')} of {counted(figures['documents'], 'document')}, "
        f"{oov:,} of them unknown ({oov / tokens:.1%})"
    )


def align(lines: list[list[str]]) -> list[str]:
    """The lines with the first column flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            [name.ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        ).rstrip()
        for name, *cells in lines
    ]
