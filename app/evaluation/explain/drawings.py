"""Everything of an explanation that is drawn over its words, but for the layers."""

from __future__ import annotations

import math

import numpy as np

from app.evaluation.charts.units import SHARE
from app.evaluation.explain.explanation import Explanation
from app.evaluation.explain.layers import (
    Layer,
    belt_of,
    belt_part,
    flow,
    flow_part,
    quantities,
)
from app.evaluation.explain.score import (
    Columns,
    Part,
    Score,
    heat,
    named_rows,
    upright_bars,
)
from app.evaluation.explain.sides import Side
from app.evaluation.report.blocks import Table, table

_MOST_NAMED = 28  # rows with a name each


def bits(probability: float | None) -> float:
    """How surprising it is; nan where nothing was predicted."""
    return math.nan if probability is None else -math.log2(max(probability, 1e-12))


def columns_of(it: Explanation) -> Columns:
    """The words over which everything is drawn."""
    return Columns([word.token for word in it.words])


def surprise_part(it: Explanation, columns: Columns) -> Part:
    """A bar a word, as high as the word is surprising."""
    values = np.array([bits(word.probability) for word in it.words])
    return upright_bars(columns, "surprise", values, 52, "bits")


def belief_score(it: Explanation) -> Score:
    """How likely each suggestion was after every word."""
    columns = columns_of(it)
    names = [word.word for word in it.predicted]
    # The square root, so that a tenth of the largest is still to be seen.
    shown = np.sqrt(it.belief.T / max(float(np.nanmax(it.belief)), 1e-12))
    part = named_rows(columns, names, shown, 24.0)
    return Score(
        "belief",
        "How the belief grew",
        f"The probability of {', '.join(names)} after each word.",
        columns,
        [part],
    )


def belief_table(it: Explanation) -> Table:
    """The same in numbers."""
    header = ["After", *(word.word for word in it.predicted)]
    rows = [
        [word.token, *("–" if math.isnan(p) else _share(p) for p in beliefs)]
        for word, beliefs in zip(it.words, it.belief.tolist(), strict=True)
    ]
    return table("Probability of each, after every word", header, rows)


def attribution_score(it: Explanation, number: int) -> Score:
    """Which words mattered for one of the suggestions, asked in two ways."""
    columns, found = columns_of(it), it.attributions[number]
    word = it.predicted[number].word
    parts = [
        upright_bars(columns, "taken out", found.taken_out, 64, "bits lost"),
        upright_bars(columns, "gradient", found.gradient, 64, "times input"),
    ]
    return Score(
        f"mattered-{number}",
        f"What mattered for “{word}”",
        f"Bits that speak for {word} (up) or against it (down), for each word.",
        columns,
        parts,
    )


def attribution_table(it: Explanation, number: int) -> Table:
    """The same in numbers."""
    found = it.attributions[number]
    header = ["Word", "Taken out, bits lost", "Gradient times input, bits"]
    rows = [
        [word.token, f"{lost:+.2f}", f"{gradient:+.2f}"]
        for word, lost, gradient in zip(
            it.words, found.taken_out, found.gradient, strict=True
        )
    ]
    return table(f"For “{it.predicted[number].word}”", header, rows)


def attention_score(it: Explanation, side: Side) -> Score | None:
    """Whom the attention looked at, a column a word that looks."""
    looks = looks_of(it, side)
    if looks is None:
        return None
    columns = columns_of(it)
    names = list(columns.words)
    if len(names) <= _MOST_NAMED:
        part = named_rows(columns, names, np.sqrt(looks), 19.0)
    else:
        height = min(6.0 * len(names), 480.0)
        part = heat(columns, "looks at", np.sqrt(looks), height, "first word on top")
    return Score(
        "-".join(["attention", *side.name.split()]),
        "Whom the attention looked at",
        "Each column is a word that looks; each row a word that is looked at.",
        columns,
        [part],
    )


def looks_of(it: Explanation, side: Side) -> np.ndarray | None:
    """Shares of looking, float64 [columns looked at, columns]; None without attention.

    What lies before the first column is not in it.
    """
    if side.read.looks is None:
        return None
    num, looks = len(it.words), side.read.looks
    found = np.zeros((num, num))
    for step, place in enumerate(side.columns.tolist()):
        seen = min(step + 1, looks.shape[1])
        found[side.columns[step + 1 - seen : step + 1], place] = looks[step, -seen:]
    return found


def attention_table(it: Explanation, looks: np.ndarray) -> Table:
    """The three words that each word looked at most."""
    rows = []
    for place, word in enumerate(it.words):
        best = np.argsort(-looks[:, place], kind="stable")[:3]
        told = [
            f"{it.words[other].token} {looks[other, place]:.0%}"
            for other in best.tolist()
            if looks[other, place] >= 0.005
        ]
        rows.append([word.token, " · ".join(told) or "–"])
    return table(
        "Whom each word looked at most", ["Word", "Looked at"], rows, words=(1,)
    )


def main_picture(it: Explanation, layers: list[Layer]) -> Score:
    """One picture that has the most in it: surprise, gates, the belt, the belief."""
    columns, parts = columns_of(it), [surprise_part(it, columns_of(it))]
    for layer in layers:
        for quantity in quantities(layer):
            values = layer.spread(layer.order.mean_rows(quantity.values))
            note = layer.title if len(layers) > 1 else ""
            scaled = values / quantity.scale
            parts.append(heat(columns, quantity.name, scaled, 92, note))
        shares, carried = flow(layer), belt_of(layer)
        if shares is not None and carried is not None:
            parts += [flow_part(layer, shares), belt_part(layer, carried)]
    parts += belief_score(it).parts
    best = it.likeliest
    return Score(
        "inside",
        f"Inside the {it.cell.upper()}: “{best.word}”, {SHARE.show(best.probability)}",
        "Surprise, gates and states, the belt and the belief, over the words read.",
        columns,
        parts,
    )


def _share(probability: float) -> str:
    share = 100 * probability
    return f"{share:.1f} %" if share >= 1 else f"{share:.2g} %"
