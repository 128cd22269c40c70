"""Attention over the last outputs of the recurrent layers, on top of them.

Enters: what the top recurrent layer shows, step by step. Leaves: the same with a look
back mixed in. With h_t the layer's output at step t and L the attention's length:

    score_s = h_t Wa . h_s                     s = t-L+1 ... t
    a       = softmax(score)
    c_t     = sum_s a_s h_s                    what was found
    h~_t    = tanh([c_t; h_t] Wc)              goes to the dense layer

A step looks at its own output too, which is how it says that nothing earlier helps.
What is not there (before the text, in another document, padding) is left out of the
softmax. The outputs themselves are not touched, so the recurrence runs at full speed
and all steps of a window are attended to at once.

Source: Luong, Pham and Manning (2015), "general" score and equation 5; over a language
model's own outputs: Daniluk et al. (2017), Merity (2019).
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import keras
import tensorflow as tf

from app.text.vocabulary import BOS

Tensor: TypeAlias = tf.Tensor

# Such a score has the weight 0 in float32, and no softmax becomes 0 / 0 by it.
UNSEEN = -1e9


class AttentionWeights(NamedTuple):
    """The two matrices of the equations above."""

    query_kernel: Tensor  # Wa [units, units]
    kernel: Tensor  # Wc [2 * units, units]


def attend(
    queries: Tensor, keys: Tensor, is_seen: Tensor, weights: AttentionWeights
) -> Tensor:
    """h~ of every query.

    Args:
        queries: h_t, float32 [batch, num_queries, units].
        keys: all h_s, float32 [batch, num_keys, units].
        is_seen: bool [batch, num_queries, num_keys], which s a t looks at.
        weights: of the layer.

    Returns:
        float32 [batch, num_queries, units].
    """
    scores = tf.matmul(
        tf.tensordot(queries, weights.query_kernel, 1), keys, transpose_b=True
    )
    shares = tf.nn.softmax(tf.where(is_seen, scores, UNSEEN))
    found = tf.matmul(shares, keys)
    return tf.tanh(tf.tensordot(tf.concat([found, queries], 2), weights.kernel, 1))


def attend_window(
    outputs: Tensor, inputs: Tensor, last_outputs: Tensor, weights: AttentionWeights
) -> tuple[Tensor, Tensor]:
    """h~ for a window of training, whose steps look back over its beginning.

    Drawn for a length of 3 and windows of 2 steps::

        last outputs   window   e looks at   f looks at
        b c d          e f      c d e        d e f
        . . d          e f      d e          d e f        the text began with d
        b c d          e F      c d e        F            another begins with F

    Args:
        outputs: float32 [time, batch, units], of the top recurrent layer.
        inputs: int32 [time, batch], what it has read; BOS begins a document.
        last_outputs: float32 [batch, length, units], those before the window, as
            they were: no gradient goes back into them. Zero rows stand for nothing.
        weights: of the layer.

    Returns:
        float32 [time, batch, units], and the last outputs after the window.
    """
    length, steps = last_outputs.shape[1], outputs.shape[0]
    queries = tf.transpose(outputs, (1, 0, 2))  # [batch, time, units]
    keys = tf.concat([last_outputs, queries], axis=1)  # [batch, length + time, units]
    # Floats, as oneDNN cannot transpose integers everywhere, and says so.
    begins = tf.cast(inputs == BOS, tf.float32)
    document = tf.transpose(tf.cumsum(begins))  # [batch, time]; 0 goes on from before
    documents = tf.pad(document, [[0, 0], [length, 0]])
    is_there = tf.pad(  # in the window all are
        tf.reduce_any(last_outputs != 0, axis=2),
        [[0, 0], [0, steps]],
        constant_values=True,
    )
    # A query stands `length` keys further right than its number.
    behind = length + tf.range(steps)[:, None] - tf.range(length + steps)
    is_near = (behind >= 0) & (behind < length)  # [time, length + time]
    is_same = document[:, :, None] == documents[:, None, :]
    seen = is_near & is_same & is_there[:, None, :]
    is_kept = is_there & (documents == document[:, -1:])
    kept = keys * tf.cast(is_kept, tf.float32)[:, :, None]
    attended = attend(queries, keys, seen, weights)
    return tf.transpose(attended, (1, 0, 2)), kept[:, -length:]


@keras.saving.register_keras_serializable("nextword")
class Attention(keras.layers.Layer):
    """Attention of a text's last step over the last outputs of the layer below.

    float32 [batch, time, units], padded right and masked, to [batch, units]. A model
    with this layer opens where `app.network.model` has been imported.

    Args:
        length: outputs looked at, the last one's own included.
        seed: of the initial weights.
        options: of every Keras layer.
    """

    def __init__(self, length: int, seed: int = 0, **options: object) -> None:
        super().__init__(**options)
        self.length = length
        self.seed = seed
        self.supports_masking = True

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the two matrices."""
        units = input_shape[-1]
        glorot = keras.initializers.GlorotUniform
        self.query_kernel = self.add_weight(
            (units, units), glorot(self.seed), name="query_kernel"
        )
        self.kernel = self.add_weight(
            (2 * units, units), glorot(self.seed + 1), name="kernel"
        )

    def call(self, outputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """h~ of the last step that is not masked."""
        steps = tf.range(tf.shape(outputs)[1])
        is_there = tf.ones(tf.shape(outputs)[:2], tf.bool) if mask is None else mask
        last = tf.reduce_max(tf.where(is_there, steps, 0), axis=1)  # [batch]
        query = tf.gather(outputs, last[:, None], batch_dims=1)  # [batch, 1, units]
        behind = last[:, None] - steps
        seen = is_there & (behind >= 0) & (behind < self.length)
        weights = AttentionWeights(self.query_kernel.value, self.kernel.value)
        return attend(query, outputs, seen[:, None, :], weights)[:, 0]

    def compute_mask(self, outputs: Tensor, mask: Tensor | None = None) -> None:
        """Nothing is padded any more."""

    def get_config(self) -> dict[str, object]:
        """What `__init__` takes."""
        return {**super().get_config(), "length": self.length, "seed": self.seed}
