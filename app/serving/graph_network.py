"""The network as plain TensorFlow operations: what the exported graph computes.

Enters: an architecture and the weights of a model folder, under our own names.
Leaves: the step contract (start, advance, log_probabilities) on tensors, made of
matrix products and activations only. Dropout, random numbers, masks and Keras layers
are left out on purpose: what is exported only predicts, and a Keras layer with
dropout leaves random operations and an assignment to its seed in the graph.
The equations are those of `app/language/cells.py`, which explains them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from app.serving.step_states import state_shapes
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD

# States are batch first: (hidden,) or (hidden, cell), each float32 [batch, layers,
# units]; then, with attention, the last outputs, float32 [batch, attention_length,
# units]. With a context_length it is (window,), int32 [batch, context_length], the ids
# read last, padded with PAD on the left.
States = tuple[tf.Tensor, ...]

_ACTIVATIONS = {"relu": tf.nn.relu, "tanh": tf.tanh, "linear": tf.identity}


class GraphNetwork(tf.Module):
    """The step contract inside a graph.

    Args:
        architecture: the shape of the network.
        weights: float32 arrays under the names of the model folder's `weights/`.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        super().__init__(name="network")
        self.architecture = architecture
        # Variables and not constants: a graph file may not exceed 2 GiB.
        self.weights = {
            name: tf.Variable(np.asarray(value), trainable=False, name=name)
            for name, value in weights.items()
        }

    @property
    def state_specs(self) -> list[tf.TensorSpec]:
        """Name, shape and type of each state that a caller carries along.

        Raises:
            ValueError: the network has a limited context and carries none.
        """
        return [
            tf.TensorSpec([None, *shape], tf.float32, name)
            for name, shape in state_shapes(self.architecture).items()
        ]

    def start(self, batch: tf.Tensor) -> States:
        """States of `batch` rows (int32 scalar) that have read BOS and nothing else."""
        return self.advance(self._zero_states(batch), tf.fill([batch], BOS))

    def advance(self, states: States, token_ids: tf.Tensor) -> States:
        """The states after one more token a row; token_ids: int32 [batch]."""
        if self.architecture.context_length is not None:
            (window,) = states
            return (tf.concat([window[:, 1:], token_ids[:, tf.newaxis]], axis=1),)
        return self._step(states, token_ids)

    def embed(self, token_ids: tf.Tensor) -> tf.Tensor:
        """The vectors of int32 [batch], float32 [batch, embedding_width]."""
        return tf.gather(self.weights["embedding"], token_ids)

    def read(self, states: States, token_ids: tf.Tensor) -> States:
        """The states after several tokens; token_ids: int32 [batch, time].

        Rows of unequal length are padded with PAD, which leaves a row's state as it
        is: on the right for texts, on the left for the windows of `classic`.
        """
        return self._loop(self.advance, states, token_ids)

    def log_probabilities(self, states: States) -> tf.Tensor:
        """float32 [batch, vocabulary_size]: of the next token, in nats."""
        if self.architecture.context_length is not None:
            (window,) = states
            zeros = self._zero_recurrent_states(tf.shape(window)[0])
            states = self._loop(self._step, zeros, window)
        hidden = states[0][:, -1]  # of the top layer: [batch, units]
        if self.architecture.attention_length is not None:
            hidden = self._attend(states[-1])
        activation = _ACTIVATIONS[self.architecture.dense_activation]
        dense = activation(self._affine(hidden, "dense"))
        return tf.nn.log_softmax(self._affine(dense, "output"))

    def _zero_states(self, batch: tf.Tensor) -> States:
        if self.architecture.context_length is not None:
            return (tf.fill([batch, self.architecture.context_length], PAD),)
        return self._zero_recurrent_states(batch)

    def _zero_recurrent_states(self, batch: tf.Tensor) -> States:
        shape = self.architecture
        zeros = tf.zeros([batch, shape.layers, shape.units])
        states = (zeros, zeros) if shape.cell == "lstm" else (zeros,)
        if shape.attention_length is None:
            return states
        return (*states, tf.zeros([batch, shape.attention_length, shape.units]))

    def _loop(
        self,
        advance: Callable[[States, tf.Tensor], States],
        states: States,
        token_ids: tf.Tensor,
    ) -> States:
        def body(time: tf.Tensor, states: States) -> tuple[tf.Tensor, States]:
            token = token_ids[:, time]
            is_token = token != PAD  # [batch]
            advanced = advance(states, token)
            return time + 1, tuple(
                tf.where(_like(is_token, new), new, old)
                for new, old in zip(advanced, states, strict=True)
            )

        length = tf.shape(token_ids)[1]
        _, states = tf.while_loop(
            lambda time, states: time < length, body, (tf.constant(0), states)
        )
        return states

    def _step(self, states: States, token_ids: tf.Tensor) -> States:
        """One token through all recurrent layers; attention remembers the top one."""
        cell = {"lstm": self._lstm, "gru": self._gru, "rnn": self._rnn}
        remembered: States = ()
        if self.architecture.attention_length is not None:
            states, remembered = states[:-1], states[-1:]
        inputs = self.embed(token_ids)  # [batch, width]
        layers = []
        for layer in range(self.architecture.layers):
            previous = tuple(state[:, layer] for state in states)
            new = cell[self.architecture.cell](f"recurrent_{layer}", inputs, previous)
            inputs = new[0]
            layers.append(new)
        stacked = [tf.stack(parts, axis=1) for parts in zip(*layers, strict=True)]
        top = inputs[:, tf.newaxis]
        return (*stacked, *(tf.concat([it[:, 1:], top], axis=1) for it in remembered))

    def _attend(self, last_outputs: tf.Tensor) -> tf.Tensor:
        """float32 [batch, units]: see `app/language/attention.py`."""
        own = last_outputs[:, -1]  # [batch, units]
        query = own @ self.weights["attention_query_kernel"]
        scores = tf.einsum("blu,bu->bl", last_outputs, query)
        is_there = tf.reduce_any(last_outputs[:, :-1] != 0, axis=2)
        is_there = tf.pad(is_there, [[0, 0], [0, 1]], constant_values=True)
        shares = tf.nn.softmax(tf.where(is_there, scores, -np.inf))
        found = tf.einsum("bl,blu->bu", shares, last_outputs)
        joined = tf.concat([found, own], axis=1)
        return tf.tanh(joined @ self.weights["attention_kernel"])

    def _rnn(self, name: str, inputs: tf.Tensor, states: States) -> States:
        recurrent = states[0] @ self.weights[f"{name}_recurrent_kernel"]
        return (tf.tanh(self._affine(inputs, name) + recurrent),)

    def _lstm(self, name: str, inputs: tf.Tensor, states: States) -> States:
        hidden, cell = states
        recurrent = hidden @ self.weights[f"{name}_recurrent_kernel"]
        gates = tf.split(self._affine(inputs, name) + recurrent, 4, axis=1)
        input_gate, forget_gate, candidate, output_gate = gates
        cell = tf.sigmoid(forget_gate) * cell + tf.sigmoid(input_gate) * tf.tanh(
            candidate
        )
        return tf.sigmoid(output_gate) * tf.tanh(cell), cell

    def _gru(self, name: str, inputs: tf.Tensor, states: States) -> States:
        (hidden,) = states
        bias = self.weights[f"{name}_bias"]  # [2, 3 * units]: reset_after=True
        from_inputs = inputs @ self.weights[f"{name}_kernel"] + bias[0]
        from_hidden = hidden @ self.weights[f"{name}_recurrent_kernel"] + bias[1]
        update_x, reset_x, candidate_x = tf.split(from_inputs, 3, axis=1)
        update_h, reset_h, candidate_h = tf.split(from_hidden, 3, axis=1)
        update = tf.sigmoid(update_x + update_h)
        reset = tf.sigmoid(reset_x + reset_h)
        candidate = tf.tanh(candidate_x + reset * candidate_h)
        return (update * hidden + (1.0 - update) * candidate,)

    def _affine(self, inputs: tf.Tensor, name: str) -> tf.Tensor:
        return inputs @ self.weights[f"{name}_kernel"] + self.weights[f"{name}_bias"]


def step_function(network: GraphNetwork) -> Callable[..., dict[str, tf.Tensor]]:
    """One step: (token_ids, *states) -> the log-probabilities and the new states."""
    names = [spec.name for spec in network.state_specs]

    def step(token_ids: tf.Tensor, *states: tf.Tensor) -> dict[str, tf.Tensor]:
        advanced = network.advance(states, token_ids)
        outputs = {"log_probabilities": network.log_probabilities(advanced)}
        return outputs | dict(zip(names, advanced, strict=True))

    return step


def _like(flags: tf.Tensor, states: tf.Tensor) -> tf.Tensor:
    """`flags`, bool [batch], with the rank of `states` so that they broadcast."""
    return tf.reshape(flags, [-1] + [1] * (states.shape.rank - 1))
