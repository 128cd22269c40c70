"""The fast recurrence against Keras' own layers, values and gradients."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from keras import layers

from app.network import shares
from app.network.recurrent import CELLS, Dropout, LayerWeights, run_layer

KERAS = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}


def random_tensor(generator, *shape):
    return tf.constant(generator.normal(size=shape).astype(np.float32))


def keras_layer(cell, units, width, generator):
    layer = KERAS[cell](units, return_sequences=True, return_state=True)
    layer.build((None, None, width))
    for variable in layer.weights:
        variable.assign(0.5 * generator.normal(size=variable.shape))
    return layer


def weights_of(layer):
    cell = layer.cell
    return LayerWeights(cell.kernel.value, cell.recurrent_kernel.value, cell.bias.value)


# Every shape is compiled, which takes a second: few examples, none of them shrunk.
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=6, phases=(Phase.explicit, Phase.generate))
@given(
    time=st.integers(1, 6),
    batch=st.integers(1, 4),
    width=st.integers(1, 5),
    units=st.integers(1, 5),
    seed=st.integers(0, 10_000),
)
def test_values_and_gradients_equal_keras(cell, time, batch, width, units, seed):
    generator = np.random.default_rng(seed)
    layer = keras_layer(cell, units, width, generator)
    inputs = random_tensor(generator, time, batch, width)
    states = tuple(
        random_tensor(generator, batch, units) for _ in range(CELLS[cell].num_states)
    )
    direction = random_tensor(generator, time, batch, units)

    def by_keras():
        initial = list(states) if len(states) > 1 else states[0]
        outputs, *last = layer(tf.transpose(inputs, (1, 0, 2)), initial_state=initial)
        return tf.transpose(outputs, (1, 0, 2)), last

    def by_us():
        return run_layer(cell, inputs, weights_of(layer), states)

    def values_and_gradients(run):
        with tf.GradientTape() as tape:
            tape.watch([inputs, *states])
            outputs, last = run()
            loss = tf.reduce_sum(outputs * direction)
            loss += sum(tf.reduce_sum(state**2) for state in last)
        sources = [inputs, *states, *weights_of(layer)]
        return [outputs, *last, *tape.gradient(loss, sources)]

    expected = values_and_gradients(by_keras)
    for ours, theirs in zip(values_and_gradients(by_us), expected, strict=True):
        scale = max(1.0, float(tf.reduce_max(tf.abs(theirs))))
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * scale)


@pytest.mark.parametrize("cell", CELLS)
def test_a_forgotten_state_is_the_zero_state(cell):
    generator = np.random.default_rng(3)
    layer = keras_layer(cell, 4, 3, generator)
    inputs = random_tensor(generator, 5, 2, 3)
    states = tuple(
        random_tensor(generator, 2, 4) for _ in range(CELLS[cell].num_states)
    )
    zeros = tuple(tf.zeros_like(state) for state in states)
    keep = np.ones((5, 2, 1), np.float32)
    keep[2, 0] = 0  # the first row begins anew at its third step
    outputs, _ = run_layer(cell, inputs, weights_of(layer), states, keep=keep)
    fresh, _ = run_layer(cell, inputs[2:, :1], weights_of(layer), _rows(zeros, 1))
    whole, _ = run_layer(cell, inputs, weights_of(layer), states)
    np.testing.assert_allclose(outputs[2:, 0], fresh[:, 0], atol=1e-6)
    np.testing.assert_allclose(outputs[:, 1], whole[:, 1], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_the_state_stands_still_where_nothing_is_read(cell):
    generator = np.random.default_rng(4)
    layer = keras_layer(cell, 4, 3, generator)
    inputs = random_tensor(generator, 5, 2, 3)
    states = tuple(
        random_tensor(generator, 2, 4) for _ in range(CELLS[cell].num_states)
    )
    present = np.ones((5, 2, 1), np.float32)
    present[1:3, 0] = 0  # the first row skips two steps
    outputs, last = run_layer(cell, inputs, weights_of(layer), states, present=present)
    read = tf.gather(inputs, [0, 3, 4])[:, :1]
    short, ends = run_layer(cell, read, weights_of(layer), _rows(states, 1))
    np.testing.assert_allclose(outputs[3:, 0], short[1:, 0], atol=1e-6)
    np.testing.assert_array_equal(outputs[1:3, 0], [outputs[0, 0]] * 2)
    for state, end in zip(last, ends, strict=True):
        np.testing.assert_allclose(state[:1], end, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("by_gate", [False, True])
def test_cores_that_share_a_batch_compute_what_one_would(cell, by_gate, monkeypatch):
    generator = np.random.default_rng(6)
    layer = keras_layer(cell, 4, 3, generator)
    inputs = random_tensor(generator, 5, 6, 3)
    states = tuple(
        random_tensor(generator, 6, 4) for _ in range(CELLS[cell].num_states)
    )
    keep = tf.constant(generator.integers(0, 2, (5, 6, 1)), tf.float32)
    present = tf.constant(generator.integers(0, 2, (5, 6, 1)), tf.float32)
    gates = [layer.cell.kernel.shape[1] // 4] if by_gate else []
    dropout = Dropout(
        tf.constant(generator.integers(0, 3, (*gates, 6, 3)), tf.float32),
        tf.constant(generator.integers(0, 3, (*gates, 6, 4)), tf.float32),
    )

    def values_and_gradients(cores):
        monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", str(cores))
        monkeypatch.setattr(shares, "SMALLEST_SHARE", 4)
        masks = {"keep": keep, "present": present, "dropout": dropout}
        sources = [inputs, *states, *weights_of(layer)]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            outputs, last = run_layer(cell, inputs, weights_of(layer), states, **masks)
            loss = tf.reduce_sum(outputs**2) + sum(map(tf.reduce_sum, last))
        return [outputs, *last, *tape.gradient(loss, sources)]

    together = values_and_gradients(cores=1)
    for mine, expected in zip(values_and_gradients(cores=4), together, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-5)


def test_a_batch_is_cut_into_equal_shares_that_are_worth_it(monkeypatch):
    monkeypatch.setattr(shares, "SMALLEST_SHARE", 1000)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "4")
    numbers = {case: shares.num_shares(*case) for case in [
        (32, 256), (32, 100), (30, 1000), (6, 100), (7, 1000), (None, 1000),
    ]}  # fmt: skip
    assert list(numbers.values()) == [4, 2, 3, 1, 1, 1]
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    assert shares.num_shares(32, 256) == 1


def _rows(states, count):
    return tuple(state[:count] for state in states)


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_is_exact_with_dropout_and_forgetting(cell):
    """Central differences in float64 would need another graph: in float32 they are
    good to three digits, which a wrong mask or a missing term does not survive."""
    generator = np.random.default_rng(5)
    layer = keras_layer(cell, 3, 2, generator)
    inputs = random_tensor(generator, 4, 2, 2)
    states = tuple(
        random_tensor(generator, 2, 3) for _ in range(CELLS[cell].num_states)
    )
    keep = np.ones((4, 2, 1), np.float32)
    keep[2, 1] = 0
    dropout = Dropout(
        tf.constant([[2.0, 0.0], [2.0, 2.0]]),
        tf.constant([[0.0, 2.0, 2.0], [2.0, 0.0, 2.0]]),
    )
    direction = random_tensor(generator, 4, 2, 3)

    def loss(recurrent_kernel, first):
        weights = weights_of(layer)._replace(recurrent_kernel=recurrent_kernel)
        outputs, _ = run_layer(
            cell, inputs, weights, (first, *states[1:]), keep=keep, dropout=dropout
        )
        return tf.reduce_sum(outputs * direction)

    point = (layer.cell.recurrent_kernel.value.value(), states[0])
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = loss(*point)
    for index, gradient in enumerate(tape.gradient(value, point)):
        step = random_tensor(generator, *point[index].shape)
        moved = [
            [p + sign * 1e-2 * step if i == index else p for i, p in enumerate(point)]
            for sign in (1, -1)
        ]
        slope = (loss(*moved[0]) - loss(*moved[1])) / 2e-2
        expected = float(tf.reduce_sum(gradient * step))
        assert float(slope) == pytest.approx(expected, rel=5e-3, abs=5e-3)
