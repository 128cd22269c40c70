"""Who reads a text towards its prediction, and what they believe on the way."""

from __future__ import annotations

import numpy as np

from app.evaluation.explain.sides import Side, Sides
from app.evaluation.explain.text import Text, with_start
from app.language.layers import Reader
from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork


def next_sides(network: Network, text: Text) -> Sides:
    """One side, which reads what stands in front up to the end.

    Only what is drawn is kept; what lies before it is read without looking, and stands
    in the column of the start.
    """
    reader, ids = network.reader, with_start(text.left_ids)
    if network.context_length is not None:
        ids = ids[-network.context_length :]
    return Sides((_last(reader, "", ids, text),), network.head)


def _last(reader: Reader, name: str, ids: np.ndarray, text: Text) -> Side:
    """The side that reads all ids and keeps the last, as many as are drawn."""
    states, kept = reader.zero_states(1), min(len(ids), text.shown_left + 1)
    if len(ids) > kept:
        kept = text.shown_left
        states, _ = reader.run(states, ids[None, :-kept])
    columns = np.arange(text.shown_left + 1)[-kept:]
    return Side.of(name, reader, states, ids[-kept:], columns)


def blank_sides(network: TwoSidedNetwork, text: Text) -> Sides:
    """Both sides of a blank that has words behind it."""
    left = _last(network.left, "from the left", with_start(text.left_ids), text)
    reader, ids = network.right, text.right_ids[::-1]
    states = reader.zero_states(1)
    if text.shown_right < len(ids):
        rest = len(ids) - text.shown_right
        states, _ = reader.run(states, ids[None, :rest])
        ids = ids[rest:]
    columns = text.shown_left + 2 + np.arange(text.shown_right)[::-1]
    right = Side.of("from the right", reader, states, ids, columns)
    return Sides((left, right), network.head)


def blank_beliefs(sides: Sides, text: Text) -> np.ndarray:
    """Log-probabilities for the blank after each column, float32 [columns, vocabulary].

    First the left side is read to its end, with nothing known of the right; then the
    right side from its end to the blank, whose own column holds the last word.
    """
    left, right = sides.sides
    shown = _outputs(left)
    before = right.reader.output(right.before)
    nothing = np.repeat(before, len(shown), axis=0)
    of_left = sides.log_probabilities([shown, nothing])
    tables = np.zeros((len(text.columns), of_left.shape[1]), np.float32)
    tables[left.columns] = of_left
    behind = _outputs(right)
    read = np.repeat(shown[-1:], len(behind), axis=0)
    tables[right.columns] = sides.log_probabilities([read, behind])
    tables[text.shown_left + 1] = tables[right.columns[-1]]
    return tables


def _outputs(side: Side) -> np.ndarray:
    """What a side showed after every token, float32 [steps, units]."""
    top = side.read.layers[-1].hidden
    if side.reader.attention is None:
        return top
    return side.reader.attention.output_each(side.before[-1], top[None])[0]
