"""Keras' recurrent layers with the fast recurrence inside.

    layer = fused(keras.layers.LSTM(256, dropout=0.2, return_sequences=True))

The layer stays what it is: a `keras.layers.LSTM`, `GRU` or `SimpleRNN` with its own
weights and configuration, which Keras saves as such and loads without `app`. Only its
loop over time is exchanged, and only where `recurrent` computes the same numbers; on a
GPU, where Keras calls cuDNN, and for anything unusual (another activation, no bias,
half precision) Keras' own loop runs as before.

Every new shape of inputs is compiled once, which takes about a second.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import keras
import tensorflow as tf

from app.network.recurrent import Dropout, LayerWeights, run_layer

Tensor: TypeAlias = tf.Tensor

CELL_NAMES = {
    keras.layers.LSTM: "lstm",
    keras.layers.GRU: "gru",
    keras.layers.SimpleRNN: "rnn",
}


def fused(layer: keras.layers.RNN) -> keras.layers.RNN:
    """The same layer; from now on its loop over time is the fast one.

    Raises:
        TypeError: it is not exactly an LSTM, a GRU or a SimpleRNN.
    """
    if type(layer) not in CELL_NAMES:
        raise TypeError(
            f"fused() knows LSTM, GRU and SimpleRNN, but not {type(layer).__name__}"
        )
    own_loop = layer.inner_loop

    def inner_loop(
        sequences: Tensor, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        if not _is_supported(layer):
            return own_loop(sequences, initial_state, mask, training=training)
        states = tuple(tf.nest.flatten(initial_state))
        (mask,) = tf.nest.flatten(mask)[:1] or (None,)
        return _run(layer, sequences, states, mask, training)

    layer.inner_loop = inner_loop
    return layer


def _is_supported(layer: keras.layers.RNN) -> bool:
    """Whether `run_layer` computes what this layer computes."""
    cell = layer.cell
    return (
        not tf.config.list_logical_devices("GPU")
        and getattr(layer, "use_cudnn", False) is not True
        and cell.activation is keras.activations.tanh
        and getattr(cell, "recurrent_activation", keras.activations.sigmoid)
        is keras.activations.sigmoid
        and cell.use_bias
        and getattr(cell, "reset_after", True)
        and cell.compute_dtype == cell.variable_dtype == "float32"
        and max(cell.dropout, cell.recurrent_dropout) < 1
        and not layer.unroll
    )


def _run(
    layer: keras.layers.RNN,
    sequences: Tensor,
    states: tuple[Tensor, ...],
    mask: Tensor | None,
    training: bool,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Keras' inner loop: last output, outputs [batch, time, units] and states.

    Args:
        layer: one that `_is_supported`.
        sequences: float32 [batch, time, inputs].
        states: each float32 [batch, units].
        mask: bool [batch, time], False where a step is to be skipped.
        training: whether to drop anything.
    """
    cell = layer.cell
    inputs = _time_major(layer, sequences)
    present = None
    if mask is not None:
        present = tf.cast(_time_major(layer, mask), tf.float32)[:, :, None]
    outputs, last = run_layer(
        CELL_NAMES[type(layer)],
        inputs,
        LayerWeights(cell.kernel.value, cell.recurrent_kernel.value, cell.bias.value),
        states,
        present=present,
        dropout=_dropout(cell, inputs[0], states[0]) if training else None,
    )
    if present is not None:
        # A skipped step repeats the output before it, and the first ones show zeros.
        shown = present if layer.zero_output_for_mask else tf.math.cumsum(present)
        outputs = tf.where(shown > 0, outputs, 0.0)
    sequence = tf.transpose(outputs, (1, 0, 2))
    return outputs[-1], sequence, list(last)


def _time_major(layer: keras.layers.RNN, values: Tensor) -> Tensor:
    """[time, batch, ...], the last step first where the layer goes backwards."""
    swapped = tf.transpose(values, (1, 0, *range(2, values.shape.rank)))
    return tf.reverse(swapped, (0,)) if layer.go_backwards else swapped


def _dropout(cell: keras.Layer, step: Tensor, hidden: Tensor) -> Dropout:
    """The masks that Keras drew for this call of the layer."""
    whole = tf.constant(1.0)
    inputs = cell.get_dropout_mask(step) if cell.dropout else whole
    dropped = cell.get_recurrent_dropout_mask(hidden)
    return Dropout(
        tf.convert_to_tensor(inputs),
        whole if dropped is None else tf.convert_to_tensor(dropped),
    )
