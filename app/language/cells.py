"""The recurrent cells in plain numpy: equations, every gate, one step at a time.

In comes float32 input and the state of the step before, out goes the next state. The
module knows nothing of words or of files. It is the clear twin of the fast training
path, which is tested against it, and it is what answers at prediction time, because
importing numpy takes a twentieth of the time of importing TensorFlow.

Each cell works in two halves, `project` and `step`. What a gate takes from the input
does not depend on the state, so the inputs of a whole text are projected in one matrix
product; only what it takes from the previous hidden state has to wait its turn.

    inputs  x1 x2 x3 ...      project: all at once
            |  |  |
    h0 ---> h1 h2 h3 ...      step: one after the other

Weights have the layout and the gate order of the Keras layers of the same names.
`x` is the input, `h` the hidden state, `*` goes element by element, a prime (h') marks
the value after the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np


class HiddenState(NamedTuple):
    """What a SimpleRNN or a GRU remembers.

    Attributes:
        hidden: float32 [batch, units].
    """

    hidden: np.ndarray


class LSTMState(NamedTuple):
    """What an LSTM remembers.

    Attributes:
        hidden: float32 [batch, units], what the layer above sees.
        cell: float32 [batch, units], the memory that only the gates touch.
    """

    hidden: np.ndarray
    cell: np.ndarray


class SimpleRNNGates(NamedTuple):
    """A SimpleRNN has no gate, only the new value; float32 [batch, units]."""

    candidate: np.ndarray


class GRUGates(NamedTuple):
    """The gates of one GRU step, each float32 [batch, units]."""

    update_gate: np.ndarray
    reset_gate: np.ndarray
    candidate: np.ndarray


class LSTMGates(NamedTuple):
    """The gates of one LSTM step, each float32 [batch, units]."""

    input_gate: np.ndarray
    forget_gate: np.ndarray
    candidate: np.ndarray
    output_gate: np.ndarray


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), in the form that overflows for no x.

    Example:
        >>> sigmoid(np.array([-1000.0, 0.0, 1000.0], np.float32))
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return 0.5 * np.tanh(0.5 * x) + 0.5


@dataclass(frozen=True, eq=False)
class Cell:
    """What the three cells share: their weights and the projection of the inputs.

    Attributes:
        kernel: W of all gates side by side, float32 [inputs, gates * units].
        recurrent_kernel: U of all gates side by side, float32 [units, gates * units].
        bias: b of all gates, float32 [gates * units]; for a GRU [2, gates * units].
        num_gates: how many matrices stand side by side, the candidate's included.
    """

    num_gates: ClassVar[int]
    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray

    @property
    def units(self) -> int:
        """The width of the hidden state."""
        return int(self.recurrent_kernel.shape[0])

    @property
    def input_bias(self) -> np.ndarray:
        """The bias that belongs to the inputs, float32 [gates * units]."""
        return self.bias

    def project(self, inputs: np.ndarray) -> np.ndarray:
        """What the gates take from the inputs, x W + b, for any number of steps.

        Args:
            inputs: float32 [..., inputs]; all leading axes are flattened, so that
                it is one matrix product.

        Returns:
            float32 [..., gates * units].
        """
        width = self.kernel.shape[1]
        flat = inputs.reshape(-1, inputs.shape[-1]) @ self.kernel
        flat += self.input_bias
        return flat.reshape(*inputs.shape[:-1], width)

    def zero_state(self, batch: int) -> Any:
        """The state before the first token: zeros."""
        return HiddenState(np.zeros((batch, self.units), np.float32))

    def gates(self, projected: np.ndarray, state: Any) -> Any:
        """Every gate of one step, for who wants to look inside."""
        raise NotImplementedError

    def step(self, projected: np.ndarray, state: Any) -> Any:
        """The state after one token.

        Args:
            projected: what `project` made of its input, float32 [batch, gates * units].
            state: the state before it, unchanged.
        """
        raise NotImplementedError


class SimpleRNN(Cell):
    """h' = tanh(x W + h U + b).

    Source: Elman 1990, Finding structure in time, figure 2.
    """

    num_gates = 1

    def gates(self, projected: np.ndarray, state: HiddenState) -> SimpleRNNGates:
        """The new value, the only thing there is to see."""
        return SimpleRNNGates(np.tanh(projected + state.hidden @ self.recurrent_kernel))

    def step(self, projected: np.ndarray, state: HiddenState) -> HiddenState:
        """The new hidden state h', which is the candidate itself."""
        return HiddenState(self.gates(projected, state).candidate)


