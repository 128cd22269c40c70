"""One step of each recurrent cell, and by hand its derivative.

Enters: the input's share and the hidden state's share of the pre-activations, and the
states before the step. Leaves: the states after it; on the way back, the gradients.
How steps become a loop is decided in `recurrent`; `language.cells` states the same
cells in numpy.

Every cell tells

    num_states     how many states it carries, the hidden one first
    saved_widths   the widths, in units, of what `forward` saves beside the states
    num_products   1 where x W and h U are merely added (one gradient serves both), 2
                   where they are not
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
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
    saved_widths = (4,)
    num_products = 1

    @staticmethod
    def forward(
        projection: Tensor, recurrent: Tensor, states: States
    ) -> tuple[States, tuple[Tensor, ...]]:
        """One step; returns the new states and what else `backward` will need."""
        _, c_before = states
        # sigmoid(a) = (1 + tanh(a / 2)) / 2, so one tanh serves all four gates.
        units = c_before.shape[1]
        half = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), units)
        shift = np.where(half < 1, half, 0)
        gates = half * tf.tanh(half * (projection + recurrent)) + shift
        i, f, g, o = tf.split(gates, 4, axis=1)
        c = f * c_before + i * g
        return (o * tf.tanh(c), c), (gates,)

    @staticmethod
    def backward(
        before: States, after: States, saved: tuple[Tensor, ...], d_states: States
    ) -> tuple[tuple[Tensor, ...], States]:
        """Gradients of the pre-activations and of the states before the step."""
        i, f, g, o = tf.split(saved[0], 4, axis=1)
        c_shown = tf.tanh(after[1])
        d_h, d_c = d_states
        d_c = d_c + d_h * o * (1 - c_shown * c_shown)
        d_a = tf.concat(
            [
                d_c * g * i * (1 - i),
                d_c * before[1] * f * (1 - f),
                d_c * i * (1 - g * g),
                d_h * c_shown * o * (1 - o),
            ],
            axis=1,
        )
        return (d_a,), (tf.zeros_like(d_h), d_c * f)


class GRUCell:
    """Gated recurrent unit, with the reset gate after the product (as cuDNN).

        z, r = sigmoid(x_z + u_z), sigmoid(x_r + u_r)
        g    = tanh(x_g + r * u_g)
        h_t  = z * h_{t-1} + (1 - z) * g

    with x = x_t W + b and u = h_{t-1} U + b', in Keras' order z, r, g.

    Source: Cho et al. (2014); the variant of Chung et al. (2014) in cuDNN's form.
    """

    num_states = 1
    saved_widths = (2, 1, 1)
    num_products = 2  # the reset gate stands between the two

    @staticmethod
    def forward(
        projection: Tensor, recurrent: Tensor, states: States
    ) -> tuple[States, tuple[Tensor, ...]]:
        """One step; returns the new state and what else `backward` will need."""
        (h_before,) = states
        units = h_before.shape[1]
        sizes = [2 * units, units]
        x_zr, x_g = tf.split(projection, sizes, axis=1)
        u_zr, u_g = tf.split(recurrent, sizes, axis=1)
        zr = tf.sigmoid(x_zr + u_zr)
        z, r = tf.split(zr, 2, axis=1)
        g = tf.tanh(x_g + r * u_g)
        return (z * h_before + (1 - z) * g,), (zr, g, u_g)

    @staticmethod
    def backward(
        before: States, after: States, saved: tuple[Tensor, ...], d_states: States
    ) -> tuple[tuple[Tensor, ...], States]:
        """Gradients of x, of u, and of the state before the step."""
        (h_before,), (d_h,) = before, d_states
        zr, g, u_g = saved
        z, r = tf.split(zr, 2, axis=1)
        d_g = d_h * (1 - z) * (1 - g * g)
        d_z = d_h * (h_before - g) * z * (1 - z)
        d_r = d_g * u_g * r * (1 - r)
        d_projection = tf.concat([d_z, d_r, d_g], axis=1)
        d_recurrent = tf.concat([d_z, d_r, d_g * r], axis=1)
        return (d_projection, d_recurrent), (d_h * z,)


class RNNCell:
    """The plain recurrent network: h_t = tanh(x_t W + b + h_{t-1} U).

    Source: Elman (1990).
    """

    num_states = 1
    saved_widths = ()
    num_products = 1

    @staticmethod
    def forward(
        projection: Tensor, recurrent: Tensor, states: States
    ) -> tuple[States, tuple[Tensor, ...]]:
        """One step; returns the new state and what else `backward` will need."""
        h = tf.tanh(projection + recurrent)
        return (h,), ()

    @staticmethod
    def backward(
        before: States, after: States, saved: tuple[Tensor, ...], d_states: States
    ) -> tuple[tuple[Tensor, ...], States]:
        """Gradients of the pre-activation and of the state before the step."""
        (h,), (d_h,) = after, d_states
        return (d_h * (1 - h * h),), (tf.zeros_like(d_h),)


Cell: TypeAlias = type[LSTMCell] | type[GRUCell] | type[RNNCell]
CELLS: dict[str, Cell] = {"lstm": LSTMCell, "gru": GRUCell, "rnn": RNNCell}
