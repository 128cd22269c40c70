"""The memory as a conveyor belt: how much of it each earlier word has put there.

An LSTM's memory is a sum that can be taken apart. With c' = f * c + i * c~ at every
step, what stands on the belt after word t is

    c_t = sum over s of  (f_s+1 * ... * f_t) * (i_s * c~_s)

what word s wrote, times all that the forget gates have left of it since. It is exact:
nothing is estimated, and the parts add up to the memory. A GRU's hidden state comes
apart likewise, with z in place of f and (1 - z) * h~ written. A plain RNN has no such
sum: every step makes its state anew.

Source: Hochreiter and Schmidhuber 1997, section 4 (the constant error carousel); Gers,
Schmidhuber and Cummins 2000, equation 5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.language.cells import GRUGates, LSTMGates
from app.language.trace import LayerTrace


class Belt(NamedTuple):
    """What lies on the belt after every step, by who put it there.

    Source 0 is everything before the first step, source s + 1 is step s.

    Attributes:
        left: what is left of each source's writing, the sum of sizes over the units,
            float32 [sources, steps]; never grows with the steps.
        shares: how much of the memory each source accounts for, float32 [sources,
            steps]; a step's shares sum to 1, and one that works against is negative.
    """

    left: np.ndarray
    shares: np.ndarray


class Writing(NamedTuple):
    """How a memory changes at each step, float32 [steps, units] each.

    Attributes:
        kept: the share of the old memory that stays.
        written: what is added to it.
    """

    kept: np.ndarray
    written: np.ndarray


def writing(layer: LayerTrace) -> Writing | None:
    """What a layer's gates keep and write; None where it has no gates."""
    gates = layer.gates
    if isinstance(gates, LSTMGates):
        return Writing(gates.forget_gate, gates.input_gate * gates.candidate)
    if isinstance(gates, GRUGates):
        return Writing(gates.update_gate, (1.0 - gates.update_gate) * gates.candidate)
    return None


def parts_of_memory(layer: LayerTrace, step: int) -> np.ndarray | None:
    """What each source has in the memory after a step, float32 [sources, units].

    They sum to the memory. None where the layer has no gates.
    """
    wrote = writing(layer)
    if wrote is None:
        return None
    parts = np.zeros((step + 2, wrote.kept.shape[1]), np.float32)
    parts[0] = layer.memory_before[0]
    for now in range(step + 1):
        parts[: now + 1] *= wrote.kept[now]
        parts[now + 1] = wrote.written[now]
    return parts


def belt(layer: LayerTrace) -> Belt | None:
    """What lies on a layer's belt; None where it has no gates."""
    wrote = writing(layer)
    if wrote is None:
        return None
    steps, units = wrote.kept.shape
    left, shares = np.zeros((2, steps + 1, steps), np.float32)
    parts = np.zeros((steps + 1, units), np.float32)
    parts[0] = layer.memory_before[0]
    for now in range(steps):
        parts[: now + 1] *= wrote.kept[now]
        parts[now + 1] = wrote.written[now]
        left[:, now] = np.abs(parts).sum(axis=1)
        # In the direction of the memory the parts add up to its size.
        memory = layer.memory[now]
        size = max(float(np.abs(memory).sum()), 1e-12)
        shares[:, now] = parts @ np.sign(memory) / size
    return Belt(left, shares)
