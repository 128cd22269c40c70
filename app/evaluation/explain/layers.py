"""The recurrent layers as pictures: gates and states over the words, and the belt.

What a layer did enters; scores and tables leave. Every layer has one order of its
units, so that a row is the same unit, or group of units, in all of its heat maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from app.evaluation.charts.svg import element, text
from app.evaluation.explain.conveyor import Belt, belt, writing
from app.evaluation.explain.ordering import Order, order_units
from app.evaluation.explain.score import (
    GUTTER,
    Columns,
    Part,
    Score,
    curves,
    heat,
    mean_line,
)
from app.evaluation.explain.sides import Side
from app.evaluation.report.blocks import Table, table
from app.language.trace import LayerTrace

_MEMORY = {"lstm": "cell state", "gru": "hidden state", "rnn": "hidden state"}
_BELT = 190  # height
_THINNEST = 0.2  # a band that is thinner is not drawn
_THICK = 11.0  # enough for a word
_CARRIED = 4  # words named in the table


class Layer(NamedTuple):
    """A layer of one side, ready to be drawn.

    Attributes:
        name: letters and hyphens.
        title: what people call it.
        trace: what it did.
        places: of its steps among the columns.
        columns: of the text.
        order: of its units.
        cell: its kind.
    """

    name: str
    title: str
    trace: LayerTrace
    places: np.ndarray
    columns: Columns
    order: Order
    cell: str

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Float [..., steps] over all columns of the text, nan where none was read."""
        over = np.full((*values.shape[:-1], len(self.columns.words)), np.nan)
        over[..., self.places] = values
        return over


def layers_of(side: Side, columns: Columns, cell: str) -> list[Layer]:
    """The layers of a side, from the bottom to the top."""
    found, several = [], len(side.read.layers) > 1
    for number, trace in enumerate(side.read.layers, 1):
        parts = [f"layer {number}"] if several else []
        parts += [f"reading {side.name}"] if side.name else []
        key = "-".join(["layer", str(number), *side.name.split()])
        order = order_units(trace.memory)
        title = ", ".join(parts) or "the recurrent layer"
        found.append(Layer(key, title, trace, side.columns, columns, order, cell))
    return found


class Quantity(NamedTuple):
    """A gate or a state of every unit at every step.

    Attributes:
        name: as people say it.
        values: float32 [steps, units].
        scale: the size that has the full colour.
    """

    name: str
    values: np.ndarray
    scale: float


def quantities(layer: Layer) -> list[Quantity]:
    """Everything of a layer that is drawn as a heat map, in the order of reading."""
    trace, gates = layer.trace, layer.trace.gates._asdict()
    found = []
    if layer.cell != "rnn":  # whose candidate is its hidden state
        names = [it for it in _GATES if it in gates]
        found = [Quantity(_GATES[it], gates[it], 1.0) for it in names]
    if trace.cell is not None:
        largest = float(np.quantile(np.abs(trace.cell), 0.98))
        found.append(Quantity("cell state", trace.cell, max(largest, 1e-6)))
    return [*found, Quantity("hidden state", trace.hidden, 1.0)]


_GATES = {
    "forget_gate": "forget gate",
    "input_gate": "input gate",
    "output_gate": "output gate",
    "update_gate": "update gate",
    "reset_gate": "reset gate",
    "candidate": "candidate",
}


def gates_score(layer: Layer, *, all_units: bool) -> Score:
    """Heat maps of a layer, one below the other.

    Args:
        layer: of it.
        all_units: a row a unit; else a row a group where there are many.
    """
    order = layer.order
    rows: Callable[[np.ndarray], np.ndarray]
    rows = order.all_rows if all_units else order.mean_rows
    num_rows = len(order.units) if all_units else int(order.groups[-1]) + 1
    height = float(min(max(num_rows * 2.2, 72), 420 if all_units else 132))
    parts = []
    for it in quantities(layer):
        values = layer.spread(rows(it.values)) / it.scale
        note = "" if it.scale == 1 else f"full at ±{it.scale:.1f}"
        parts.append(heat(layer.columns, it.name, values, height, note))
        means = np.abs(it.values).mean(axis=1)
        parts.append(mean_line(layer.columns, layer.spread(means)))
    kind = "all" if all_units else "groups"
    units = f"{len(order.units)} units"
    told = f"{units} in {num_rows} rows" if num_rows < len(order.units) else units
    title = f"Gates and states of {layer.title}"
    return Score(
        f"gates-{kind}-{layer.name}", title,
        f"Heat maps over the words, {told}; units that behave alike stand together. "
        "The table has the means.",
        layer.columns, parts,
    )  # fmt: skip


def flow(layer: Layer) -> dict[str, np.ndarray] | None:
    """What was kept, written and shown at each step, shares from 0 to 1.

    Kept: of the size of the old memory. Written: new writing, of the new memory's
    size as it would be had nothing been forgotten or cancelled. Shown: of what the
    memory could show (LSTM). None where there are no gates.
    """
    wrote = writing(layer.trace)
    if wrote is None:
        return None
    before = np.abs(layer.trace.memory_before)
    kept = (wrote.kept * before).sum(axis=1)
    new = np.abs(wrote.written).sum(axis=1)
    shares = {
        "kept": kept / np.maximum(before.sum(axis=1), 1e-9),
        "written": new / np.maximum(kept + new, 1e-9),
    }
    shares["kept"][before.sum(axis=1) == 0] = np.nan  # there was nothing to keep
    if layer.trace.cell is not None:
        could = np.abs(np.tanh(layer.trace.cell)).sum(axis=1)
        shown = np.abs(layer.trace.hidden).sum(axis=1)
        shares["shown"] = shown / np.maximum(could, 1e-9)
    return shares


