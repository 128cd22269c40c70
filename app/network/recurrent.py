"""The fast recurrence: the same numbers as Keras' layers, several times as quick.

Keras runs a recurrent layer on the CPU as a loop of small operations and lets
automatic differentiation find its way back through them. Five observations make it
fast without changing a single number beyond rounding:

1. The input projection does not depend on the state, so the projections of all steps
   are one large matrix product, before the loop.
2. On the way back only the gradient of the state has to travel from step to step.
3. The gradient of the recurrent kernel is a sum over all steps of outer products,
   which is again one large matrix product, after the loop.
4. What is left in the loop is one small product a step and arithmetic on its result,
   which XLA compiles: one pass over the gates instead of a dozen. Being a loop it
   compiles in about a second for any number of steps; 50 unrolled steps took a minute.
5. Streams know nothing of each other, so every core loops over its own share of the
   batch: they meet once a window, where sharing out every small product would have
   them wait for each other twice a step.

Everything is time-major, [time, batch, features], so that one step is contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from app.network.cells import CELLS, States
from app.network.shares import dealt_out, num_shares

Tensor: TypeAlias = tf.Tensor


class LayerWeights(NamedTuple):
    """One recurrent layer's weights in Keras' layout (G gates of `units` each)."""

    kernel: Tensor  # [inputs, G * units]
    recurrent_kernel: Tensor  # [units, G * units]
    bias: Tensor  # [G * units]; for a GRU [2, G * units]


class Dropout(NamedTuple):
    """Masks of one layer, the same at every step of the window.

    They hold 0 or 1 / (1 - rate). A first dimension of G gives each gate a mask of its
    own, as Keras draws them for LSTM and GRU if the hidden state is dropped, too.

    Source: Gal and Ghahramani (2016), "variational" dropout.
    """

    inputs: Tensor  # [batch, inputs] or [G, batch, inputs]
    hidden: Tensor  # [batch, units] or [G, batch, units]


class Masks(NamedTuple):
    """What multiplies the states on their way through the loop."""

    keep: Tensor | None
    present: Tensor | None
    hidden: list[Tensor]  # one for all gates, or one for each


def run_layer(
    cell_name: str,
    inputs: Tensor,
    weights: LayerWeights,
    states: States,
    *,
    keep: Tensor | None = None,
    present: Tensor | None = None,
    dropout: Dropout | None = None,
) -> tuple[Tensor, States]:
    """A recurrent layer over a window of text.

    Args:
        cell_name: "lstm", "gru" or "rnn".
        inputs: float32 [time, batch, inputs].
        weights: the layer's weights.
        states: the states before the window, each float32 [batch, units].
        keep: float32 [time, batch, 1], 0 where a new document begins (the state is
            forgotten before that step is read), else 1.
        present: float32 [time, batch, 1], 0 where there is nothing to read (the state
            stands still), else 1.
        dropout: masks for inputs and hidden state; None outside training.

    Returns:
        The hidden states, float32 [time, batch, units], and the states at the end.
    """
    # As values: a compiled function must not hold on to anybody's variables.
    weights = LayerWeights(*map(tf.convert_to_tensor, weights))
    whole = tf.constant(1.0)
    input_mask, hidden_mask = dropout or (whole, whole)
    projections = _product(inputs, weights.kernel, _by_gate(input_mask))
    masks = Masks(keep, present, _by_gate(hidden_mask))
    masks = tf.nest.map_structure(_constant, masks)
    number = num_shares(*states[0].shape)
    shares = [
        _run_loop(
            cell_name, part, weights.recurrent_kernel, weights.bias, first, its_masks
        )
        for part, first, its_masks in dealt_out((projections, states, masks), number)
    ]
    outputs = tf.concat([of_share for of_share, _ in shares], axis=1)
    ends = zip(*(after for _, after in shares), strict=True)
    return outputs, tuple(tf.concat(end, axis=0) for end in ends)


def _constant(mask: Tensor | None) -> Tensor | None:
    """Where a mask comes from is no business of a gradient's."""
    return None if mask is None else tf.stop_gradient(mask)


def _by_gate(mask: Tensor) -> list[Tensor]:
    return tf.unstack(mask) if mask.shape.rank == 3 else [mask]


def _product(values: Tensor, kernel: Tensor, masks: Sequence[Tensor]) -> Tensor:
    """float32 [..., G * units]: values @ kernel, with dropout as `masks` say."""
    kernels = tf.split(kernel, len(masks), axis=1)
    products = [
        tf.tensordot(values * mask, part, 1)
        for mask, part in zip(masks, kernels, strict=True)
    ]
    return tf.concat(products, axis=-1)


def _run_loop(
    cell_name: str,
    projections: Tensor,
    kernel: Tensor,
    bias: Tensor,
    first: States,
    masks: Masks,
) -> tuple[Tensor, States]:
    """The loop over time with its exact gradient; masks are constants to it."""

    @tf.custom_gradient
    def loop(
        projections: Tensor, kernel: Tensor, bias: Tensor, *first: Tensor
    ) -> tuple[tuple[Tensor, ...], Callable[..., tuple[Tensor, ...]]]:
        # No tape has to watch the inside: its gradient is below.
        given = map(tf.stop_gradient, (projections, kernel, bias, *first))
        projections, kernel, bias, *before = given
        first = tuple(before)
        after, saved = _forward(cell_name, projections, kernel, bias, first, masks)

        def gradient(d_outputs: Tensor, *d_last: Tensor) -> tuple[Tensor, ...]:
            products, hidden, d_bias, d_first = _backward(
                cell_name, kernel, first, after, saved, d_outputs, d_last, masks
            )
            d_kernel = _kernel_gradient(hidden, products[-1])
            return products[0], d_kernel, tf.reshape(d_bias, tf.shape(bias)), *d_first

        return (after[0], *(state[-1] for state in after)), gradient

    outputs, *last = loop(projections, kernel, bias, *first)
    return outputs, tuple(last)


