"""Sentences and words: what a person looks at to believe the figures, or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.evaluation.charts.rows import Row, bars
from app.evaluation.charts.units import COUNT, PROBABILITY, SHARE
from app.evaluation.report.blocks import Figure, Passage, Table, table
from app.evaluation.report.facts import Facts

# A word at least so probable is shaded so much, from not at all on.
_SHADES = (0.3, 0.1, 0.03, 0.01, 0.001)
_LEAST_PROBABILITY = 1e-12  # what is below has no more bits than this
_PARAGRAPH_END = "¶"
_MOST_MISSED = 12


class Word(NamedTuple):
    """A token of a sentence.

    Attributes:
        text: as it is written.
        surprise: 0 to 5, how dark its shade is.
        is_unknown: whether the vocabulary lacks it.
    """

    text: str
    surprise: int
    is_unknown: bool


class Sentence(NamedTuple):
    """A sentence, word by word."""

    bits: str
    words: Sequence[Word]
    numbers: Table


class Sentences(NamedTuple):
    """Sentences that were chosen for the same reason."""

    title: str
    sentences: Sequence[Sentence]


def sentences(facts: Facts) -> dict[str, Any] | None:
    """The content of the section with the best and the worst sentences."""
    titles = {"best": "Predicted best", "worst": "Predicted worst"}
    groups = [
        Sentences(title, [_sentence(it) for it in facts.examples[key]])
        for key, title in titles.items()
        if facts.examples.get(key)
    ]
    if not groups:
        return None
    limits = [SHARE.mark(it) for it in _SHADES]
    between = [
        f"{low} to {high}" for high, low in zip(limits, limits[1:], strict=False)
    ]
    shades = [f"{limits[0]} or more", *between, f"below {limits[-1]}"]
    return {"groups": groups, "shades": shades}


def missed_words(facts: Facts) -> Passage | None:
    """The content of the section with the words most often missed."""
    missed = [it for it in facts.examples.get("missed_words", ()) if it["tokens"]]
    if not missed:
        return None
    rows = [
        Row(it["word"], it["missed"] / it["tokens"], note=f"{it['missed']:,} times")
        for it in missed[:_MOST_MISSED]
    ]
    picture = bars(
        "missed", "Share of its places where it was missed", rows, unit=SHARE
    )
    numbers = table(
        "Words that were not among the first five offers",
        ["Word", "Missed", "Of", "Share"],
        [
            [
                it["word"],
                COUNT.show(it["missed"]),
                COUNT.show(it["tokens"]),
                SHARE.show(it["missed"] / it["tokens"]),
            ]
            for it in missed
        ],
    )
    told = (
        "Known words that were not among the first five offers, the most frequent "
        "first."
    )
    return Passage(
        sentences=[told],
        figures=[Figure(picture, numbers)],
    )


def neighbours(facts: Facts) -> dict[str, Any] | None:
    """The content of the section with words of like vectors."""
    found = facts.examples.get("neighbours")
    if not found:
        return None
    words = [
        (
            it["word"],
            [(near["word"], f"{near['similarity']:.2f}") for near in it["neighbours"]],
        )
        for it in found
    ]
    introduction = (
        "Words whose vectors point the same way (cosine, 1 is the very same): what the "
        "network takes for alike before it has read a sentence."
    )
    return {"introduction": introduction, "words": words}


def _sentence(found: Mapping[str, Any]) -> Sentence:
    tokens = found["tokens"]
    rows = []
    for it in tokens:
        expected = " · ".join(
            f"{near['word']}\N{NO-BREAK SPACE}{PROBABILITY.show(near['probability'])}"
            for near in it["alternatives"]
        )
        rows.append(
            [
                _shown(it["token"]),
                _chance(it),
                f"{_bits(it['probability']):.1f}",
                expected,
            ]
        )
    return Sentence(
        f"{found['bits_per_token']:.2f} bits a word",
        [
            Word(_shown(it["token"]), _shade(it["probability"]), it["is_unknown"])
            for it in tokens
        ],
        table(
            "Every word of the sentence",
            ["Word", "Probability", "Bits", "Expected instead"],
            rows,
            words=(3,),
        ),
    )


def _shown(token: str) -> str:
    return _PARAGRAPH_END if token == "\n" else token


def _chance(token: Mapping[str, Any]) -> str:
    """The probability of a token as text."""
    text = PROBABILITY.show(token["probability"])
    return f"{text} (unknown)" if token["is_unknown"] else text


def _bits(probability: float) -> float:
    return -math.log2(max(probability, _LEAST_PROBABILITY))


def _shade(probability: float) -> int:
    """How many of the limits a probability is below.

    >>> [_shade(it) for it in (0.9, 0.2, 0.0001)]
    [0, 1, 5]
    """
    return sum(probability < limit for limit in _SHADES)
