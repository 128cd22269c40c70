"""One step of training, one of validation, each compiled to a TensorFlow graph.

Enters: a batch, the states before it, the number of the step. Leaves: sums over the
batch's targets, and the states after it. When to step and with which learning rate is
decided in `training`.
"""

from __future__ import annotations

from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf

from app.network.batches import Batch
from app.network.forward import AllStates, Forward
from app.network.losses import exact_loss, loss_and_hits, sampled_loss
from app.network.model import trained_variables
from app.settings import Architecture, FitOptions

Tensor: TypeAlias = tf.Tensor

# Estimating the softmax must pay for being an estimate. For 1,600 tokens on two cores
# it took 46 ms at any size, the exact one 37, 69 and 145 ms at vocabularies of 5,000,
# 10,000 and 20,000 (tests/benchmarks/output_layer.py).
SMALLEST_SAMPLED_VOCABULARY = 10_000

# Seeds of step n are [seed, 1000 n + k]: k is the place of a dropout mask in the
# network, and the last of them is for the sampled words.
SEEDS_PER_STEP = 1000
SAMPLING_SEED = SEEDS_PER_STEP - 1


class Steps:
    """The steps of one run, and the optimizer that carries over between them.

    Args:
        model: what `build_model` made; trained in place.
        architecture: its shape.
        options: how to train it.
    """

    def __init__(
        self, model: keras.Sequential, architecture: Architecture, options: FitOptions
    ) -> None:
        # Same seed, same weights, bit for bit: sums in one order on every run.
        tf.config.experimental.enable_op_determinism()
        self.options = options
        self.architecture = architecture
        self.forward = Forward(model, architecture)
        self.trainable = trained_variables(model, architecture)
        self.optimizer = keras.optimizers.Adam(
            options.learning_rate, global_clipnorm=options.clip_norm
        )
        self.optimizer.build(self.trainable)
        self._train = tf.function(self._train_graph, autograph=False)
        self._validate = tf.function(self._validate_graph, autograph=False)

    def zero_states(self) -> AllStates:
        """What a text begins with."""
        return self.forward.zero_states(self.options.batch_size)

    def train(
        self, batch: Batch, states: AllStates, *, number: int, learning_rate: float
    ) -> tuple[float, AllStates]:
        """One step of gradient descent.

        Args:
            batch: what to read and what to predict.
            states: before the batch.
            number: of the step within the run; decides what is drawn.
            learning_rate: of Adam.

        Returns:
            The training loss summed over the targets, nats, and the states after.
        """
        self.optimizer.learning_rate.assign(learning_rate)
        seed = np.array([self.options.seed, number * SEEDS_PER_STEP], np.int64)
        loss, after = self._train(*batch, states, seed)
        return float(loss), after

    def validate(self, batch: Batch, states: AllStates) -> tuple[float, int, AllStates]:
        """Exact loss sum (nats), right first guesses, and the states after."""
        loss, hits, after = self._validate(*batch, states)
        return float(loss), int(hits), after

    def _train_graph(
        self,
        inputs: Tensor,
        targets: Tensor,
        lengths: Tensor,
        states: AllStates,
        seed: Tensor,
    ) -> tuple[Tensor, AllStates]:
        targets = tf.reshape(targets, (-1,))
        weights = [variable.value for variable in self.trainable]
        with tf.GradientTape() as tape:
            tape.watch(weights)  # an embedding of which a part is frozen, too
            hidden, after = self.forward.hidden(inputs, lengths, states, seed)
            loss = self._training_loss(hidden, targets, seed)
            counted = tf.math.count_nonzero(targets, dtype=tf.float32)
            mean = loss / tf.maximum(counted, 1.0)
        # Dense: the norm that clips must see a word's gradients summed, not one by one.
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(mean, weights)]
        self.optimizer.apply(gradients, self.trainable)
        return loss, after

    def _training_loss(self, hidden: Tensor, targets: Tensor, seed: Tensor) -> Tensor:
        kernel, bias = self.forward.output_layer
        if not self.options.sampled_softmax or (
            self.architecture.vocabulary_size < SMALLEST_SAMPLED_VOCABULARY
        ):
            return exact_loss(hidden, kernel, bias, targets)
        return sampled_loss(
            hidden,
            kernel,
            bias,
            targets,
            head_size=self.options.head_size,
            sample_size=self.options.sample_size,
            seed=seed + tf.constant([0, SAMPLING_SEED], tf.int64),
        )

    def _validate_graph(
        self, inputs: Tensor, targets: Tensor, lengths: Tensor, states: AllStates
    ) -> tuple[Tensor, Tensor, AllStates]:
        hidden, after = self.forward.hidden(inputs, lengths, states)
        kernel, bias = self.forward.output_layer
        loss, hits = loss_and_hits(hidden, kernel, bias, tf.reshape(targets, (-1,)))
        return loss, hits, after