@tf.function(jit_compile=True, autograph=False)
def _forward(
    cell_name: str,
    projections: Tensor,
    kernel: Tensor,
    bias: Tensor,
    first: States,
    masks: Masks,
) -> tuple[States, tuple[Tensor, ...]]:
    """The states after every step and what the cell saved: each [time, batch, ...]."""
    cell = CELLS[cell_name]
    num_steps = tf.shape(projections)[0]
    # A GRU has a bias on either side of its reset gate.
    input_bias, recurrent_bias = tf.unstack(bias) if bias.shape.rank == 2 else (bias, 0)

    def step(time: Tensor, states: States, written: list[Tensor]) -> tuple:
        if masks.keep is not None:
            states = tuple(state * masks.keep[time] for state in states)
        recurrent = _product(states[0], kernel, masks.hidden) + recurrent_bias
        after, saved = cell.forward(projections[time] + input_bias, recurrent, states)
        if masks.present is not None:
            is_present = masks.present[time] > 0
            after = tuple(
                tf.where(is_present, new, old)
                for new, old in zip(after, states, strict=True)
            )
        return time + 1, after, _write(written, time, [*after, *saved])

    widths = (*(1,) * len(first), *cell.saved_widths)
    steps_and_rows = tf.unstack(tf.shape(projections)[:2])
    units = first[0].shape[1]
    empty = [tf.zeros((*steps_and_rows, units * width)) for width in widths]
    _, _, written = tf.while_loop(
        lambda time, *_: time < num_steps, step, (0, first, empty)
    )
    return tuple(written[: len(first)]), tuple(written[len(first) :])


def _shifted(first: States, after: States, keep: Tensor | None) -> States:
    """The states that every step read, [time, batch, units]."""
    before = tuple(
        tf.concat([start[None], states[:-1]], axis=0)
        for start, states in zip(first, after, strict=True)
    )
    return before if keep is None else tuple(states * keep for states in before)


@tf.function(jit_compile=True, autograph=False)
def _backward(
    cell_name: str,
    kernel: Tensor,
    first: States,
    after: States,
    saved: tuple[Tensor, ...],
    d_outputs: Tensor,
    d_last: States,
    masks: Masks,
) -> tuple[list[Tensor], list[Tensor], Tensor, States]:
    """Goes back through the steps.

    Returns:
        The gradients of the products x W and h U (one where the cell merely adds them),
        each [time, batch, G * units]; the h of the latter, [time, batch, units], one
        for all gates or one for each; and the gradients of bias and first states.
    """
    cell = CELLS[cell_name]
    before = _shifted(first, after, masks.keep)
    # Transposed once: a small product with a transposed operand costs up to twice.
    transposed = tf.split(tf.transpose(kernel), len(masks.hidden), axis=0)

    def step(time: Tensor, d_states: States, written: list[Tensor]) -> tuple:
        d_states = (d_states[0] + d_outputs[time], *d_states[1:])
        d_new, passed_by = d_states, (0.0,) * len(d_states)
        if masks.present is not None:
            present = masks.present[time]
            d_new = tuple(d_state * present for d_state in d_states)
            passed_by = tuple(d_state * (1 - present) for d_state in d_states)
        then = [tuple(e[time] for e in each) for each in (before, after, saved)]
        d_products, d_states = cell.backward(then[0], then[1], then[2], d_new)
        d_gates = tf.split(d_products[-1], len(masks.hidden), axis=1)
        d_hidden = d_states[0]
        for d_gate, part, mask in zip(d_gates, transposed, masks.hidden, strict=True):
            d_hidden += tf.matmul(d_gate, part) * mask
        d_states = (d_hidden, *d_states[1:])
        d_states = tuple(map(tf.add, d_states, passed_by))
        if masks.keep is not None:
            d_states = tuple(d_state * masks.keep[time] for d_state in d_states)
        return time - 1, d_states, _write(written, time, d_products)

    shape = (*tf.unstack(tf.shape(d_outputs)[:2]), kernel.shape[1])
    empty = [tf.zeros(shape) for _ in range(cell.num_products)]
    _, d_first, products = tf.while_loop(
        lambda time, *_: time >= 0, step, (tf.shape(d_outputs)[0] - 1, d_last, empty)
    )
    hidden = [before[0] * mask for mask in masks.hidden]
    d_bias = tf.stack([tf.reduce_sum(product, axis=(0, 1)) for product in products])
    return products, hidden, d_bias, d_first


def _write(
    arrays: Sequence[Tensor], time: Tensor, values: Sequence[Tensor]
) -> list[Tensor]:
    """Puts each value into its array at `time`; XLA does it in place."""
    return [
        tf.tensor_scatter_nd_update(array, [[time]], value[None])
        for array, value in zip(arrays, values, strict=True)
    ]


def _kernel_gradient(hidden: list[Tensor], d_products: Tensor) -> Tensor:
    """float32 [units, G * units]: the sum over all steps of outer products.

    Not compiled: oneDNN multiplies with a transposed operand faster than XLA does.
    """
    d_gates = tf.split(d_products, len(hidden), axis=2)
    parts = [
        tf.matmul(_rows(values), _rows(d_gate), transpose_a=True)
        for values, d_gate in zip(hidden, d_gates, strict=True)
    ]
    return tf.concat(parts, axis=1)


def _rows(values: Tensor) -> Tensor:
    return tf.reshape(values, (-1, values.shape[2]))
