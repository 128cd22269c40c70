"""The fast recurrence: the same numbers as Keras' layers, several times as quick.

Keras runs a recurrent layer on the CPU as a loop of small operations and lets
automatic differentiation find its way back through them. Three observations make it
fast without changing a single number beyond rounding:

1. The input projection does not depend on the state, so the projections of all steps
   are one large matrix product, before the loop.
2. On the way back only the gradient of the state has to travel from step to step.
3. The gradient of the recurrent kernel is a sum over all steps of outer products,
   which is again one large matrix product, after the loop.

Between them stays a loop with one small product a step, unrolled in the graph. The
derivatives are written by hand below each cell's equations.

Everything is time-major, [time, batch, features], so that one step is contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import tensorflow as tf

Tensor: TypeAlias = tf.Tensor
States: TypeAlias = tuple[Tensor, ...]


class LSTMCell:
    """Long short-term memory.

        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
        g       = tanh(a_g)
        c_t     = f * c_{t-1} + i * g
        h_t     = o * tanh(c_t)

    with the pre-activations a = x W + b + h_{t-1} U in Keras' order i, f, g, o.

    Source: Hochreiter and Schmidhuber (1997); forget gate: Gers et al. (2000).
    """

    num_states = 2

    @staticmethod
    def forward(
        projection: Tensor, recurrent: Tensor, states: States
    ) -> tuple[States, tuple[Tensor, ...]]:
        """One step; returns the new states and what `backward` will need."""
        _, c_before = states
        a = projection + recurrent  # [batch, 4 * units]
        i, f, _, o = tf.split(tf.sigmoid(a), 4, axis=1)
        g = tf.tanh(tf.split(a, 4, axis=1)[2])
        c = f * c_before + i * g
        c_shown = tf.tanh(c)
        return (o * c_shown, c), (i, f, g, o, c_before, c_shown)

    @staticmethod
    def backward(
        saved: tuple[Tensor, ...], d_states: States
    ) -> tuple[Tensor, Tensor, States]:
        """Gradients of projection, recurrent product and the states before."""
        i, f, g, o, c_before, c_shown = saved
        d_h, d_c = d_states
        d_c = d_c + d_h * o * (1 - c_shown * c_shown)
        d_a = tf.concat(
            [
                d_c * g * i * (1 - i),
                d_c * c_before * f * (1 - f),
                d_c * i * (1 - g * g),
                d_h * c_shown * o * (1 - o),
            ],
            axis=1,
        )
        return d_a, d_a, (tf.zeros_like(d_h), d_c * f)


class GRUCell:
    """Gated recurrent unit, with the reset gate after the product (as cuDNN).

        z, r = sigmoid(x_z + u_z), sigmoid(x_r + u_r)
        g    = tanh(x_g + r * u_g)
        h_t  = z * h_{t-1} + (1 - z) * g

    with x = x_t W + b and u = h_{t-1} U + b', in Keras' order z, r, g.

    Source: Cho et al. (2014); the variant of Chung et al. (2014) in cuDNN's form.
    """

    num_states = 1

    @staticmethod
    def forward(
        projection: Tensor, recurrent: Tensor, states: States
    ) -> tuple[States, tuple[Tensor, ...]]:
        """One step; returns the new state and what `backward` will need."""
        (h_before,) = states
        x_z, x_r, x_g = tf.split(projection, 3, axis=1)
        u_z, u_r, u_g = tf.split(recurrent, 3, axis=1)
        z = tf.sigmoid(x_z + u_z)
        r = tf.sigmoid(x_r + u_r)
        g = tf.tanh(x_g + r * u_g)
        return (z * h_before + (1 - z) * g,), (z, r, g, u_g, h_before)

    @staticmethod
    def backward(
        saved: tuple[Tensor, ...], d_states: States
    ) -> tuple[Tensor, Tensor, States]:
        """Gradients of projection, recurrent product and the state before."""
        z, r, g, u_g, h_before = saved
        (d_h,) = d_states
        d_g = d_h * (1 - z) * (1 - g * g)
        d_z = d_h * (h_before - g) * z * (1 - z)
        d_r = d_g * u_g * r * (1 - r)
        d_projection = tf.concat([d_z, d_r, d_g], axis=1)
        d_recurrent = tf.concat([d_z, d_r, d_g * r], axis=1)
        return d_projection, d_recurrent, (d_h * z,)


class RNNCell:
    """The plain recurrent network: h_t = tanh(x_t W + b + h_{t-1} U).

    Source: Elman (1990).
    """

    num_states = 1

    @staticmethod
    def forward(
        projection: Tensor, recurrent: Tensor, states: States
    ) -> tuple[States, tuple[Tensor, ...]]:
        """One step; returns the new state and what `backward` will need."""
        h = tf.tanh(projection + recurrent)
        return (h,), (h,)

    @staticmethod
    def backward(
        saved: tuple[Tensor, ...], d_states: States
    ) -> tuple[Tensor, Tensor, States]:
        """Gradients of projection, recurrent product and the state before."""
        (h,) = saved
        (d_h,) = d_states
        d_a = d_h * (1 - h * h)
        return d_a, d_a, (tf.zeros_like(d_h),)


Cell: TypeAlias = type[LSTMCell] | type[GRUCell] | type[RNNCell]
CELLS: dict[str, Cell] = {"lstm": LSTMCell, "gru": GRUCell, "rnn": RNNCell}


class LayerWeights(NamedTuple):
    """One recurrent layer's weights in Keras' layout (G gates of `units` each)."""

    kernel: Tensor  # [inputs, G * units]
    recurrent_kernel: Tensor  # [units, G * units]
    bias: Tensor  # [G * units]; for a GRU [2, G * units]


class Dropout(NamedTuple):
    """Masks of one layer, the same at every step of the window.

    Source: Gal and Ghahramani (2016), "variational" dropout; Keras does the same.
    """

    inputs: Tensor  # [batch, inputs]: 0 or 1 / (1 - rate)
    hidden: Tensor  # [batch, units]


def run_layer(
    cell_name: str,
    inputs: Tensor,
    weights: LayerWeights,
    states: States,
    *,
    keep: Tensor | None = None,
    dropout: Dropout | None = None,
) -> tuple[Tensor, States]:
    """A recurrent layer over a window of text.

    Args:
        cell_name: "lstm", "gru" or "rnn".
        inputs: float32 [time, batch, inputs]; the number of steps must be static.
        weights: the layer's weights.
        states: the states before the window, each float32 [batch, units].
        keep: float32 [time, batch, 1], 0 where a new document begins (the state is
            forgotten before that step is read), else 1.
        dropout: masks for inputs and hidden state; None outside training.

    Returns:
        The hidden states, float32 [time, batch, units], and the states at the end.
    """
    cell = CELLS[cell_name]
    if dropout is not None:
        inputs = inputs * dropout.inputs
    bias, recurrent_bias = weights.bias, None
    if cell_name == "gru":
        bias, recurrent_bias = tf.unstack(weights.bias, num=2)
    projections = tf.tensordot(inputs, weights.kernel, 1) + bias  # one product
    hidden_mask = None if dropout is None else dropout.hidden
    loop = _make_loop(cell, keep, hidden_mask)
    if recurrent_bias is None:
        recurrent_bias = tf.zeros_like(bias)
    outputs, *last = loop(
        projections, weights.recurrent_kernel, recurrent_bias, *states
    )
    return outputs, tuple(last)


def _make_loop(
    cell: Cell, keep: Tensor | None, hidden_mask: Tensor | None
) -> Callable[..., list[Tensor]]:
    """The loop over time with its exact gradient; masks are constants to it."""

    def masked(hidden: Tensor) -> Tensor:
        return hidden if hidden_mask is None else hidden * hidden_mask

    def kept(values: Sequence[Tensor], time: int) -> States:
        if keep is None:
            return tuple(values)
        return tuple(value * keep[time] for value in values)

    @tf.custom_gradient
    def loop(
        projections: Tensor, kernel: Tensor, recurrent_bias: Tensor, *first: Tensor
    ) -> tuple[tuple[Tensor, ...], Callable[..., tuple[Tensor, ...]]]:
        states: States = first
        hiddens, read, saved = [], [], []
        for time, projection in enumerate(tf.unstack(projections)):
            before = kept(states, time)
            read.append(masked(before[0]))
            recurrent = tf.matmul(read[-1], kernel) + recurrent_bias
            states, needed = cell.forward(projection, recurrent, before)
            hiddens.append(states[0])
            saved.append(needed)

        def gradient(d_outputs: Tensor, *d_last: Tensor) -> tuple[Tensor, ...]:
            d_states: States = d_last
            d_projections, d_recurrents = [], []
            for time, d_output in reversed(list(enumerate(tf.unstack(d_outputs)))):
                d_states = (d_states[0] + d_output, *d_states[1:])
                d_projection, d_recurrent, d_before = cell.backward(
                    saved[time], d_states
                )
                d_read = tf.matmul(d_recurrent, kernel, transpose_b=True)
                d_states = kept((d_before[0] + masked(d_read), *d_before[1:]), time)
                d_projections.append(d_projection)
                d_recurrents.append(d_recurrent)
            d_recurrent_rows = tf.concat(d_recurrents[::-1], axis=0)  # [T * B, G * H]
            d_kernel = tf.matmul(
                tf.concat(read, axis=0), d_recurrent_rows, transpose_a=True
            )
            d_bias = tf.reduce_sum(d_recurrent_rows, axis=0)
            return (tf.stack(d_projections[::-1]), d_kernel, d_bias, *d_states)

        return (tf.stack(hiddens), *states), gradient

    return loop
