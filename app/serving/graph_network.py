"""The networks as plain TensorFlow operations: what the exported graph computes.

Enters: an architecture and the weights of a model folder, under our own names.
Leaves: the step contract (start, advance, log_probabilities) on tensors, and the
questions that can be put to the network for blanks. The layers are those of
`graph_layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from app.serving.graph_layers import (
    GraphHead,
    GraphReader,
    States,
    read_tokens,
    variables,
)
from app.serving.step_states import state_shapes
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD


class GraphNetwork(tf.Module):
    """The step contract inside a graph.

    Args:
        architecture: the shape of the network.
        weights: float32 arrays under the names of the model folder's `weights/`.

    With a context_length the states are (window,), int32 [batch, context_length], the
    ids read last, padded with PAD on the left.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        super().__init__(name="network")
        self.architecture = architecture
        self.weights = variables(weights)
        self._reader = GraphReader(architecture, self.weights, "recurrent")
        self._head = GraphHead(architecture, self.weights)

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
        return self._reader.advance(states, token_ids)

    def read(self, states: States, token_ids: tf.Tensor) -> States:
        """The states after several tokens; see `read_tokens`."""
        return read_tokens(self.advance, states, token_ids)

    def log_probabilities(self, states: States) -> tf.Tensor:
        """float32 [batch, vocabulary_size]: of the next token, in nats."""
        if self.architecture.context_length is not None:
            (window,) = states
            zeros = self._reader.zero_states(tf.shape(window)[0])
            states = self._reader.read(zeros, window)
        return self._head.log_probabilities(self._reader.output(states))

    def _zero_states(self, batch: tf.Tensor) -> States:
        if self.architecture.context_length is not None:
            return (tf.fill([batch, self.architecture.context_length], PAD),)
        return self._reader.zero_states(batch)


def step_function(network: GraphNetwork) -> Callable[..., dict[str, tf.Tensor]]:
    """One step: (token_ids, *states) -> the log-probabilities and the new states."""
    names = [spec.name for spec in network.state_specs]

    def step(token_ids: tf.Tensor, *states: tf.Tensor) -> dict[str, tf.Tensor]:
        advanced = network.advance(states, token_ids)
        outputs = {"log_probabilities": network.log_probabilities(advanced)}
        return outputs | dict(zip(names, advanced, strict=True))

    return step


class GraphTwoSided(tf.Module):
    """The network that reads both sides of a blank, inside a graph.

    The twin of `app/language/two_sided.py`. A side is the states of its reader.

    Args:
        architecture: of the network for blanks.
        weights: its arrays; the word vectors are those of the other network.
        embedding: the word vectors, already part of the graph.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Mapping[str, np.ndarray],
        embedding: tf.Variable,
    ) -> None:
        super().__init__(name="two_sided")
        own = {name: it for name, it in weights.items() if name != "embedding"}
        self.weights = {**variables(own, "blank_"), "embedding": embedding}
        parts = architecture, self.weights
        self._left = GraphReader(*parts, "left")
        self._right = GraphReader(*parts, "right")
        self._head = GraphHead(architecture, self.weights)

    def read_left(self, left_ids: tf.Tensor) -> States:
        """What is left of a blank: int32 [batch, time], padded right with PAD."""
        batch = tf.shape(left_ids)[0]
        zeros = self._left.zero_states(batch)
        begun = self._left.advance(zeros, tf.fill([batch], BOS))
        return self._left.read(begun, left_ids)

    def read_right(self, right_ids: tf.Tensor) -> States:
        """What is right of it, in the order of the text, padded right with PAD."""
        lengths = tf.math.count_nonzero(right_ids != PAD, axis=1, dtype=tf.int32)
        backwards = tf.reverse_sequence(right_ids, lengths, seq_axis=1)
        zeros = self._right.zero_states(tf.shape(right_ids)[0])
        return self._right.read(zeros, backwards)

    def log_probabilities(self, left: States, right: States) -> tf.Tensor:
        """float32 [batch, vocabulary_size], nats: of the token between two sides."""
        shown = [self._left.output(left), self._right.output(right)]
        return self._head.log_probabilities(tf.concat(shown, axis=1))

    def score_pairs(
        self, left: States, right: States, first: tf.Tensor, second: tf.Tensor
    ) -> tf.Tensor:
        """How well words of two tokens fit, float32 [words], nats.

        The log-probability of each of both, the other one being known: see
        `Between.score`.

        Args:
            left: one row.
            right: one row.
            first: int32 [words].
            second: int32 [words].
        """
        left = tuple(tf.repeat(it, tf.size(first), axis=0) for it in left)
        right = tuple(tf.repeat(it, tf.size(first), axis=0) for it in right)
        of_first = self.log_probabilities(left, self._right.advance(right, second))
        of_second = self.log_probabilities(self._left.advance(left, first), right)
        return tf.gather(of_first, first, batch_dims=1) + tf.gather(
            of_second, second, batch_dims=1
        )
