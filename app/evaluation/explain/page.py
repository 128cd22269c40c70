"""The explanation as a page: every picture over the same words, with what it means.

An explanation enters, HTML leaves. Each section has two sentences for somebody who has
never seen such a network, a score, and its numbers as a table, from which the page's
script reads what it tells about the word that is pointed at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.evaluation.charts.units import SHARE
from app.evaluation.explain.drawings import (
    attention_score,
    attention_table,
    attribution_score,
    attribution_table,
    belief_score,
    belief_table,
    bits,
    columns_of,
    looks_of,
)
from app.evaluation.explain.equations import EQUATIONS, Equations
from app.evaluation.explain.explanation import Explanation, Predicted
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
from app.evaluation.explain.units import Place, Units
from app.evaluation.explain.whole_text import surprise_curve
from app.evaluation.report.blocks import Table, table
from app.evaluation.report.examples import Sentence, shaded_word
from app.evaluation.report.page import render

_FOUND = "★"


class Shown(NamedTuple):
    """A score with its numbers.

    Attributes:
        title: above it; may be empty.
        score: the pictures.
        numbers: a row a word.
        larger: the same with a row a unit, where it is not so already.
        first: the column of the first row of the numbers.
    """

    title: str
    score: Score
    numbers: Table | None
    larger: Score | None = None
    first: int = 0


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


class Section(NamedTuple):
    """A section of the page.

    Attributes:
        key: its place in addresses.
        title: its heading.
        told: what is to be seen, in plain words.
        shown: the scores.
        template: a file in templates/explain/, for what comes above the scores.
        content: for the template.
    """

    key: str
    title: str
    told: str
    shown: Sequence[Shown] = ()
    template: str = ""
    content: Any = None


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
        _words(it),
        _gates(it, layers),
        *_belt(it, layers),
        *_attention(it),
        _belief(it),
        _mattered(it),
        *([_units(units)] if units is not None else []),
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
    best = it.predicted[0]
    where = "fills the blank with" if it.text.right else "goes on with"
    return (
        f"What this {it.cell.upper()} did with a text, word by word, until it "
        f"{where} “{best.word}” ({SHARE.show(best.probability)})."
    )


def _words(it: Explanation) -> Section:
    """The text, shaded by surprise; the cursor of the whole page lives here."""
    rows, words = [], []
    for word in it.words:
        chance = "–" if word.probability is None else SHARE.show(word.probability)
        surprise = bits(word.probability)
        held = ", ".join(f"{other} {SHARE.show(p)}" for other, p in word.alternatives)
        told = "–" if math.isnan(surprise) else f"{surprise:.1f}"
        rows.append([word.token, chance, told, held or "–"])
        words.append(shaded_word(word.token, word.probability, word.is_unknown))
    header = ["Word", "Probability", "Bits", "Expected instead"]
    numbers = table("Every word, and what was expected", header, rows, words=(3,))
    known = [bits(word.probability) for word in it.words if word.probability]
    mean = f"{sum(known) / len(known):.2f} bits a word" if known else ""
    content = {
        "sentence": Sentence(mean, words, numbers),
        "suggestions": [_suggestion(it, number) for number in range(len(it.predicted))],
        "parts": list(it.predicted[0].parts),
        "curve": surprise_curve(it),
    }
    told = (
        "The network reads one word at a time and guesses the next one; the darker a "
        "word, the less it was expected (a bit is one yes-or-no question that the "
        "guess left open). Point at a word, or use the arrow keys: all pictures below "
        "show the same moment."
    )
    return Section("words", "The text, word by word", told, (), "words", content)


def _suggestion(it: Explanation, number: int) -> Suggestion:
    word: Predicted = it.predicted[number]
    highest = max(it.predicted, key=lambda one: one.probability).probability
    parts = [
        Part(name, SHARE.show(share), 100 * share / max(highest, 1e-12))
        for name, share in word.parts.items()
    ]
    agreement = it.attributions[number].agreement
    agreed = "–" if agreement is None else f"{agreement:+.2f}"
    return Suggestion(word.word, SHARE.show(word.probability), parts, agreed)


def _gates(it: Explanation, layers: Sequence[Layer]) -> Section:
    shown = []
    for layer in layers:
        larger = gates_score(layer, all_units=True) if layer.order.has_groups else None
        score = gates_score(layer, all_units=False)
        numbers = flow_table(layer, flow(layer))
        title, first = layer.title.capitalize(), int(layer.places.min())
        shown.append(Shown(title, score, numbers, larger, first))
    return Section(
        "gates", "Gates and states", EQUATIONS[it.cell].told, shown, "scale"
    )


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
    where = "the blank" if it.text.right else "the next word"
    told = (
        f"Had the text ended here, how likely would each of these have been as {where}? "
        "The square root is drawn, so that one in a hundred can still be seen."
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
    suggestions = [_suggestion(it, one) for one in numbers]
    return Section(
        "mattered", "Which words mattered", told, shown, "choice", suggestions
    )


class Known(NamedTuple):
    """A property, the unit that follows it, and where that unit fires."""

    heading: str
    sentence: str
    words: Sequence[tuple[str, int]]


def _units(units: Units) -> Section:
    told = (
        "Does any single unit keep track of something simple? For each property the "
        "best unit was chosen on the first half of the text and judged on the second; "
        "what a random unit reaches, and how often chance does as well, stand beside "
        "it."
    )
    header = ["The unit knows", "Unit", "Rank correlation", "Area", "Random", "Chance"]
    rows = [
        [
            f"{it.name} {_FOUND if it.is_found else ''}".strip(),
            f"{it.layer} {it.unit}",
            f"{it.correlation:+.2f}",
            "–" if it.area is None else f"{it.area:.2f}",
            f"{it.random_unit:.2f}",
            f"{it.chance:.3f}",
        ]
        for it in units.findings
    ]
    caption = (
        f"{units.num_units:,} states asked over {units.num_tokens:,} words and marks; "
        f"{_FOUND} clearly better than chance"
    )
    numbers = table(caption, header, rows) if rows else None
    known = [
        Known(
            f"{it.layer.capitalize()} {it.unit} knows {it.name}",
            f"Rank correlation {it.correlation:+.2f}, a random unit {it.random_unit:.2f}.",
            _fired(place),
        )
        for it, place in zip(units.findings, units.places, strict=True)
        if it.is_found
    ]
    content = {"numbers": numbers, "known": known, "tokens": units.num_tokens}
    return Section("units", "Which unit knows what", told, (), "units", content)


def _fired(place: Place) -> list[tuple[str, int]]:
    """Words with how strong the unit is on each, from -5 to 5."""
    levels = [round(5 * value) for value in place.values.tolist()]
    return list(zip(place.tokens, levels, strict=True))


def _equations(cell: str) -> Section:
    found: Equations = EQUATIONS[cell]
    told = (
        "This is all that happens at each word, as the field writes it: x is the "
        "word's vector, h what the layer shows, ∗ multiplies number by number, σ "
        "squeezes any number between 0 and 1, tanh between −1 and 1."
    )
    return Section("equations", "The equations", told, (), "equations", found)
