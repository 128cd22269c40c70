"""One step of training, one of validation, each compiled to a TensorFlow graph.

Enters: a batch, the states before it, the number of the step. Leaves: sums over the
batch's targets, and the states after it. When to step and with which learning rate is
decided in `training`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from app.network.batches import Batch
from app.network.forward import AllStates, Forward, TwoSidedForward
from app.network.losses import exact_loss, loss_and_hits, sampled_loss
from app.network.model import trained_variables
from app.settings import Architecture, FitOptions

Tensor: TypeAlias = tf.Tensor

# Estimating the softmax must pay for being an estimate. Per epoch a network learns as
# well from the estimate (tests/benchmarks/ablation.md), which takes the same time at
# any size; the exact loss takes three times as long from here on
# (tests/benchmarks/output_layer.py).
SMALLEST_SAMPLED_VOCABULARY = 4096

# Seeds of step n are [seed, 1000 n + k]: k is the place of a dropout mask in the
# network, and the last of them is for the sampled words.
SEEDS_PER_STEP = 1000
SAMPLING_SEED = SEEDS_PER_STEP - 1


class Steps:
    """The steps of one run, and the optimizer that carries over between them.

    All of it happens on one device; `ReplicatedSteps` does the same on several.

    Args:
        model: what `build_model` made; trained in place.
        architecture: its shape.
        options: how to train it.
    """

    optimizer_class = keras.optimizers.Adam

    def __init__(
        self, model: keras.Sequential, architecture: Architecture, options: FitOptions
    ) -> None:
        # Same seed, same weights, bit for bit: sums in one order on every run.
        tf.config.experimental.enable_op_determinism()
        self.options = options
        self.architecture = architecture
        kind = TwoSidedForward if architecture.two_sided else Forward
        self.forward = kind(model, architecture)
        self.trainable = trained_variables(model, architecture)
        self.optimizer = self.optimizer_class(
            options.learning_rate, global_clipnorm=options.clip_norm
        )
        self.optimizer.build(self.trainable)
        self._train = self._compiled(self._train_graph)
        self._validate = self._compiled(self._validate_graph)

    def zero_states(self, num_streams: int | None = None) -> AllStates:
        """What texts begin with, as many of them as training reads if None."""
        return self.forward.zero_states(num_streams or self.options.batch_size)

    def num_validation_streams(self, num_documents: int) -> int:
        """How many documents validation reads side by side; windows are many anyway."""
        if self.architecture.context_length is not None:
            return self.options.batch_size
        return min(self.options.batch_size, num_documents)

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
        loss, after = self._train(*self._placed(batch), states, self._seed(number))
        return float(loss), after

    def validate(self, batch: Batch, states: AllStates) -> tuple[float, int, AllStates]:
        """Exact loss sum (nats), right first guesses, and the states after."""
        loss, hits, after = self._validate(*self._placed(batch), states)
        return float(loss), int(hits), after

    # -- where `ReplicatedSteps` differs ---------------------------------------------

    def arrays_of(self, states: AllStates) -> list[np.ndarray]:
        """The states of all streams, float32 [batch, units] each, in one order."""
        return [state.numpy() for state in tf.nest.flatten(states)]

    def states_of(self, arrays: list[np.ndarray]) -> AllStates:
        """The states whose `arrays_of` these are."""
        flat = [tf.constant(array) for array in arrays]
        return tf.nest.pack_sequence_as(self.zero_states(), flat)

    def agreed(self, seconds: float, *, is_stopping: bool) -> tuple[float, bool]:
        """The time spent, and whether to stop, as all that train together see it."""
        return seconds, is_stopping

    def _compiled(self, graph: Callable[..., Any]) -> Callable[..., Any]:
        return tf.function(graph, autograph=False)

    def _placed(self, batch: Batch) -> Batch:
        """The batch where it is read."""
        return batch

    def _seed(self, number: int) -> Any:
        """int64 [2]: the seed of a step."""
        return np.array([self.options.seed, number * SEEDS_PER_STEP], np.int64)

    def _total(self, values: Any) -> Any:
        """Sums over everything that trains together."""
        return values

    # -- the graphs ------------------------------------------------------------------

    def _train_graph(
        self,
        inputs: Tensor,
        targets: Tensor,
        lengths: Tensor,
        states: AllStates,
        seed: Tensor,
    ) -> tuple[Tensor, AllStates]:
        weights = [variable.value for variable in self.trainable]
        with tf.GradientTape() as tape:
            tape.watch(weights)  # an embedding of which a part is frozen, too
            batch = Batch(inputs, targets, lengths)
            hidden, after = self.forward.hidden(batch, states, seed)
            loss = self._training_loss(hidden, tf.reshape(targets, (-1,)), seed)
            counted = tf.math.count_nonzero(targets, dtype=tf.float32)
            mean = loss / tf.maximum(self._total(counted), 1.0)
        # Dense: the norm that clips must see a word's gradients summed, not one by one.
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(mean, weights)]
        self.optimizer.apply(self._total(gradients), self.trainable)
        return self._total(loss), after

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
        batch = Batch(inputs, targets, lengths)
        hidden, after = self.forward.hidden(batch, states)
        kernel, bias = self.forward.output_layer
        loss, hits = loss_and_hits(hidden, kernel, bias, tf.reshape(targets, (-1,)))
        return self._total(loss), self._total(hits), after
