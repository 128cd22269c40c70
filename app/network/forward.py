"""The Sequential's own variables, run over a window with the state going in and out.

Keras' `Sequential` hides the recurrent state, and training on contiguous text needs it
carried on. This is the same network, layer for layer, on the same variables; a test
holds the two equal. Dropout masks are a function of a seed and the number of the step,
never of a hidden generator, so a run that is resumed draws what it would have drawn.
"""

from __future__ import annotations

from typing import TypeAlias

import keras
import tensorflow as tf

from app.network.model import weight_variables
from app.network.recurrent import CELLS, Dropout, LayerWeights, States, run_layer
from app.settings import Architecture
from app.text.vocabulary import BOS

Tensor: TypeAlias = tf.Tensor
AllStates: TypeAlias = tuple[
    States, ...
]  # of every recurrent layer, from the bottom to the top

# Which draw of a step a dropout mask is; the layers' own follow, two for each.
DENSE_STREAM, OUTPUT_STREAM, WORD_STREAM, FIRST_LAYER_STREAM = range(4)


class Forward:
    """Runs a model over time-major windows.

    Args:
        model: the network that `build_model` made; its variables are read (and, by
            the gradient of what is computed here, trained) in place.
        architecture: its shape.
    """

    def __init__(self, model: keras.Sequential, architecture: Architecture) -> None:
        self.architecture = architecture
        self.variables = {
            name: variable.value for name, variable in weight_variables(model).items()
        }

    def zero_states(self, batch_size: int) -> AllStates:
        """One tuple of float32 [batch_size, units] zeros for each recurrent layer."""
        count = CELLS[self.architecture.cell].num_states
        zeros = tf.zeros((batch_size, self.architecture.units))
        return ((zeros,) * count,) * self.architecture.layers

    @property
    def output_layer(self) -> tuple[Tensor, Tensor]:
        """Kernel float32 [dense_units, vocabulary_size] and bias [vocabulary_size]."""
        return self.variables["output_kernel"], self.variables["output_bias"]

    def hidden(
        self,
        inputs: Tensor,
        lengths: Tensor,
        states: AllStates,
        dropout_seed: Tensor | None = None,
    ) -> tuple[Tensor, AllStates]:
        """What the output layer reads, for every position that has a target.

        Args:
            inputs: int32 [time, batch].
            lengths: int32 [batch]; used by networks of limited context only.
            states: as `zero_states` or the last call returned them.
            dropout_seed: int64 [2] in training, else None.

        Returns:
            float32 [tokens, dense_units] and the states after the window. Tokens are
            time * batch for streams, batch for windows of limited context.
        """
        if self.architecture.context_length is not None:
            # Every window begins with BOS or in the middle of a text, from zero.
            states = tf.nest.map_structure(tf.zeros_like, states)
        outputs, states = self._recurrent_stack(inputs, states, dropout_seed)
        if self.architecture.context_length is not None:
            last = tf.stack([lengths - 1, tf.range(tf.shape(lengths)[0])], axis=1)
            rows = tf.gather_nd(outputs, last)  # [batch, units]
        else:
            rows = tf.reshape(outputs, (-1, self.architecture.units))
        if dropout_seed is not None:
            rate = self.architecture.output_dropout
            rows *= _mask(tf.shape(rows), rate, dropout_seed, OUTPUT_STREAM)
        dense = tf.matmul(rows, self.variables["dense_kernel"])
        activation = keras.activations.get(self.architecture.dense_activation)
        dense = activation(dense + self.variables["dense_bias"])
        if dropout_seed is not None:
            rate = self.architecture.dense_dropout
            dense *= _mask(tf.shape(dense), rate, dropout_seed, DENSE_STREAM)
        return dense, states

    def _recurrent_stack(
        self, inputs: Tensor, states: AllStates, dropout_seed: Tensor | None
    ) -> tuple[Tensor, AllStates]:
        """float32 [time, batch, units] from the top layer, and all layers' states."""
        keep = tf.cast(inputs != BOS, tf.float32)[:, :, None]
        values = self._vectors(inputs, dropout_seed)
        after = []
        for index, before in enumerate(states):
            values, state = run_layer(
                self.architecture.cell,
                values,
                self._layer_weights(index),
                before,
                keep=keep,
                dropout=self._layer_dropout(index, values, dropout_seed),
            )
            after.append(state)
        return values, tuple(after)

    def _vectors(self, inputs: Tensor, dropout_seed: Tensor | None) -> Tensor:
        """float32 [time, batch, embedding_width]; zeros for the words that are dropped.

        Where the vectors are frozen only the learned columns have a gradient. A word
        is dropped wherever it stands in the window.

        Source: Gal and Ghahramani (2016), section 4.2.
        """
        shape = self.architecture
        values = tf.gather(self.variables["embedding"], inputs)
        if shape.learned_dim and not shape.trainable_embeddings:
            vectors, learned = tf.split(
                values, [shape.embedding_dim, shape.learned_dim], axis=2
            )
            values = tf.concat([tf.stop_gradient(vectors), learned], axis=2)
        if dropout_seed is None or shape.word_dropout == 0:
            return values
        rows = (shape.vocabulary_size, 1)
        mask = _mask(rows, shape.word_dropout, dropout_seed, WORD_STREAM)
        return values * tf.gather(mask, inputs)

    def _layer_weights(self, index: int) -> LayerWeights:
        names = ("kernel", "recurrent_kernel", "bias")
        return LayerWeights(
            *(self.variables[f"recurrent_{index}_{name}"] for name in names)
        )

    def _layer_dropout(
        self, index: int, values: Tensor, seed: Tensor | None
    ) -> Dropout | None:
        if seed is None:
            return None
        batch_size, width = tf.shape(values)[1], values.shape[2]
        shape, stream = self.architecture, FIRST_LAYER_STREAM + 2 * index
        return Dropout(
            _mask((batch_size, width), shape.dropout, seed, stream),
            _mask((batch_size, shape.units), shape.recurrent_dropout, seed, stream + 1),
        )


def _mask(shape: Tensor, rate: float, seed: Tensor, stream: int) -> Tensor:
    """0 with probability `rate`, else 1 / (1 - rate); other streams, other draws."""
    if rate == 0:
        return tf.constant(1.0)
    drawn = tf.random.stateless_uniform(
        shape, seed + tf.constant([0, stream], tf.int64)
    )
    return tf.cast(drawn >= rate, tf.float32) / (1 - rate)
