"""Dropout: what it touches, what it leaves alone, and how it is drawn."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from app.network.batches import Batch
from app.network.forward import Forward
from app.network.model import build_model
from tests.tiny import tiny_architecture, tiny_weights

RATES = (
    "dropout",
    "recurrent_dropout",
    "output_dropout",
    "dense_dropout",
    "word_dropout",
)
TIME, BATCH = 7, 3


def run(ids, seed=None, **rates):
    """float32 [time, batch, dense_units]: what the output layer reads."""
    architecture = dataclasses.replace(tiny_architecture(), **rates)
    model = build_model(architecture, tiny_weights(architecture)["embedding"])
    forward = Forward(model, architecture)
    lengths = np.full(BATCH, TIME, np.int32)
    drawn = None if seed is None else np.array([0, seed], np.int64)
    batch = Batch(tf.constant(ids), tf.constant(ids), lengths)
    rows, _ = forward.hidden(batch, forward.zero_states(3), drawn)
    return rows.numpy().reshape(TIME, BATCH, -1)


@pytest.fixture
def ids():
    return np.random.default_rng(0).integers(5, 40, (TIME, BATCH)).astype(np.int32)


@pytest.mark.parametrize("rate", RATES)
def test_each_dropout_acts_in_training_alone_and_is_drawn_by_the_seed(rate, ids):
    rates = {rate: 0.5}
    plain, trained = run(ids), run(ids, seed=1, **rates)
    np.testing.assert_array_equal(run(ids, **rates), plain)
    assert np.abs(trained - plain).max() > 1e-3
    np.testing.assert_array_equal(run(ids, seed=1, **rates), trained)
    assert np.abs(run(ids, seed=2, **rates) - trained).max() > 1e-3


def test_a_dropped_word_is_dropped_wherever_it_stands():
    words = np.arange(5, 5 + TIME, dtype=np.int32)
    outputs = run(np.repeat(words[:, None], BATCH, axis=1), seed=1, word_dropout=0.5)
    np.testing.assert_allclose(outputs[:, 1:], outputs[:, :1].repeat(2, axis=1))
