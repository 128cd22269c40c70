"""The figures of several models side by side, as text a terminal shows.

What `evaluate` gives enters, one dictionary a model; lines of plain text leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.evaluation.baselines import NGRAMS

_NAMES = {NGRAMS: "Kneser-Ney 5-gram"}


class _Row(NamedTuple):
    """A figure: its name, where it stands, and which end of it is better."""

    name: str
    keys: tuple[str, ...]
    is_share: bool  # shares are shown in percent; more is better

    def read(self, figures: Mapping[str, Any]) -> float | None:
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


_ROWS = (
    _Row("perplexity", ("perplexity",), False),
    _Row("  unknown words charged", ("perplexity_charged",), False),
    _Row("  known words only", ("perplexity_known",), False),
    _Row("right word first", ("top_1_accuracy",), True),
    _Row("  among the first 3", ("top_3_accuracy",), True),
    _Row("  among the first 5", ("top_5_accuracy",), True),
    _Row("words only, first", ("words_only", "top_1_accuracy"), True),
    _Row("  among the first 3", ("words_only", "top_3_accuracy"), True),
    _Row("  among the first 5", ("words_only", "top_5_accuracy"), True),
)


def comparison_table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Models against each other, a column each, the best of every row starred.

    Args:
        results: name -> what `evaluate` gave, all on the same text; the first is the
            one that the others are held against.

    Returns:
        Lines of text: what was measured, the table, who wins.
    """
    lines = [["", *(f"{name} " for name in results)]]
    wins = []
    for row in _ROWS:
        values = [row.read(figures) for figures in results.values()]
        best = row.best(values)
        lines.append([row.name, *(row.show(value, best) for value in values)])
        if best is not None:
            wins.append(values[0] == best)
    name, figures = next(iter(results.items()))
    return "\n".join(
        [
            _heading(figures),
            "",
            *_align(lines),
            "",
            _verdict(name, wins),
        ]
    )


def baselines_table(figures: Mapping[str, Any]) -> str:
    """The table of a metrics.json: its "test" against its parts and "baselines"."""
    test, baselines = figures["test"], figures["baselines"]
    network = figures.get("network_only", test)
    parts = {"network only": network} if network is not test else {}
    named = {
        _NAMES.get(key, key.replace("_", " ")): them for key, them in baselines.items()
    }
    table = comparison_table({"this model": test, **parts, **named})
    if NGRAMS not in baselines:
        return table
    return f"{table}\n{_duel(network['perplexity'], baselines[NGRAMS]['perplexity'])}"


def blanks_table(blanks: Mapping[str, Any]) -> str:
    """The table of a metrics.json's "blanks": both sides against the left alone."""
    return comparison_table(
        {"both sides": blanks["both_sides"], "left only": blanks["left_only"]}
    )


def _verdict(name: str, wins: list[bool]) -> str:
    """Who is better, in words."""
    if not wins:
        return "Nothing here is better than anything else."
    how_many = "all" if all(wins) else f"{sum(wins)} of"
    return f"* the best of its row: {name} wins {how_many} {len(wins)}."


def _duel(network: float | None, ngrams: float | None) -> str:
    """Which predicts better, the network or the 5-gram model, and by how much."""
    if network is None or ngrams is None:
        return "The network and the 5-gram cannot be compared: one has no perplexity."
    worse, better = max(network, ngrams), min(network, ngrams)
    ratio = f"{worse / better:.2f}"
    if ratio == "1.00":
        return "The network and the 5-gram are level: they differ by less than 1 %."
    winner, loser = ("network", "5-gram") if network < ngrams else ("5-gram", "network")
    return f"The {winner} wins: the {loser}'s perplexity is {ratio} times as high."


def _heading(figures: Mapping[str, Any]) -> str:
    tokens, oov = figures["tokens"], figures["oov_tokens"]
    return (
        f"{_counted(tokens, 'token')} of {_counted(figures['documents'], 'document')}, "
        f"{oov:,} of them unknown ({oov / tokens:.1%})"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _align(lines: list[list[str]]) -> list[str]:
    """The lines with the first column flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            [name.ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        ).rstrip()
        for name, *cells in lines
    ]