class GRU(Cell):
    """A gated recurrent unit whose reset gate acts after the matrix product.

        z  = sigmoid(x Wz + bz + h Uz + cz)        update gate: share that is kept
        r  = sigmoid(x Wr + br + h Ur + cr)        reset gate
        h~ = tanh(x Wh + bh + r * (h Uh + ch))     candidate
        h' = z * h + (1 - z) * h~

    b is row 0 of the bias, c row 1. Cho's own form has (r * h) Uh; the form here is
    Keras' `reset_after=True`, which GPU libraries compute fast.

    Source: Cho et al. 2014, Learning phrase representations using RNN encoder-decoder,
    equations 5 to 8.
    """

    num_gates = 3

    @property
    def input_bias(self) -> np.ndarray:
        """Row 0 of the bias; row 1 belongs to the hidden state."""
        return self.bias[0]

    def gates(self, projected: np.ndarray, state: HiddenState) -> GRUGates:
        """The gates z and r and the candidate h~ of one step."""
        x_z, x_r, x_h = np.split(projected, 3, axis=-1)
        from_hidden = state.hidden @ self.recurrent_kernel + self.bias[1]
        h_z, h_r, h_h = np.split(from_hidden, 3, axis=-1)
        reset_gate = sigmoid(x_r + h_r)
        return GRUGates(sigmoid(x_z + h_z), reset_gate, np.tanh(x_h + reset_gate * h_h))

    def step(self, projected: np.ndarray, state: HiddenState) -> HiddenState:
        """The new hidden state h', between the old one and the candidate."""
        z, _, candidate = self.gates(projected, state)
        return HiddenState(z * state.hidden + (1.0 - z) * candidate)


class LSTM(Cell):
    """Long short-term memory with a forget gate.

        i  = sigmoid(x Wi + h Ui + bi)     input gate: how much is written
        f  = sigmoid(x Wf + h Uf + bf)     forget gate: how much is kept
        c~ = tanh(x Wc + h Uc + bc)        candidate: what would be written
        o  = sigmoid(x Wo + h Uo + bo)     output gate: how much is shown
        c' = f * c + i * c~
        h' = o * tanh(c')

    Source: Hochreiter and Schmidhuber 1997, Long short-term memory (i, o, c~); Gers,
    Schmidhuber and Cummins 2000, Learning to forget (f). No peephole connections.
    """

    num_gates = 4

    def zero_state(self, batch: int) -> LSTMState:
        """The state before the first token: zeros."""
        zeros = np.zeros((batch, self.units), np.float32)
        return LSTMState(zeros, zeros)

    def gates(self, projected: np.ndarray, state: LSTMState) -> LSTMGates:
        """The gates i, f and o and the candidate c~ of one step."""
        sums = projected + state.hidden @ self.recurrent_kernel
        i, f, c, o = np.split(sums, 4, axis=-1)
        return LSTMGates(sigmoid(i), sigmoid(f), np.tanh(c), sigmoid(o))

    def step(self, projected: np.ndarray, state: LSTMState) -> LSTMState:
        """The new hidden state h' and memory c'.

        What `gates` says, bit for bit, in two thirds of the time at batch 1: a
        sigmoid is 0.5 tanh(0.5 x) + 0.5, so one tanh does for all gates, in place.
        """
        gates = projected + state.hidden @ self.recurrent_kernel
        gates *= self._slopes
        np.tanh(gates, out=gates)
        gates *= self._slopes
        gates += self._offsets
        i, f, candidate, o = (gates[:, columns] for columns in self._columns)
        cell = f * state.cell
        cell += np.multiply(i, candidate, out=i)
        hidden = np.tanh(cell)
        hidden *= o
        return LSTMState(hidden, cell)

    @cached_property
    def _columns(self) -> list[slice]:
        """Where i, f, c~ and o stand."""
        return [slice(k * self.units, (k + 1) * self.units) for k in range(4)]

    @cached_property
    def _slopes(self) -> np.ndarray:
        """Factor of each gate before and after tanh, float32 [4 * units]."""
        return np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), self.units)

    @cached_property
    def _offsets(self) -> np.ndarray:
        """What each gate adds after tanh, float32 [4 * units]."""
        return np.repeat(np.array([0.5, 0.5, 0.0, 0.5], np.float32), self.units)


CELL_CLASSES: dict[str, type[Cell]] = {"lstm": LSTM, "gru": GRU, "rnn": SimpleRNN}
