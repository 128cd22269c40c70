"""The text word by word, and what comes next: the first section of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.evaluation.charts.units import SHARE
from app.evaluation.explain.drawings import bits
from app.evaluation.explain.explanation import Explanation
from app.evaluation.explain.section import Section
from app.evaluation.explain.whole_text import surprise_curve
from app.evaluation.report.blocks import table
from app.evaluation.report.examples import Sentence, shaded_word


class Part(NamedTuple):
    """What one part of the mixture adds to a suggestion."""

    name: str
    share: str
    width: float


class Suggestion(NamedTuple):
    """A suggestion and where it comes from."""

    word: str
    probability: str
    parts: Sequence[Part]
    agreement: str


def words_section(it: Explanation) -> Section:
    """The text, shaded by surprise; the cursor of the whole page lives here."""
    rows, words = [], []
    for word in it.words:
        chance = "–" if word.probability is None else SHARE.show(word.probability)
        surprise = bits(word.probability)
        held = " · ".join(f"{other} {SHARE.show(p)}" for other, p in word.alternatives)
        told = "–" if math.isnan(surprise) else f"{surprise:.1f}"
        rows.append([word.token, chance, told, held or "–"])
        words.append(shaded_word(word.token, word.probability, word.is_unknown))
    header = ["Word", "Probability", "Bits", "Expected instead"]
    numbers = table("Every word, and what was expected", header, rows, words=(3,))
    known = [bits(word.probability) for word in it.words if word.probability]
    mean = f"{sum(known) / len(known):.2f} bits a word" if known else ""
    content = {
        "sentence": Sentence(mean, words, numbers),
        "suggestions": [suggestion(it, number) for number in range(len(it.predicted))],
        "parts": list(it.predicted[0].parts),
        "curve": surprise_curve(it),
        "last": it.text.shown_left + (1 if it.text.right else 0),
    }
    told = (
        "The network reads one word at a time and guesses the next one; the darker a "
        "word, the less it was expected (a bit is one yes-or-no question that the "
        "guess left open). Point at a word, or use the arrow keys: all pictures below "
        "show the same moment."
    )
    return Section("words", "The text, word by word", told, (), "words", content)


def suggestion(it: Explanation, number: int) -> Suggestion:
    """One of the suggestions as it is shown."""
    word = it.predicted[number]
    highest = it.likeliest.probability
    parts = [
        Part(name, SHARE.show(share), 100 * share / max(highest, 1e-12))
        for name, share in word.parts.items()
    ]
    agreement = it.attributions[number].agreement
    agreed = "–" if agreement is None else f"{agreement:+.2f}"
    return Suggestion(word.word, SHARE.show(word.probability), parts, agreed)
