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

from app.network.attention import AttentionWeights, attend_window
from app.network.batches import Batch
from app.network.model import weight_variables
from app.network.recurrent import CELLS, Dropout, LayerWeights, States, run_layer
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD

Tensor: TypeAlias = tf.Tensor
# Of every recurrent layer from the bottom to the top, then attention's last outputs.
AllStates: TypeAlias = tuple[States, ...]

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
        variables = {
            "embedding": model.get_layer("embedding").embeddings,
            **weight_variables(model),
        }
        self.variables = {name: it.value for name, it in variables.items()}

    def zero_states(self, batch_size: int) -> AllStates:
        """One tuple of float32 [batch_size, units] zeros for each recurrent layer.

        And, with attention, one of float32 [batch_size, attention_length, units].
        """
        shape = self.architecture
        zeros = tf.zeros((batch_size, shape.units))
        states = ((zeros,) * CELLS[shape.cell].num_states,) * shape.layers
        if shape.attention_length is None:
            return states
        return (*states, (tf.zeros((batch_size, shape.attention_length, shape.units)),))

    @property
    def output_layer(self) -> tuple[Tensor, Tensor]:
        """Kernel float32 [dense_units, vocabulary_size] and bias [vocabulary_size]."""
        return self.variables["output_kernel"], self.variables["output_bias"]

    def hidden(
        self, batch: Batch, states: AllStates, dropout_seed: Tensor | None = None
    ) -> tuple[Tensor, AllStates]:
        """What the output layer reads, for every position that has a target.

        Args:
            batch: what to read.
            states: as `zero_states` or the last call returned them.
            dropout_seed: int64 [2] in training, else None.

        Returns:
            float32 [tokens, dense_units] and the states after the window. Tokens are
            time * batch for streams, batch for windows of limited context.
        """
        rows, after = self._read(batch, states, dropout_seed)
        if dropout_seed is not None:
            rate = self.architecture.output_dropout
            rows *= _mask(tf.shape(rows), rate, dropout_seed, OUTPUT_STREAM)
        dense = tf.matmul(rows, self.variables["dense_kernel"])
        activation = keras.activations.get(self.architecture.dense_activation)
        dense = activation(dense + self.variables["dense_bias"])
        if dropout_seed is not None:
            rate = self.architecture.dense_dropout
            dense *= _mask(tf.shape(dense), rate, dropout_seed, DENSE_STREAM)
        return dense, after

    def _read(
        self, batch: Batch, states: AllStates, dropout_seed: Tensor | None
    ) -> tuple[Tensor, AllStates]:
        """What the dense layer reads, float32 [tokens, units], and the states."""
        if self.architecture.context_length is not None:
            # Every window begins with BOS or in the middle of a text, from zero.
            states = tf.nest.map_structure(tf.zeros_like, states)
        recurrent = states[: self.architecture.layers]
        outputs, after = self._run_stack(
            "recurrent", batch.inputs, recurrent, batch.inputs != BOS, dropout_seed
        )
        if self.architecture.attention_length is not None:
            ((last_outputs,),) = states[self.architecture.layers :]
            weights = AttentionWeights(
                self.variables["attention_query_kernel"],
                self.variables["attention_kernel"],
            )
            outputs, last_outputs = attend_window(
                outputs, batch.inputs, last_outputs, weights
            )
            after = (*after, (last_outputs,))
        if self.architecture.context_length is None:
            return tf.reshape(outputs, (-1, self.architecture.units)), after
        ends = batch.lengths - 1
        last = tf.stack([ends, tf.range(tf.shape(ends)[0])], axis=1)
        return tf.gather_nd(outputs, last), after

    def _run_stack(
        self,
        name: str,
        token_ids: Tensor,
        states: AllStates,
        keep: Tensor,
        dropout_seed: Tensor | None,
    ) -> tuple[Tensor, AllStates]:
        """The recurrent layers that begin with `name`, one on top of the other.

        Args:
            name: "recurrent", "left" or "right".
            token_ids: int32 [time, batch].
            states: before the window, of each layer.
            keep: bool [time, batch], False where the state is forgotten first.
            dropout_seed: int64 [2] in training, else None.

        Returns:
            float32 [time, batch, units] from the top layer, and all layers' states.
        """
        keep = tf.cast(keep, tf.float32)[:, :, None]
        values = self._vectors(token_ids, dropout_seed)
        first = self.architecture.layers if name == "right" else 0
        after = []
        for index, before in enumerate(states):
            values, state = run_layer(
                self.architecture.cell,
                values,
                self._layer_weights(f"{name}_{index}"),
                before,
                keep=keep,
                dropout=self._layer_dropout(first + index, values, dropout_seed),
            )
            after.append(state)
        return values, tuple(after)

    def _vectors(self, token_ids: Tensor, dropout_seed: Tensor | None) -> Tensor:
        """float32 [time, batch, embedding_width]; zeros for the words that are dropped.

        Where the vectors are frozen only the learned columns have a gradient. A word
        is dropped wherever it stands in the window.

        Source: Gal and Ghahramani (2016), section 4.2.
        """
        shape = self.architecture
        values = tf.gather(self.variables["embedding"], token_ids)
        if shape.learned_dim and not shape.trainable_embeddings:
            vectors, learned = tf.split(
                values, [shape.embedding_dim, shape.learned_dim], axis=2
            )
            values = tf.concat([tf.stop_gradient(vectors), learned], axis=2)
        if dropout_seed is None or shape.word_dropout == 0:
            return values
        rows = (shape.vocabulary_size, 1)
        mask = _mask(rows, shape.word_dropout, dropout_seed, WORD_STREAM)
        return values * tf.gather(mask, token_ids)

    def _layer_weights(self, layer: str) -> LayerWeights:
        names = ("kernel", "recurrent_kernel", "bias")
        return LayerWeights(*(self.variables[f"{layer}_{name}"] for name in names))

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


