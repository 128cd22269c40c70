"""In short: does it beat the n-gram, how many keys does it save, what is it bad at.

Sentences are made from the figures and say no more than those carry: a difference
below two standard errors is called what it is, and if the n-gram wins, it says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.evaluation.charts.units import NATS, PERPLEXITY, SHARE
from app.evaluation.comparison import SIGNIFICANT
from app.evaluation.contenders import (
    NAMES,
    NETWORK_ONLY,
    NGRAMS,
    TEST,
    TRIGRAMS,
    UNIGRAM,
)
from app.evaluation.report.blocks import Table, table
from app.evaluation.report.facts import Facts, Figures, dig
from app.evaluation.strata import END, UNKNOWN
from app.evaluation.table import STRATA

# What has to be beaten: the first of them that is there.
_RIVALS = {
    NGRAMS: "a Kneser-Ney 5-gram, the classic that a network has to beat",
    TRIGRAMS: "a Kneser-Ney 3-gram",
    UNIGRAM: "who knows but the frequencies of words",
}

# Who is held against it, and how a sentence about that begins.
_JUDGED = {
    TEST: "The model",
    NETWORK_ONLY: "Its network alone, without n-grams and cache,",
}

# A stratum says something when it is not an accident of a few words.
_FEWEST_TOKENS, _SMALLEST_SHARE = 100, 0.01


class Tile(NamedTuple):
    """A figure to see first."""

    name: str
    value: str
    note: str


def answer(facts: Facts) -> dict[str, Any] | None:
    """The section's content; None where nothing was measured."""
    test = facts.metrics.get(TEST)
    if not test:
        return None
    rival = next((key for key in _RIVALS if dig(facts.metrics, "baselines", key)), None)
    return {
        "sentences": list(_sentences(facts, test, rival)),
        "tiles": list(_tiles(facts, test, rival)),
        "unknown": _unknown_words(test),
        "weaknesses": _weaknesses(test),
    }


def _sentences(facts: Facts, test: Figures, rival: str | None) -> Iterator[str]:
    if rival:
        yield from filter(None, [_verdict(facts, it, rival) for it in _JUDGED])
    first, five = test.get("top_1_accuracy"), test.get("top_5_accuracy")
    if first is not None and five is not None:
        yield (
            f"Of a hundred words and marks of the test text it has {100 * first:.0f} "
            f"right with its first offer and {100 * five:.0f} among its first five."
        )
    savings = dig(facts.metrics, "keystrokes", "savings") or {}
    if savings:
        slots = max(savings, key=int)
        error = dig(facts.metrics, "keystrokes", "standard_errors", slots)
        yield (
            f"Who types this text with {slots} offers in view saves "
            f"{SHARE.with_error(savings[slots], error)} of the keys."
        )


def _verdict(facts: Facts, ours: str, rival: str) -> str | None:
    """Whether one of ours or the rival is better, and by how much, in words.

    None where one of both was not measured, or has no perplexity.
    """
    mine, others = (dig(facts.contenders, key, "perplexity") for key in (ours, rival))
    if not mine or not others:
        return None
    name = _JUDGED[ours]
    other = _RIVALS[rival] if ours == TEST else f"the {NAMES[rival]}"
    nats, error = abs(math.log(others / mine)), _error(facts, ours, rival)
    if error and nats < SIGNIFICANT * error:
        return (
            f"{name} is level with {other}: they differ by "
            f"{NATS.with_error(nats, error)} nats a token, which may be chance."
        )
    told = (
        f"better than {other}: its perplexity is {PERPLEXITY.show(mine)}, that of the "
        f"other {PERPLEXITY.show(others)}, {math.exp(nats):.2f} times as high."
        if mine < others
        else f"worse than {other}: its perplexity is {PERPLEXITY.show(mine)}, "
        f"{math.exp(nats):.2f} times that of the other, {PERPLEXITY.show(others)}."
    )
    if error:
        told += f" That is {nats / error:,.0f} standard errors and no accident."
    return f"{name} predicts the test text {told}"


def _error(facts: Facts, ours: str, rival: str) -> float | None:
    """The standard error of what two contenders differ by, in nats."""
    for it in facts.metrics.get("comparisons", ()):
        if {it["better"], it["than"]} == {ours, rival}:
            return it["standard_error"]
    return None


def _tiles(facts: Facts, test: Figures, rival: str | None) -> Iterator[Tile]:
    theirs = dig(facts.metrics, "baselines", rival) if rival else None
    measures = (
        ("Perplexity", "perplexity", PERPLEXITY),
        ("Right word first", "top_1_accuracy", SHARE),
        ("Right word among five", "top_5_accuracy", SHARE),
    )
    for name, key, unit in measures:
        if test.get(key) is not None:
            note = (
                f"{NAMES[str(rival)]}: {unit.show(theirs.get(key))}" if theirs else ""
            )
            yield Tile(name, unit.show(test[key]), note)
    savings = dig(facts.metrics, "keystrokes", "savings") or {}
    if savings:
        slots = max(savings, key=int)
        roof = dig(facts.metrics, "keystrokes", "ceilings", "vocabulary", slots)
        note = f"at most {SHARE.show(roof)} with the words it knows" if roof else ""
        yield Tile(f"Keys saved with {slots} offers", SHARE.show(savings[slots]), note)


def _unknown_words(test: Figures) -> str | None:
    tokens, unknown = test.get("tokens"), test.get("oov_tokens")
    if not tokens or not unknown:
        return None
    return (
        f"{SHARE.show(unknown / tokens)} of the text are words that it does not know "
        "and cannot offer."
    )


def _weaknesses(test: Figures) -> Table | None:
    """The worst stratum of each kind; None where no figures are by kind."""
    tokens = test.get("tokens") or 0
    rows = []
    for key, title in STRATA.items():
        worst = _worst(dig(test, "strata", key) or (), tokens)
        if worst and key != "first_letters_typed":
            first, share = worst["top_1_accuracy"], worst["tokens"] / tokens
            rows.append([title, worst["stratum"], SHARE.show(first), SHARE.show(share)])
    header = ["Sorted", "Worst", "Right first", "Share of the text"]
    overall = SHARE.show(test.get("top_1_accuracy"))
    caption = f"Where it is worst; of all, {overall} are right first"
    return table(caption, header, rows, words=(1,)) if rows else None


def _worst(
    strata: Sequence[Mapping[str, Any]], tokens: int
) -> Mapping[str, Any] | None:
    """That with the fewest right ones; unknown words, always wrong, are told apart."""
    fewest = max(_FEWEST_TOKENS, _SMALLEST_SHARE * tokens)
    judged = [
        it
        for it in strata
        if it["tokens"] >= fewest and it["stratum"] not in (UNKNOWN, END)
    ]
    return min(judged, key=lambda it: it["top_1_accuracy"], default=None)
