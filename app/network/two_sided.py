"""A layer that reads what stands on both sides of every position, and never itself.

    position      0    1    2    3    4
    token         B    a    b    c    E
    left reader   >0   >1   >2   >3           reads on from the left
    right reader            <2   <3   <4      reads on from the right

    shown at 2    [>1 ; <3]

Two stacks of recurrent layers read the text, one from each side. What they show at a
position is shifted by one, away from the position, and joined: at position t stands
what the left reader knows after t-1 and the right reader after t+1. At the ends of the
text, where there is nothing to read, stand zeros. What comes after the layer (Dense,
softmax) predicts the token at t.

Source: Melamud, Goldberger and Dagan (2016), context2vec, equations 1 and 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

Tensor: TypeAlias = tf.Tensor


@keras.saving.register_keras_serializable("nextword")
class TwoSided(keras.layers.Layer):
    """float32 [batch, time, inputs], padded right and masked, to both sides' outputs.

    The outputs are float32 [batch, time, 2 * units]. A model with this layer opens
    where `app.network.model` has been imported.

    Args:
        left: recurrent layers that read from the left, from the bottom to the top, all
            with `return_sequences`.
        right: as many that read from the right.
        options: of every Keras layer.
    """

    def __init__(
        self,
        left: Sequence[keras.layers.RNN],
        right: Sequence[keras.layers.RNN],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.left = list(left)
        self.right = list(right)
        self.supports_masking = True

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the weights of both stacks."""
        for stack in (self.left, self.right):
            shape = input_shape
            for layer in stack:
                layer.build(shape)
                shape = (*shape[:-1], layer.units)

    def call(
        self, inputs: Tensor, mask: Tensor | None = None, training: bool = False
    ) -> Tensor:
        """What stands on both sides of each position."""
        if mask is None:
            mask = tf.ones(tf.shape(inputs)[:2], tf.bool)
        # Each row's tokens are turned round and its padding stays on the right, where
        # cuDNN wants it.
        lengths = tf.math.count_nonzero(mask, axis=1)
        from_left, from_right = inputs, tf.reverse_sequence(inputs, lengths, seq_axis=1)
        for layer in self.left:
            from_left = layer(from_left, mask=mask, training=training)
        for layer in self.right:
            from_right = layer(from_right, mask=mask, training=training)
        from_right = tf.reverse_sequence(from_right, lengths, seq_axis=1)
        from_right *= tf.cast(mask, from_right.dtype)[:, :, None]
        before = tf.pad(from_left[:, :-1], [[0, 0], [1, 0], [0, 0]])
        after = tf.pad(from_right[:, 1:], [[0, 0], [0, 1], [0, 0]])
        return tf.concat([before, after], axis=2)

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes, the layers as their own configurations."""
        stacks = {"left": self.left, "right": self.right}
        serialized = {
            side: [keras.layers.serialize(layer) for layer in stack]
            for side, stack in stacks.items()
        }
        return {**super().get_config(), **serialized}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TwoSided:
        """The layer that `get_config` described."""
        stacks = {
            side: [keras.layers.deserialize(layer) for layer in config[side]]
            for side in ("left", "right")
        }
        return cls(**{**config, **stacks})
