"""What a reader does word by word: every gate, every state, for who looks inside.

    token ids -> embedding -> layer 1 -> layer 2 -> attention
                 inputs       gates,     gates,     how much it
                              states     states     looks at whom

The same cells as in a prediction, run one step after the other, and nothing of what
they do is thrown away. `Reader.run` is the fast path; it gives the same states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.language.attention import LastOutputs
from app.language.cells import Cell
from app.language.layers import Reader


class LayerTrace(NamedTuple):
    """One recurrent layer over some steps.

    Attributes:
        inputs: what it reads, float32 [steps, inputs].
        before: its state before the first step, one row.
        gates: those of its kind of cell, each float32 [steps, units].
        hidden: after each step, float32 [steps, units].
        cell: the memory of an LSTM after each step, likewise; None for other kinds.
    """

    inputs: np.ndarray
    before: Any
    gates: Any
    hidden: np.ndarray
    cell: np.ndarray | None

    @property
    def memory(self) -> np.ndarray:
        """What is carried on: the cell, or the hidden state where there is none."""
        return self.hidden if self.cell is None else self.cell

    @property
    def memory_before(self) -> np.ndarray:
        """The memory before each step, float32 [steps, units]."""
        first = self.before[0 if self.cell is None else 1]
        return np.concatenate([first, self.memory[:-1]])

    @property
    def hidden_before(self) -> np.ndarray:
        """The hidden state before each step, float32 [steps, units]."""
        return np.concatenate([self.before.hidden, self.hidden[:-1]])


@dataclass(frozen=True, eq=False)
class Trace:
    """All layers of a reader over some steps.

    Attributes:
        layers: from the bottom to the top.
        looks: how much each step's attention looks at the outputs up to its own, its
            own last, float32 [steps, length]; None where there is no attention.
        window: what the attention looked at after the last step; None likewise.
    """

    layers: tuple[LayerTrace, ...]
    looks: np.ndarray | None = None
    window: LastOutputs | None = None


def trace(
    reader: Reader, states: tuple[Any, ...], token_ids: np.ndarray
) -> tuple[Trace, tuple[Any, ...]]:
    """Reads tokens and keeps everything.

    Args:
        reader: runs step by step.
        states: before the first token, one row; unchanged.
        token_ids: int32 [steps], at least one.

    Returns:
        What happened, and the states at the end.
    """
    inputs = reader.embedding[token_ids]  # [steps, embedding_width]
    layers, after = [], []
    for cell, before in zip(reader.cells, states[: len(reader.cells)], strict=True):
        layer, state = _trace_layer(cell, before, inputs)
        layers.append(layer)
        after.append(state)
        inputs = layer.hidden
    attention = reader.attention
    if attention is None:
        return Trace(tuple(layers)), tuple(after)
    looks, window = [], states[-1]
    for output in inputs:
        window = attention.remember(window, output[None, None], None)
        looks.append(attention.shares(window)[0])
    return Trace(tuple(layers), np.stack(looks), window), (*after, window)


def _trace_layer(cell: Cell, before: Any, inputs: np.ndarray) -> tuple[LayerTrace, Any]:
    """One layer over float32 [steps, inputs], and its state at the end."""
    projected = cell.project(inputs)  # [steps, gates * units]
    gates, states, state = [], [], before
    for step in range(len(inputs)):
        row = projected[step : step + 1]
        gates.append(cell.gates(row, state))
        state = cell.step(row, state)
        states.append(state)
    joined = type(gates[0])(*map(np.concatenate, zip(*gates, strict=True)))
    hidden = np.concatenate([it.hidden for it in states])
    has_cell = hasattr(state, "cell")
    memory = np.concatenate([it.cell for it in states]) if has_cell else None
    return LayerTrace(inputs, before, joined, hidden, memory), state