_KINDS = {"kept": "ours", "written": "rival", "shown": "training"}


def flow_part(layer: Layer, shares: Mapping[str, np.ndarray]) -> Part:
    """Kept, written and shown as lines through the words."""
    rows = {_KINDS[name]: layer.spread(values) for name, values in shares.items()}
    part = curves(layer.columns, "", rows, 84)
    gutter = [*part.gutter[1:]]
    for place, name in enumerate(shares):
        y = 22 + 20 * place
        gutter.append(text(name, GUTTER - 44, y + 4, "name up"))
        gutter.append(
            element("path", class_=f"curve {_KINDS[name]}", d=f"M{GUTTER - 38} {y} h18")
        )
    return Part(part.height, gutter, part.body)


def belt_part(layer: Layer, carried: Belt) -> Part:
    """The belt: a band a word, as thick as what is left of its writing."""
    highest = max(float(carried.left.sum(axis=0).max()), 1e-9)
    thickness = carried.left * (_BELT / highest)
    floor = np.full(len(layer.places), float(_BELT))
    xs = [layer.columns.middle(place) for place in layer.places.tolist()]
    body = []
    for source, heights in enumerate(thickness):
        upper = floor - heights
        steps = np.flatnonzero(heights >= _THINNEST)
        if len(steps):
            body += _band(layer, source, steps, xs, upper, floor)
        floor = upper
    gutter = [
        text("the belt", GUTTER - 10, 20, "name up"),
        text("new writing", GUTTER - 10, 38, "note up"),
        text("on top", GUTTER - 10, 53, "note up"),
    ]
    return Part(_BELT, gutter, body)


def _band(
    layer: Layer,
    source: int,
    steps: np.ndarray,
    xs: list[float],
    upper: np.ndarray,
    floor: np.ndarray,
) -> list[Markup]:
    """One word's writing, from when it was written until hardly any is left.

    It begins as a point half a column before, where the word is read.
    """
    some = steps.tolist()
    is_forward = len(xs) < 2 or xs[-1] > xs[0]
    half = layer.columns.width / 2 * (1 if is_forward else -1)
    birth = (xs[some[0]] - half, (upper[some[0]] + floor[some[0]]) / 2)
    points = [birth] if source else []
    points += [(xs[it], upper[it]) for it in some]
    end = xs[some[-1]] + half
    points += [(end, upper[some[-1]]), (end, floor[some[-1]])]
    points += [(xs[it], floor[it]) for it in reversed(some)]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    column = int(layer.places[source - 1]) if source else -1
    parts = [
        element(
            "polygon",
            class_=f"band band-{source % 3}",
            points=outline,
            data_source=column,
        )  # fmt: skip
    ]
    last = some[-1]
    if last == len(xs) - 1 and source and floor[last] - upper[last] >= _THICK:
        y = (floor[last] + upper[last]) / 2 + 4
        name = layer.columns.words[column]
        kind = "carried" if is_forward else "carried up"
        parts.append(text(name, end + (4 if is_forward else -4), float(y), kind))
    return parts


def flow_table(layer: Layer, shares: Mapping[str, np.ndarray] | None) -> Table:
    """Every word: the means of the gates, what was kept, written and shown."""
    shares = shares or {}
    header = ["Word", *(name.capitalize() for name in shares)]
    columns = list(shares.values())
    formats = ["{:.0%}"] * len(columns)
    for it in quantities(layer):
        header.append(it.name.capitalize())
        columns.append(np.abs(it.values).mean(axis=1))
        formats.append("{:.2f}")
    rows = [
        [
            layer.columns.words[place],
            *(
                form.format(column[step]) if np.isfinite(column[step]) else "–"
                for form, column in zip(formats, columns, strict=True)
            ),
        ]
        for step, place in enumerate(layer.places.tolist())
    ]
    if layer.places[0] > layer.places[-1]:
        rows.reverse()  # tables go with the text
    caption = f"{layer.title.capitalize()}: mean sizes over its units, word by word"
    return table(caption, header, rows)


def belt_table(layer: Layer, carried: Belt) -> Table:
    """Every word: whose writing the memory mostly is, as exact shares of it."""
    names = ["what came before", *(layer.columns.words[it] for it in layer.places)]
    rows = []
    for step, place in enumerate(layer.places.tolist()):
        shares = carried.shares[: step + 2, step]
        largest = np.argsort(-shares, kind="stable")[:_CARRIED]
        told = " · ".join(
            f"{names[it]} {shares[it]:.0%}" for it in largest if shares[it] >= 0.005
        )
        against = float(shares[shares < 0].sum())
        rows.append([layer.columns.words[place], told or "–", f"{against:z.0%}"])
    if layer.places[0] > layer.places[-1]:
        rows.reverse()
    header = ["Word", "Mostly written by", "Written against it"]
    title = f"Whose writing the {_MEMORY[layer.cell]} is"
    return table(title, header, rows, words=(1,))


def belt_of(layer: Layer) -> Belt | None:
    """See `conveyor.belt`."""
    return belt(layer.trace)
