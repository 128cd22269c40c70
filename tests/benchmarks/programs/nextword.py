"""Measures Nextword on one case.

`layer` is the LSTM alone, `network` a whole step of training, `fit` a run until a
perplexity is reached.
"""

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
from tests.benchmarks.measuring import (
    GEMM_SIZE,
    LEARNING_RATE,
    Case,
    case_from,
    fit,
    measure,
)


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


def new_steps(case: Case, vectors: np.ndarray) -> Steps:
    """A fresh network and what trains it."""
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
    return Steps(build_model(architecture, vectors), architecture, options)


def network(case: Case) -> Callable[[], object]:
    """A whole step of training: network, loss, gradients, Adam."""
    generator = np.random.default_rng(0)
    shape = (2, case.window_length, case.batch_size)
    pair = generator.integers(len(RESERVED), case.vocabulary_size, shape, np.int32)
    vectors = generator.normal(size=(case.vocabulary_size, case.embedding_dim))
    step = stepping(new_steps(case, vectors))
    return lambda: step(pair)


def stepping(steps: Steps) -> Callable[[np.ndarray], None]:
    """A function of int32 [2, time, batch], inputs and targets; the state is kept."""
    states, number = steps.zero_states(), 0

    def step(pair: np.ndarray) -> None:
        nonlocal states, number
        number += 1
        _, states = steps.train(
            batch_of(pair), states, number=number, learning_rate=LEARNING_RATE
        )

    return step


def batch_of(pair: np.ndarray) -> Batch:
    """The batch of int32 [2, time, batch], inputs and targets."""
    _, time, batch_size = pair.shape
    return Batch(pair[0], pair[1], np.full(batch_size, time, np.int32))


def fit_until(case: Case, path: str, wanted: str, limit: str) -> None:
    """Trains on the batches in the file `path`."""
    with np.load(path) as arrays:
        vectors, train, valid = (arrays[key] for key in ("vectors", "train", "valid"))
    steps = new_steps(case, vectors)

    def perplexity() -> float:
        total, states = 0.0, steps.zero_states()
        for pair in valid:
            loss, _, states = steps.validate(batch_of(pair), states)
            total += loss
        return float(np.exp(total / np.count_nonzero(valid[:, 1])))

    fit(train, stepping(steps), perplexity, wanted=float(wanted), limit=float(limit))


def main() -> None:
    task, case = sys.argv[1], case_from(sys.argv[2])
    if task == "fit":
        fit_until(case, *sys.argv[3:])
        return
    matrix = tf.random.stateless_normal((GEMM_SIZE, GEMM_SIZE), (1, 2))
    step = {"layer": layer, "network": network}[task](case)
    measure(step, lambda: tf.matmul(matrix, matrix)[0, 0].numpy())


if __name__ == "__main__":
    main()
