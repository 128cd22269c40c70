"""How much of a loss is felt by the states that came before it: the vanishing gradient.

A network and some texts enter; the norms of d loss_t / d state_s leave, for every step
s up to the one before the word that is predicted. Every state is nudged by nothing, and
the derivative by that nudge is what reverse mode gives: exact, through every path there
is, the shortcut of an attention among them. The state of an LSTM is hidden and cell
together.

Source: Bengio et al. 1994, Learning long-term dependencies with gradient descent is
difficult; Pascanu et al. 2013, On the difficulty of training recurrent neural networks,
section 2.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from app.network.attention import AttentionWeights, attend_window
from app.network.cells import CELLS, States
from app.network.forward import Forward


def state_gradients(
    forward: Forward, token_ids: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """The norm of d loss / d state after every token, float64 [batch, steps].

    Args:
        forward: a network with one recurrent layer, under an attention or not.
        token_ids: int32 [batch, steps], what is read, from a zero state.
        targets: int32 [batch], what follows the last token; the loss is its negative
            log-likelihood, nats.
    """
    inputs = tf.constant(token_ids.T)
    (zeros, *_) = forward.zero_states(len(token_ids))
    nudges = [tuple(map(tf.identity, zeros)) for _ in range(token_ids.shape[1])]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(nudges)
        outputs = _nudged(forward, inputs, nudges)
        logits = _last_logits(forward, outputs, inputs)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    found = tape.gradient(
        loss, nudges, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    joined = tf.stack([tf.concat(states, axis=1) for states in found], axis=1)
    return np.linalg.norm(joined.numpy().astype(np.float64), axis=2)


def _nudged(forward: Forward, inputs: tf.Tensor, nudges: list[States]) -> tf.Tensor:
    """What the layer shows, float32 [time, batch, units], every state nudged."""
    cell = CELLS[forward.architecture.cell]
    kernel, recurrent_kernel, bias = (
        forward.variables[f"recurrent_0_{part}"]
        for part in ("kernel", "recurrent_kernel", "bias")
    )
    # A GRU has a bias on either side of its reset gate.
    input_bias, recurrent_bias = tf.unstack(bias) if bias.shape.rank == 2 else (bias, 0)
    values = tf.gather(forward.variables["embedding"], inputs)
    projections = tf.tensordot(values, kernel, 1) + input_bias
    states = tuple(map(tf.zeros_like, nudges[0]))
    shown = []
    for projection, nudge in zip(tf.unstack(projections), nudges, strict=True):
        recurrent = tf.matmul(states[0], recurrent_kernel) + recurrent_bias
        after, _ = cell.forward(projection, recurrent, states)
        states = tuple(map(tf.add, after, nudge))
        shown.append(states[0])
    return tf.stack(shown)


def _last_logits(forward: Forward, outputs: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
    """What the network says after the last step, float32 [batch, vocabulary_size]."""
    variables, shape = forward.variables, forward.architecture
    if shape.attention_length is not None:
        *_, (nothing,) = forward.zero_states(inputs.shape[1])
        weights = AttentionWeights(
            variables["attention_query_kernel"], variables["attention_kernel"]
        )
        outputs, _ = attend_window(outputs, inputs, nothing, weights)
    dense = tf.matmul(outputs[-1], variables["dense_kernel"]) + variables["dense_bias"]
    dense = keras.activations.get(shape.dense_activation)(dense)
    kernel, bias = forward.output_layer
    return tf.matmul(dense, kernel) + bias
