"""The memory comes apart into what each word has written, exactly."""

import numpy as np
import pytest

from app.evaluation.explain.conveyor import belt, parts_of_memory, writing
from app.language.cells import HiddenState, LSTMGates, LSTMState
from app.language.trace import LayerTrace
from tests.evaluation.explain.made_by_hand import side_of, tiny_network

IDS = [7, 11, 5, 30, 8, 9]


def layer_of(cell):
    return side_of(tiny_network(cell).reader, IDS).read.layers[0]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_parts_sum_to_the_memory_at_every_step(cell):
    layer = layer_of(cell)
    for step in range(len(IDS)):
        parts = parts_of_memory(layer, step)
        np.testing.assert_allclose(parts.sum(axis=0), layer.memory[step], atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_shares_sum_to_one_and_no_band_ever_grows(cell):
    found = belt(layer_of(cell))
    np.testing.assert_allclose(found.shares.sum(axis=0), 1.0, atol=1e-5)
    for source, left in enumerate(found.left):
        written = max(0, source - 1)
        assert (np.diff(left[written:]) <= 1e-6).all()
        assert (left[:written] == 0).all()


def test_a_memory_worked_out_by_hand():
    # Two words write 1 and then -1 into a unit; half of it is kept at each step.
    half, one = np.full((2, 1), 0.5, np.float32), np.ones((2, 1), np.float32)
    candidate = np.array([[1.0], [-1.0]], np.float32)
    gates = LSTMGates(one, half, candidate, one)
    before = LSTMState(np.zeros((1, 1), np.float32), np.full((1, 1), 4.0, np.float32))
    cell = np.array([[3.0], [0.5]], np.float32)  # 4/2 + 1, 3/2 - 1
    layer = LayerTrace(np.zeros((2, 1)), before, gates, np.tanh(cell), cell)
    found = belt(layer)
    assert found.left.tolist() == [[2.0, 1.0], [1.0, 0.5], [0.0, 1.0]]
    assert found.shares[:, 1].tolist() == [2.0, 1.0, -2.0]


def test_a_plain_network_has_no_belt():
    layer = layer_of("rnn")
    assert isinstance(layer.before, HiddenState)
    assert writing(layer) is belt(layer) is parts_of_memory(layer, 0) is None
