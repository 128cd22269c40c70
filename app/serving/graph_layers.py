"""The layers around the cells as plain TensorFlow operations.

The twin of `app/language/layers.py`, `cells.py` and `attention.py`, which have the
equations: what reads tokens (`GraphReader`), what predicts them (`GraphHead`). Dropout,
random numbers, masks and Keras layers are left out on purpose: what is exported only
predicts, and a Keras layer with dropout leaves random operations and an assignment to
its seed in the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from app.settings import Architecture
from app.text.vocabulary import PAD

# States are batch first: (hidden,) or (hidden, cell), each float32 [batch, layers,
# units]; then, with attention, the last outputs, float32 [batch, attention_length,
# units]. A network with a context_length has others, see `graph_network`.
States = tuple[tf.Tensor, ...]

Weights = Mapping[str, tf.Variable]

_ACTIVATIONS = {"relu": tf.nn.relu, "tanh": tf.tanh, "linear": tf.identity}


def variables(weights: Mapping[str, np.ndarray], prefix: str = "") -> Weights:
    """Weights of a model folder as part of a graph.

    Variables and not constants: a graph file may not exceed 2 GiB.
    """
    return {
        name: tf.Variable(np.asarray(value), trainable=False, name=prefix + name)
        for name, value in weights.items()
    }


class GraphReader(tf.Module):
    """Recurrent layers, one on top of the other, and an attention where there is one.

    Args:
        architecture: the shape of the network.
        weights: of the network.
        name: with which the names of the recurrent layers' weights begin.
    """

    def __init__(self, architecture: Architecture, weights: Weights, name: str) -> None:
        super().__init__(name=name)
        self._architecture = architecture
        self._weights = weights
        self._stack = name

    def zero_states(self, batch: tf.Tensor) -> States:
        """The states before the first token; batch: int32 scalar."""
        shape = self._architecture
        zeros = tf.zeros([batch, shape.layers, shape.units])
        states = (zeros, zeros) if shape.cell == "lstm" else (zeros,)
        if shape.attention_length is None:
            return states
        return (*states, tf.zeros([batch, shape.attention_length, shape.units]))

    def advance(self, states: States, token_ids: tf.Tensor) -> States:
        """The states after one more token a row; token_ids: int32 [batch]."""
        cell = {"lstm": self._lstm, "gru": self._gru, "rnn": self._rnn}
        remembered: States = ()
        if self._architecture.attention_length is not None:
            states, remembered = states[:-1], states[-1:]
        inputs = tf.gather(self._weights["embedding"], token_ids)  # [batch, width]
        layers = []
        for layer in range(self._architecture.layers):
            previous = tuple(state[:, layer] for state in states)
            name = f"{self._stack}_{layer}"
            new = cell[self._architecture.cell](name, inputs, previous)
            inputs = new[0]
            layers.append(new)
        stacked = [tf.stack(parts, axis=1) for parts in zip(*layers, strict=True)]
        top = inputs[:, tf.newaxis]
        return (*stacked, *(tf.concat([it[:, 1:], top], axis=1) for it in remembered))

    def read(self, states: States, token_ids: tf.Tensor) -> States:
        """The states after several tokens; see `read_tokens`."""
        return read_tokens(self.advance, states, token_ids)

    def output(self, states: States) -> tf.Tensor:
        """What the topmost layer shows after the last token, float32 [batch, units]."""
        if self._architecture.attention_length is not None:
            return self._attend(states[-1])
        return states[0][:, -1]

    def _attend(self, last_outputs: tf.Tensor) -> tf.Tensor:
        own = last_outputs[:, -1]  # [batch, units]
        query = own @ self._weights["attention_query_kernel"]
        scores = tf.einsum("blu,bu->bl", last_outputs, query)
        is_there = tf.reduce_any(last_outputs[:, :-1] != 0, axis=2)
        is_there = tf.pad(is_there, [[0, 0], [0, 1]], constant_values=True)
        shares = tf.nn.softmax(tf.where(is_there, scores, -np.inf))
        found = tf.einsum("bl,blu->bu", shares, last_outputs)
        joined = tf.concat([found, own], axis=1)
        return tf.tanh(joined @ self._weights["attention_kernel"])

    def _rnn(self, name: str, inputs: tf.Tensor, states: States) -> States:
        recurrent = states[0] @ self._weights[f"{name}_recurrent_kernel"]
        return (tf.tanh(affine(inputs, self._weights, name) + recurrent),)

    def _lstm(self, name: str, inputs: tf.Tensor, states: States) -> States:
        hidden, cell = states
        recurrent = hidden @ self._weights[f"{name}_recurrent_kernel"]
        gates = tf.split(affine(inputs, self._weights, name) + recurrent, 4, axis=1)
        input_gate, forget_gate, candidate, output_gate = gates
        cell = tf.sigmoid(forget_gate) * cell + tf.sigmoid(input_gate) * tf.tanh(
            candidate
        )
        return tf.sigmoid(output_gate) * tf.tanh(cell), cell

    def _gru(self, name: str, inputs: tf.Tensor, states: States) -> States:
        (hidden,) = states
        bias = self._weights[f"{name}_bias"]  # [2, 3 * units]: reset_after=True
        from_inputs = inputs @ self._weights[f"{name}_kernel"] + bias[0]
        from_hidden = hidden @ self._weights[f"{name}_recurrent_kernel"] + bias[1]
        update_x, reset_x, candidate_x = tf.split(from_inputs, 3, axis=1)
        update_h, reset_h, candidate_h = tf.split(from_hidden, 3, axis=1)
        update = tf.sigmoid(update_x + update_h)
        reset = tf.sigmoid(reset_x + reset_h)
        candidate = tf.tanh(candidate_x + reset * candidate_h)
        return (update * hidden + (1.0 - update) * candidate,)


class GraphHead(tf.Module):
    """From what a reader shows to log-probabilities: the dense and the output layer.

    Args:
        architecture: says which activation.
        weights: of the network.
    """

    def __init__(self, architecture: Architecture, weights: Weights) -> None:
        super().__init__(name="head")
        self._activation = _ACTIVATIONS[architecture.dense_activation]
        self._weights = weights

    def log_probabilities(self, shown: tf.Tensor) -> tf.Tensor:
        """float32 [batch, vocabulary_size], in nats, of float32 [batch, units]."""
        dense = self._activation(affine(shown, self._weights, "dense"))
        return tf.nn.log_softmax(affine(dense, self._weights, "output"))


def read_tokens(
    advance: Callable[[States, tf.Tensor], States],
    states: States,
    token_ids: tf.Tensor,
) -> States:
    """The states after several tokens; token_ids: int32 [batch, time].

    Rows of unequal length are padded with PAD, which leaves a row's state as it is: on
    the right for texts, on the left for the windows of `classic`.
    """

    def body(time: tf.Tensor, states: States) -> tuple[tf.Tensor, States]:
        token = token_ids[:, time]
        return time + 1, advance_where(advance, states, token, token != PAD)

    length = tf.shape(token_ids)[1]
    _, states = tf.while_loop(
        lambda time, states: time < length, body, (tf.constant(0), states)
    )
    return states


def advance_where(
    advance: Callable[[States, tf.Tensor], States],
    states: States,
    token_ids: tf.Tensor,
    is_token: tf.Tensor,
) -> States:
    """The states after one more token in those rows where bool [batch] `is_token`."""
    return tuple(
        tf.where(_like(is_token, new), new, old)
        for new, old in zip(advance(states, token_ids), states, strict=True)
    )


def affine(inputs: tf.Tensor, weights: Weights, name: str) -> tf.Tensor:
    """What a layer of this name makes of its inputs, without activation."""
    return inputs @ weights[f"{name}_kernel"] + weights[f"{name}_bias"]


def _like(flags: tf.Tensor, states: tf.Tensor) -> tf.Tensor:
    """`flags`, bool [batch], with the rank of `states` so that they broadcast."""
    return tf.reshape(flags, [-1] + [1] * (states.shape.rank - 1))
