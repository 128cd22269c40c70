"""Measures Nextword on one case: `layer` (the LSTM alone) or `network`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from app.network.batches import Batch
from app.network.model import build_model
from app.network.recurrent import LayerWeights, run_layer
from app.network.steps import Steps
from app.settings import PRESETS, Architecture
from app.text.vocabulary import RESERVED
from tests.benchmarks.measuring import GEMM_SIZE, Case, case_from, measure


def layer(case: Case) -> Callable[[], object]:
    """The LSTM alone, forward and backward to its weights."""
    generator = np.random.default_rng(0)

    def random(*shape: int) -> tf.Tensor:
        return tf.constant(0.1 * generator.normal(size=shape), tf.float32)

    width = 4 * case.units
    weights = LayerWeights(
        tf.Variable(random(case.embedding_dim, width)),
        tf.Variable(random(case.units, width)),
        tf.Variable(random(width)),
    )
    inputs = random(case.window_length, case.batch_size, case.embedding_dim)
    direction = random(case.window_length, case.batch_size, case.units)
    zeros = tf.zeros((case.batch_size, case.units))

    @tf.function(autograph=False)
    def step() -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            outputs, _ = run_layer("lstm", inputs, weights, (zeros, zeros))
        return tape.gradient(outputs, weights, output_gradients=direction)

    return lambda: step()[0].numpy()


def network(case: Case) -> Callable[[], object]:
    """A whole step of training: network, loss, gradients, Adam."""
    architecture = Architecture(
        cell="lstm",
        layers=1,
        units=case.units,
        dense_units=case.dense_units,
        dense_activation="linear",
        embedding_dim=case.embedding_dim,
        vocabulary_size=case.vocabulary_size,
    )
    options = dataclasses.replace(
        PRESETS["standard"].fit_options,
        batch_size=case.batch_size,
        window_length=case.window_length,
        sampled_softmax=case.sampled_softmax,
        clip_norm=None,
    )
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(case.vocabulary_size, case.embedding_dim))
    steps = Steps(build_model(architecture, matrix), architecture, options)
    shape = (case.window_length, case.batch_size)
    lengths = np.full(case.batch_size, case.window_length, np.int32)
    inputs, targets = (
        generator.integers(len(RESERVED), case.vocabulary_size, shape, np.int32)
        for _ in range(2)
    )
    batch = Batch(inputs, targets, lengths)
    states = steps.zero_states()

    def step() -> None:
        nonlocal states
        _, states = steps.train(batch, states, number=1, learning_rate=1e-3)

    return step


def main() -> None:
    matrix = tf.random.stateless_normal((GEMM_SIZE, GEMM_SIZE), (1, 2))
    task = {"layer": layer, "network": network}[sys.argv[1]]
    measure(
        task(case_from(sys.argv[2])), lambda: tf.matmul(matrix, matrix)[0, 0].numpy()
    )


if __name__ == "__main__":
    main()
