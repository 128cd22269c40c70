"""Attributions of networks whose answer is known."""

import math

import numpy as np
import pytest

from app.evaluation.explain.attribution import attribute
from app.language.cells import SimpleRNN
from app.language.layers import Head, Reader
from app.text.vocabulary import OOV
from tests.evaluation.explain.made_by_hand import Sides, side_of, sides_of, tiny_network
from tests.tiny import tiny_architecture, tiny_weights

IDS = [7, 11, 5, 30, 8, 9]


def almost_linear(decay: float) -> Sides:
    """A network of one unit that sums its inputs, each step forgetting a share.

    Inputs are so small that tanh is a straight line; the unit is the logit of token 6,
    of ten, whose probability is small enough for the normaliser to stand still.
    """
    size = 1e-3
    embedding = np.zeros((40, 1), np.float32)
    embedding[IDS, 0] = size * np.array([1.0, -2.0, 3.0, 0.5, 0.0, 1.5])
    one = np.ones((1, 1), np.float32)
    cell = SimpleRNN(one, decay * one, np.zeros(1, np.float32))
    architecture = tiny_architecture()
    weights = tiny_weights(architecture)
    output = np.zeros((1, 10), np.float32)
    output[0, 6] = 10.0
    bias = np.zeros(10, np.float32)
    bias[6] = -9.0
    weights |= {"dense_kernel": one, "dense_bias": np.zeros(1, np.float32)}
    weights |= {"output_kernel": output, "output_bias": bias}
    return Sides(
        (side_of(Reader(embedding, (cell,)), IDS),), Head(architecture, weights)
    )


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_of_a_linear_network_both_say_what_each_input_adds(decay):
    [found] = attribute(almost_linear(decay), [6], 7)
    inputs = 1e-3 * np.array([1.0, -2.0, 3.0, 0.5, 0.0, 1.5])
    added = inputs * decay ** np.arange(5, -1, -1) * 10 / math.log(2)
    np.testing.assert_allclose(found.taken_out[1:], added, rtol=5e-3, atol=1e-5)
    np.testing.assert_allclose(found.gradient[1:], added, rtol=5e-3, atol=1e-5)
    assert found.agreement == pytest.approx(1.0)


def test_of_a_linear_network_gradients_times_inputs_sum_to_the_whole():
    sides = almost_linear(0.5)
    [found] = attribute(sides, [6], 7)
    [side] = sides.sides
    nothing = np.zeros_like(side.output)
    both = sides.log_probabilities([np.stack([side.output, nothing])])[:, 6]
    whole = float(both[0] - both[1]) / math.log(2)
    assert found.gradient.sum() == pytest.approx(whole, rel=5e-3)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("attention", [None, 3])
def test_a_word_taken_out_is_the_text_read_with_an_unknown_word(cell, attention):
    network = tiny_network(cell, 2, attention)
    [found] = attribute(sides_of(network, IDS), [9], len(IDS) + 1)

    def bits(ids):
        states = network.read(network.start(1), np.array([ids], np.int32))
        return float(network.score(states, np.array([9]))[0]) / math.log(2)

    for place in range(len(IDS)):
        without = [*IDS]
        without[place] = OOV
        expected = bits(IDS) - bits(without)
        assert found.taken_out[1 + place] == pytest.approx(expected, abs=1e-4)
    assert found.taken_out[0] == found.gradient[0] == 0.0
