"""The output layer's losses against plain definitions."""

import numpy as np
import pytest
import tensorflow as tf

from app.network import weighing
from app.network.losses import exact_loss, loss_and_hits, sampled_loss


@pytest.fixture
def problem():
    """Hidden rows, kernel, bias, and targets of which the second is padding."""
    generator = np.random.default_rng(0)
    hidden = tf.constant(generator.normal(size=(7, 4)).astype(np.float32))
    kernel = tf.constant(generator.normal(size=(4, 30)).astype(np.float32))
    bias = tf.constant(generator.normal(size=30).astype(np.float32))
    return hidden, kernel, bias, tf.constant([3, 0, 29, 5, 12, 1, 3])


def plain_loss(hidden, kernel, bias, targets):
    probabilities = tf.nn.softmax(hidden @ kernel + bias)
    picked = tf.gather(probabilities, targets, axis=1, batch_dims=1)
    return -tf.reduce_sum(tf.where(targets != 0, tf.math.log(picked), 0.0))


def with_gradients(loss, sources):
    with tf.GradientTape() as tape:
        tape.watch(sources)
        value = 3.0 * loss()  # an upstream gradient that is not one
    return [value, *tape.gradient(value, sources)]


@pytest.mark.parametrize("chunk_tokens", [1, 3, 7, 512])
def test_the_exact_loss_and_its_gradients_are_the_definition(
    problem, chunk_tokens, monkeypatch
):
    monkeypatch.setattr(weighing, "CHUNK_TOKENS", [chunk_tokens])
    sources = problem[:3]
    ours = with_gradients(lambda: exact_loss(*problem), sources)
    plain = with_gradients(lambda: plain_loss(*problem), sources)
    for mine, expected in zip(ours, plain, strict=True):
        np.testing.assert_allclose(mine, expected, atol=1e-5)


def test_validation_counts_losses_and_hits_of_real_targets_only(problem):
    hidden, kernel, bias, targets = problem
    loss, hits = loss_and_hits(*problem)
    best = np.argmax(hidden @ kernel + bias, axis=1)
    assert float(loss) == pytest.approx(float(plain_loss(*problem)), rel=1e-5)
    assert int(hits) == np.sum((best == targets) & (targets != 0))


def test_the_sampled_denominator_is_right_on_average(problem):
    """exp(loss) is the denominator over a constant, so its estimate is unbiased."""
    hidden, kernel, bias, _ = problem
    row, target = hidden[:1], tf.constant([3])  # in the head
    estimates = [
        float(
            tf.exp(
                sampled_loss(
                    row, kernel, bias, target,
                    head_size=10, sample_size=8, seed=tf.constant([1, draw]),
                )
            )
        )
        for draw in range(400)
    ]  # fmt: skip
    exact = float(tf.exp(exact_loss(row, kernel, bias, target)))
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - exact) < 4 * error


@pytest.mark.parametrize("target", [3, 29])
def test_a_large_sample_gives_the_exact_loss(problem, target):
    hidden, kernel, bias, _ = problem
    row, targets = hidden[:1], tf.constant([target])
    estimate = sampled_loss(
        row, kernel, bias, targets,
        head_size=20, sample_size=200_000, seed=tf.constant([1, 2]),
    )  # fmt: skip
    exact = exact_loss(row, kernel, bias, targets)
    assert float(estimate) == pytest.approx(float(exact), rel=0.03)