class TwoSidedForward(Forward):
    """Runs a two-sided model over windows of training, at the speed of `Forward`.

    The left reader goes on from window to window. The right reader begins with nothing
    at the end of the window, as at the end of a document, so it sees up to a window of
    tokens and learns to do with few: a text that somebody types may end anywhere.
    """

    def _read(
        self, batch: Batch, states: AllStates, dropout_seed: Tensor | None
    ) -> tuple[Tensor, AllStates]:
        """Both sides of every target: float32 [tokens, 2 * units], and the states."""
        left, after = self._run_stack(
            "left", batch.inputs, states, batch.inputs != BOS, dropout_seed
        )
        # The last of a document or of the window has nothing on its right.
        following = tf.concat(
            [batch.inputs[1:], tf.fill(batch.inputs[:1].shape, PAD)], axis=0
        )
        goes_on = (following != BOS) & (following != PAD)
        backwards, _ = self._run_stack(
            "right",
            tf.reverse(batch.targets, [0]),
            self.zero_states(batch.inputs.shape[1]),
            tf.reverse(goes_on, [0]),
            dropout_seed,
        )
        right = tf.roll(tf.reverse(backwards, [0]), -1, axis=0)
        right *= tf.cast(goes_on, tf.float32)[:, :, None]
        width = 2 * self.architecture.units
        return tf.reshape(tf.concat([left, right], axis=2), (-1, width)), after


def _mask(shape: Tensor, rate: float, seed: Tensor, stream: int) -> Tensor:
    """0 with probability `rate`, else 1 / (1 - rate); other streams, other draws."""
    if rate == 0:
        return tf.constant(1.0)
    drawn = tf.random.stateless_uniform(
        shape, seed + tf.constant([0, stream], tf.int64)
    )
    return tf.cast(drawn >= rate, tf.float32) / (1 - rate)
