"""Keras' layers with the fast recurrence inside against plain ones."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.network import layers, recurrent
from app.network.layers import CELL_NAMES, fused

CLASSES = sorted(CELL_NAMES, key=lambda layer_class: layer_class.__name__)
WIDTH = 3


def pair(layer_class, **options):
    """A plain layer and a fused one with the same random weights and seed."""
    made = []
    for finish in (lambda layer: layer, fused):
        layer = finish(layer_class(4, seed=7, **options))
        layer.build((2, 5, WIDTH))
        generator = np.random.default_rng(1)
        for variable in layer.weights:
            if "seed" not in variable.path:
                variable.assign(0.5 * generator.normal(size=variable.shape))
        made.append(layer)
    return made


def results(layer, inputs, training=False, **call):
    """Everything the layer returns, and the gradients of a function of all of it."""
    initial = tf.nest.flatten(call.get("initial_state", []))
    with tf.GradientTape() as tape:
        tape.watch([inputs, *initial])
        outputs = tf.nest.flatten(layer(inputs, training=training, **call))
        loss = sum(tf.reduce_sum(tf.sin(3.0 * output)) for output in outputs)
    sources = [inputs, *initial, *[v.value for v in layer.trainable_variables]]
    return [*outputs, *tape.gradient(loss, sources)]


def assert_same(first, second):
    for ours, theirs in zip(first, second, strict=True):
        scale = max(1.0, float(tf.reduce_max(tf.abs(theirs))))
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * scale)


def random_tensor(seed, *shape):
    return tf.constant(np.random.default_rng(seed).normal(size=shape), tf.float32)


# Every shape and combination is compiled, a second each: few examples, none shrunk.
@pytest.mark.parametrize("layer_class", CLASSES)
@settings(max_examples=6, phases=(Phase.explicit, Phase.generate))
@given(
    options=st.fixed_dictionaries(
        {
            name: st.booleans()
            for name in (
                "return_sequences",
                "return_state",
                "go_backwards",
                "zero_output_for_mask",
            )
        }
    ),
    dropout=st.sampled_from([0.0, 0.4]),
    recurrent_dropout=st.sampled_from([0.0, 0.4]),
    is_masked=st.booleans(),
    has_initial_state=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_values_and_gradients_equal_the_plain_layers(
    layer_class, options, dropout, recurrent_dropout, is_masked, has_initial_state, seed
):
    batch, time = 1 + seed % 3, 1 + seed % 4
    plain, fast = pair(
        layer_class, dropout=dropout, recurrent_dropout=recurrent_dropout, **options
    )
    call = {}
    if is_masked:
        call["mask"] = np.random.default_rng(seed).random((batch, time)) < 0.6
    if has_initial_state:
        call["initial_state"] = [
            random_tensor(seed + i, batch, 4)
            for i in range(2 if layer_class is keras.layers.LSTM else 1)
        ]
    inputs = random_tensor(seed, batch, time, WIDTH)
    for training in (False, True):  # the masks are the same: both draw from one seed
        assert_same(
            results(fast, inputs, training, **call),
            results(plain, inputs, training, **call),
        )


@pytest.mark.parametrize("layer_class", CLASSES)
def test_a_stateful_layer_remembers_as_the_plain_one_does(layer_class):
    plain, fast = pair(layer_class, stateful=True, return_sequences=True)
    for seed in range(2):
        inputs = random_tensor(seed, 2, 5, WIDTH)
        assert_same(results(fast, inputs), results(plain, inputs))


def test_what_the_fast_loop_cannot_do_is_left_to_keras(monkeypatch):
    def refuse(*_):
        raise AssertionError("the fast loop ran")

    monkeypatch.setattr(layers, "_run", refuse)
    inputs = random_tensor(0, 2, 5, WIDTH)
    for layer_class, options in [
        (keras.layers.LSTM, {"activation": "relu"}),
        (keras.layers.LSTM, {"recurrent_activation": "hard_sigmoid"}),
        (keras.layers.GRU, {"reset_after": False}),
        (keras.layers.SimpleRNN, {"use_bias": False}),
        (keras.layers.LSTM, {"dtype": "float64"}),
        (keras.layers.LSTM, {"unroll": True}),
    ]:
        plain, fast = pair(layer_class, **options)
        np.testing.assert_array_equal(fast(inputs), plain(inputs))
    with pytest.raises(AssertionError, match="the fast loop ran"):
        fused(keras.layers.LSTM(4))(inputs)


def test_on_a_gpu_keras_keeps_its_own_loop(monkeypatch):
    monkeypatch.setattr(layers, "_run", None)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    plain, fast = pair(keras.layers.LSTM)
    inputs = random_tensor(0, 2, 5, WIDTH)
    np.testing.assert_array_equal(fast(inputs), plain(inputs))


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="Dense"):
        fused(keras.layers.Dense(3))


ALONE = """
import keras, numpy, sys
inputs = numpy.load("inputs.npy")
for name in sys.argv[1:]:
    outputs = keras.models.load_model(f"{name}.keras")(inputs)
    numpy.testing.assert_allclose(outputs, numpy.load(f"{name}.npy"), atol=1e-6)
assert "app" not in sys.modules
"""


def test_models_are_saved_as_keras_own_and_load_without_the_package(tmp_path):
    inputs = np.array(random_tensor(0, 2, 5, WIDTH))
    inputs[0, 3:] = 0
    np.save(tmp_path / "inputs.npy", inputs)
    names = [layer_class.__name__ for layer_class in CLASSES]
    for name, layer_class in zip(names, CLASSES, strict=True):
        model = keras.Sequential(
            [
                keras.Input((None, WIDTH)),
                keras.layers.Masking(),
                fused(layer_class(4, dropout=0.1, recurrent_dropout=0.1)),
            ]
        )
        model.save(tmp_path / f"{name}.keras")
        np.save(tmp_path / f"{name}.npy", model(inputs))
    command = [sys.executable, "-c", ALONE, *names]
    subprocess.run(command, cwd=tmp_path, check=True)


def test_it_learns_in_fit_without_tracing_again():
    keras.utils.set_random_seed(0)  # an earlier test may have asked for determinism
    model = keras.Sequential([fused(keras.layers.LSTM(8)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.03), "mse")
    inputs = np.array(random_tensor(0, 64, 5, WIDTH))
    targets = inputs.mean(axis=(1, 2))
    fit = {"batch_size": 16, "verbose": 0}
    first = model.fit(inputs, targets, epochs=1, **fit).history["loss"][0]
    count = recurrent._backward.experimental_get_tracing_count()
    last = model.fit(inputs, targets, epochs=30, **fit).history["loss"][-1]
    assert last < 0.5 * first
    assert recurrent._backward.experimental_get_tracing_count() == count
