"""Measures the tutorial's script on one case: one shuffled window for each target.

Source: Koehrsen (2018), https://github.com/WillKoehrsen/recurrent-neural-networks:
windows of 50 words, each with the word after it as a one-hot row, `model.fit` of
frozen vectors, Masking, an LSTM and two dense layers, batches of 2,048.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.measuring import (
    GEMM_SIZE,
    TUTORIAL_TARGETS,
    Case,
    case_from,
    measure,
)

BATCH_SIZE = 2048


def network(case: Case) -> Callable[[], object]:
    """Four batches of windows through `model.fit`."""
    model = keras.Sequential(
        [
            keras.layers.Embedding(
                case.vocabulary_size, case.embedding_dim, trainable=False
            ),
            keras.layers.Masking(0.0),
            keras.layers.LSTM(case.units, dropout=0.1, recurrent_dropout=0.1),
            keras.layers.Dense(case.dense_units, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(case.vocabulary_size, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    generator = np.random.default_rng(0)
    shape = (TUTORIAL_TARGETS, case.window_length)
    windows = generator.integers(1, case.vocabulary_size, shape)
    words = generator.integers(1, case.vocabulary_size, TUTORIAL_TARGETS)
    one_hot = np.zeros((TUTORIAL_TARGETS, case.vocabulary_size), np.int8)
    one_hot[np.arange(TUTORIAL_TARGETS), words] = 1
    return lambda: model.fit(windows, one_hot, batch_size=BATCH_SIZE, verbose=0)


def main() -> None:
    matrix = tf.random.stateless_normal((GEMM_SIZE, GEMM_SIZE), (1, 2))
    measure(
        network(case_from(sys.argv[2])), lambda: tf.matmul(matrix, matrix)[0, 0].numpy()
    )


if __name__ == "__main__":
    main()
