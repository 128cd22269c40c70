"""In short: does it beat the n-gram, how many keys does it save, what is it bad at.

Sentences are made from the figures and say no more than those carry: a difference
below two standard errors is called what it is, and if the n-gram wins, it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.evaluation.charts.units import NATS, PERPLEXITY, SHARE
from app.evaluation.report.facts import Facts, Figures, dig
from app.evaluation.report.wording import CLEAR, DOUBTFUL, contender

_RIVALS = ("kneser_ney_5", "kneser_ney_3", "unigram")  # the best of them that is there

# A stratum says something when it is not an accident of a few words.
_FEWEST_TOKENS, _SMALLEST_SHARE = 100, 0.01


class Tile(NamedTuple):
    """A figure to see first."""

    name: str
    value: str
    note: str


def answer(facts: Facts) -> dict[str, Any] | None:
    """The section's content; None where nothing was measured."""
    test = facts.metrics.get("test")
    if not test:
        return None
    rival = next((key for key in _RIVALS if dig(facts.metrics, "baselines", key)), None)
    return {
        "sentences": list(_sentences(facts, test, rival)),
        "tiles": list(_tiles(facts, test, rival)),
        "weaknesses": list(_weaknesses(test)),
    }


def compared(it: Mapping[str, Any], naming: Callable[[str], str] = contender) -> str:
    """One comparison of metrics.json as a sentence; `naming` gives keys their names."""
    better, than = naming(it["better"]), naming(it["than"])
    ratio, nats, error = it["perplexity_ratio"], it["nats"], it.get("standard_error")
    by_chance = ""
    if error:
        times = nats / error
        by_chance = f", {times:,.0f} standard errors" if times >= 1 else ""
        if times < DOUBTFUL:
            return (
                f"{_capital(better)} and {than} cannot be told apart: they differ by "
                f"{NATS.with_error(nats, error)} nats a token{by_chance}."
            )
    how = "" if not error else ("clearly " if nats / error >= CLEAR else "probably ")
    return (
        f"{_capital(better)} predicts {how}better than {than}, whose perplexity is "
        f"{ratio:.2f} times as high: {NATS.with_error(nats, error)} nats a token"
        f"{by_chance}."
    )


def _sentences(facts: Facts, test: Figures, rival: str | None) -> Iterator[str]:
    verdict = _verdict(facts, test, rival)
    if verdict:
        yield verdict
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


def _verdict(facts: Facts, test: Figures, rival: str | None) -> str | None:
    """The comparison with the rival, in words."""
    if rival is None:
        return None
    for it in facts.metrics.get("comparisons", ()):
        if {it["better"], it["than"]} == {"test", rival}:
            return compared(it)
    ours = test.get("perplexity")
    theirs = dig(facts.metrics, "baselines", rival, "perplexity")
    if not ours or not theirs:
        return None
    better, than = ("test", rival) if ours <= theirs else (rival, "test")
    return (
        f"{_capital(contender(better))} predicts better than {contender(than)}, whose "
        f"perplexity is {max(ours, theirs) / min(ours, theirs):.2f} times as high."
    )


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
                f"{contender(str(rival))}: {unit.show(theirs.get(key))}"
                if theirs
                else ""
            )
            yield Tile(name, unit.show(test[key]), note)
    savings = dig(facts.metrics, "keystrokes", "savings") or {}
    if savings:
        slots = max(savings, key=int)
        roof = dig(facts.metrics, "keystrokes", "ceilings", "vocabulary", slots)
        note = f"at most {SHARE.show(roof)} with the words it knows" if roof else ""
        yield Tile(f"Keys saved with {slots} offers", SHARE.show(savings[slots]), note)


def _weaknesses(test: Figures) -> Iterator[str]:
    tokens, unknown = test.get("tokens"), test.get("oov_tokens")
    if tokens and unknown:
        yield (
            f"{_percent(unknown / tokens)} of the text are words that it does not know "
            "and can never offer."
        )
    overall = test.get("top_1_accuracy") or 0.0
    for group, name in _GROUPS.items():
        worst = _worst(dig(test, "strata", group) or (), tokens or 0)
        accuracy = worst and worst["top_1_accuracy"]
        if worst and accuracy is not None and accuracy < overall:
            yield (
                f"{name.format(worst['stratum'])}: {SHARE.show(accuracy)} right at "
                f"first, against {SHARE.show(overall)} of all "
                f"({_percent(worst['tokens'] / tokens)} of the text)."
            )


# Strata whose worst member is worth a sentence, and how that begins.
_GROUPS = {
    "word_frequency": "Words by their frequency in training, {}",
    "word_class": "Words by their kind, {}",
    "position_in_sentence": "Words by their place in the sentence, {}",
    "last_occurrence": "Words by their last occurrence, {}",
}


def _worst(
    strata: Sequence[Mapping[str, Any]], tokens: int
) -> Mapping[str, Any] | None:
    fewest = max(_FEWEST_TOKENS, _SMALLEST_SHARE * tokens)
    judged = [
        it
        for it in strata
        if it["tokens"] >= fewest and it.get("top_1_accuracy") is not None
    ]
    return min(judged, key=lambda it: it["top_1_accuracy"], default=None)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
