"""The numpy cells are what Keras computes, and what their docstrings say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.cells import (
    CELL_CLASSES,
    GRU,
    LSTM,
    Cell,
    LSTMState,
    SimpleRNN,
    sigmoid,
)


def random_cell(
    name: str, num_inputs: int, units: int, seed: int, scale: float = 0.7
) -> Cell:
    generator = np.random.default_rng(seed)
    width = CELL_CLASSES[name].num_gates * units
    shapes = [
        (num_inputs, width),
        (units, width),
        (2, width) if name == "gru" else (width,),
    ]
    return CELL_CLASSES[name](
        *(generator.normal(scale=scale, size=shape).astype("f4") for shape in shapes)
    )


def run(cell: Cell, inputs: np.ndarray) -> np.ndarray:
    """The hidden state at every step, all inputs projected at once."""
    projected, state, outputs = cell.project(inputs), cell.zero_state(len(inputs)), []
    for step in range(inputs.shape[1]):
        state = cell.step(projected[:, step], state)
        outputs.append(state.hidden)
    return np.stack(outputs, axis=1)


def keras_layer(name: str, cell: Cell):
    import keras

    classes = {
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
        "rnn": keras.layers.SimpleRNN,
    }
    layer = classes[name](cell.units, return_sequences=True)
    layer.build((None, None, cell.kernel.shape[0]))
    layer.set_weights([cell.kernel, cell.recurrent_kernel, cell.bias])
    return layer


shapes = st.tuples(
    st.integers(1, 4), st.integers(1, 7), st.integers(1, 9), st.integers(1, 8)
)


@pytest.mark.parametrize("name", CELL_CLASSES)
@settings(max_examples=8)
@given(shape=shapes, seed=st.integers(0, 2**32 - 1))
def test_a_cell_gives_what_the_keras_layer_gives(name, shape, seed):
    batch, steps, num_inputs, units = shape
    cell = random_cell(name, num_inputs, units, seed)
    inputs = np.random.default_rng(seed).normal(size=(batch, steps, num_inputs))
    inputs = inputs.astype(np.float32)
    expected = keras_layer(name, cell)(inputs)
    np.testing.assert_allclose(run(cell, inputs), np.asarray(expected), atol=1e-5)


@pytest.mark.parametrize("name", CELL_CLASSES)
def test_stacked_cells_give_what_stacked_keras_layers_give(name):
    cells = [random_cell(name, width, 6, seed) for seed, width in enumerate([4, 6, 6])]
    inputs = np.random.default_rng(9).normal(size=(3, 12, 4)).astype(np.float32)
    ours, theirs = inputs, inputs
    for cell in cells:
        ours, theirs = run(cell, ours), keras_layer(name, cell)(theirs)
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)


@pytest.mark.parametrize("name", CELL_CLASSES)
@given(seed=st.integers(0, 1000), steps=st.integers(1, 20), batch=st.integers(0, 4))
def test_projecting_step_by_step_equals_projecting_the_whole(name, seed, steps, batch):
    cell = random_cell(name, 5, 4, seed)
    inputs = np.random.default_rng(seed).normal(size=(batch, steps, 5)).astype("f4")
    state = cell.zero_state(batch)
    for step in range(steps):
        state = cell.step(cell.project(inputs[:, step]), state)
    np.testing.assert_allclose(state.hidden, run(cell, inputs)[:, -1], atol=1e-5)


def test_an_lstm_step_is_its_equations():
    cell = random_cell("lstm", 3, 2, seed=1)
    generator = np.random.default_rng(2)
    x, h, c = (generator.normal(size=(1, n)).astype("f4") for n in (3, 2, 2))
    kernels = np.split(cell.kernel, 4, axis=1)
    recurrent = np.split(cell.recurrent_kernel, 4, axis=1)
    biases = np.split(cell.bias, 4)
    sums = [
        x @ w + h @ u + b for w, u, b in zip(kernels, recurrent, biases, strict=True)
    ]
    state = cell.zero_state(1)._replace(hidden=h, cell=c)
    gates = cell.gates(cell.project(x), state)
    i, f, o = (1 / (1 + np.exp(-sums[k])) for k in (0, 1, 3))
    np.testing.assert_allclose(gates.input_gate, i, atol=1e-6)
    np.testing.assert_allclose(gates.forget_gate, f, atol=1e-6)
    np.testing.assert_allclose(gates.candidate, np.tanh(sums[2]), atol=1e-6)
    np.testing.assert_allclose(gates.output_gate, o, atol=1e-6)
    after = cell.step(cell.project(x), state)
    np.testing.assert_allclose(after.cell, f * c + i * np.tanh(sums[2]), atol=1e-6)
    np.testing.assert_allclose(after.hidden, o * np.tanh(after.cell), atol=1e-6)


def test_a_gru_whose_update_gate_is_open_keeps_its_state():
    cell = random_cell("gru", 3, 2, seed=1)
    cell.bias[0, :2] = 1000.0  # z = 1
    state = cell.zero_state(1)._replace(hidden=np.array([[0.3, -0.8]], np.float32))
    projected = cell.project(np.ones((1, 3), np.float32))
    assert cell.gates(projected, state).update_gate.tolist() == [[1.0, 1.0]]
    np.testing.assert_array_equal(cell.step(projected, state).hidden, state.hidden)


def test_a_simple_rnn_shows_its_new_value():
    cell = random_cell("rnn", 3, 2, seed=1)
    projected, state = cell.project(np.ones((1, 3), np.float32)), cell.zero_state(1)
    (candidate,) = cell.gates(projected, state)
    np.testing.assert_array_equal(cell.step(projected, state).hidden, candidate)


@pytest.mark.parametrize("name", CELL_CLASSES)
def test_gates_lie_in_their_ranges_and_numbers_stay_float32(name):
    cell = random_cell(name, 3, 5, seed=3, scale=500.0)  # saturated: nothing overflows
    inputs = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    state = cell.zero_state(7)
    for _ in range(3):
        gates = cell.gates(cell.project(inputs), state)
        state = cell.step(cell.project(inputs), state)
        for field, values in zip(gates._fields, gates, strict=True):
            lowest = 0.0 if field.endswith("gate") else -1.0
            assert values.min() >= lowest and values.max() <= 1.0
            assert values.dtype == np.float32
        assert all(part.dtype == np.float32 for part in state)


@pytest.mark.parametrize("name", CELL_CLASSES)
def test_a_step_leaves_the_state_before_it_alone(name):
    cell = random_cell(name, 3, 2, seed=3)
    projected = cell.project(np.ones((1, 3), np.float32))
    state = cell.step(projected, cell.zero_state(1))
    before = [part.copy() for part in state]
    cell.step(projected, state)
    for part, copy in zip(state, before, strict=True):
        np.testing.assert_array_equal(part, copy)


@given(st.integers(-(10**6), 10**6))
def test_sigmoid_never_overflows(hundredths):
    x = hundredths / 100
    value = sigmoid(np.array([x, x * 1e30], np.float32))
    exact = 1 / (1 + np.exp(-np.clip([x, x * 1e30], -500, 500)))
    np.testing.assert_allclose(value, exact, atol=1e-6)


def test_the_classes_stand_under_the_names_of_the_settings():
    assert CELL_CLASSES == {"lstm": LSTM, "gru": GRU, "rnn": SimpleRNN}


@given(seed=st.integers(0, 1000), batch=st.integers(0, 4), scale=st.floats(0.1, 99))
def test_the_step_of_an_lstm_is_what_its_gates_say_bit_for_bit(seed, batch, scale):
    cell = random_cell("lstm", 3, 6, seed, scale)
    generator = np.random.default_rng(seed)
    inputs, hidden, memory = (
        generator.normal(size=(batch, n)).astype("f4") for n in (3, 6, 6)
    )
    state, projected = LSTMState(hidden, memory), cell.project(inputs)
    i, f, candidate, o = cell.gates(projected, state)
    after = cell.step(projected, state)
    np.testing.assert_array_equal(after.cell, f * memory + i * candidate)
    np.testing.assert_array_equal(after.hidden, o * np.tanh(after.cell))
