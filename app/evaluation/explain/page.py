"""The explanation as a page: every picture over the same words, with what it means.

An explanation enters, HTML leaves. Each section has two sentences for somebody who has
never seen such a network, a score, and its numbers as a table, from which the page's
script reads what it tells about the word that is pointed at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.evaluation.charts.units import SHARE
from app.evaluation.explain.drawings import (
    attention_score,
    attention_table,
    attribution_score,
    attribution_table,
    belief_score,
    belief_table,
    columns_of,
    looks_of,
)
from app.evaluation.explain.equations import EQUATIONS, Equations
from app.evaluation.explain.explanation import Explanation
from app.evaluation.explain.layers import (
    Layer,
    belt_of,
    belt_part,
    belt_table,
    flow,
    flow_part,
    flow_table,
    gates_score,
    layers_of,
)
from app.evaluation.explain.score import Score
from app.evaluation.explain.section import Section, Shown
from app.evaluation.explain.units import Units
from app.evaluation.explain.units_section import units_section
from app.evaluation.explain.words_section import suggestion, words_section
from app.evaluation.report.page import render


def explanation_page(it: Explanation, units: Units | None, name: str) -> str:
    """The page.

    Args:
        it: the explanation.
        units: what single units know.
        name: of the model.
    """
    columns = columns_of(it)
    layers = [
        layer for side in it.sides.sides for layer in layers_of(side, columns, it.cell)
    ]
    sections = [
        words_section(it),
        _gates(it, layers),
        *_belt(it, layers),
        *_attention(it),
        _belief(it),
        _mattered(it),
        *([units_section(units)] if units is not None else []),
        _equations(it.cell),
    ]
    return render(
        "explain.html",
        extra="explain",
        title=f"Inside {name}",
        name=name,
        lead=_lead(it),
        remarks=it.remarks,
        sections=sections,
    )


def _lead(it: Explanation) -> str:
    best, asked = it.likeliest, it.predicted[0]
    where = "fills the blank with" if it.text.right is not None else "goes on with"
    why = ""
    if asked is not best:
        why = f" And why “{asked.word}” ({SHARE.show(asked.probability)})?"
    return (
        f"What this {it.cell.upper()} did with a text, word by word, until it "
        f"{where} “{best.word}” ({SHARE.show(best.probability)}).{why}"
    )


def _gates(it: Explanation, layers: Sequence[Layer]) -> Section:
    shown = []
    for layer in layers:
        larger = gates_score(layer, all_units=True) if layer.order.has_groups else None
        score = gates_score(layer, all_units=False)
        numbers = flow_table(layer, flow(layer))
        title, first = layer.title.capitalize(), int(layer.places.min())
        shown.append(Shown(title, score, numbers, larger, first))
    title = "States" if it.cell == "rnn" else "Gates and states"
    return Section("gates", title, EQUATIONS[it.cell].told, shown, "scale")


def _belt(it: Explanation, layers: Sequence[Layer]) -> list[Section]:
    shown = []
    for layer in layers:
        shares, carried = flow(layer), belt_of(layer)
        if shares is None or carried is None:
            continue
        score = Score(
            f"belt-{layer.name}",
            f"The conveyor belt of {layer.title}",
            "Bands over the words, one for each word read, as thick as what is left "
            "of its writing.",
            layer.columns,
            [flow_part(layer, shares), belt_part(layer, carried)],
        )
        title, first = layer.title.capitalize(), int(layer.places.min())
        shown.append(Shown(title, score, belt_table(layer, carried), first=first))
    if not shown:
        return []
    told = (
        "The memory is a conveyor belt: each word lays something on it (a new band on "
        "top), and the gates let every band wear thin until hardly any is left. "
        "Nothing here is guessed: the memory is a sum that comes apart exactly into "
        "what each word has written, times all that was kept of it since. Point at a "
        "word to see its own band."
    )
    return [Section("belt", "The conveyor belt", told, shown)]


def _attention(it: Explanation) -> list[Section]:
    shown = []
    for side in it.sides.sides:
        score, looks = attention_score(it, side), looks_of(it, side)
        if score is not None and looks is not None:
            shown.append(Shown("", score, attention_table(it, looks)))
    if not shown:
        return []
    told = (
        "Above its memory this network can look back: before it guesses, it compares "
        "where it stands with every place that it has passed. The darker a square, the "
        "more of that place's state went into the guess; a column sums to 1, and the "
        "square root is drawn."
    )
    return [Section("attention", "Looking back", told, shown)]


def _belief(it: Explanation) -> Section:
    where = "in the blank" if it.text.right else "as the next word"
    largest = SHARE.show(float(np.nanmax(it.belief)))
    told = (
        f"Had the text ended here, how likely would each of these have been {where}? "
        f"The fullest blue is {largest}; its square root is drawn, so that little "
        "beliefs can be seen, too."
    )
    if it.text.right:
        told += (
            " The words in front are read from the left; then those behind the blank, "
            "from the right up to it."
        )
    shown = [Shown("", belief_score(it), belief_table(it))]
    return Section("belief", "How the belief grew", told, shown)


def _mattered(it: Explanation) -> Section:
    numbers = range(len(it.predicted))
    shown = [
        Shown("", attribution_score(it, one), attribution_table(it, one))
        for one in numbers
    ]
    told = (
        "A bar upwards speaks for the prediction, a bar downwards against it. Above, "
        "the word was replaced by an unknown one and everything read again: that is "
        "what would have happened. Below, the usual short cut, the gradient times the "
        "word's vector: where the two disagree, do not trust the short cut."
    )
    suggestions = [suggestion(it, one) for one in numbers]
    return Section(
        "mattered", "Which words mattered", told, shown, "choice", suggestions
    )


def _equations(cell: str) -> Section:
    found: Equations = EQUATIONS[cell]
    told = (
        "This is all that happens at each word, as the field writes it: x is the "
        "word's vector, h what the layer shows, ∗ multiplies number by number, σ "
        "squeezes any number between 0 and 1, tanh between −1 and 1."
    )
    return Section("equations", "The equations", told, (), "equations", found)
