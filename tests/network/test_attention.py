"""The attention layer, and its path through windows of training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.language.attention import Attention as NumpyAttention
from app.network.attention import Attention, AttentionWeights, attend_window
from app.network.batches import Batch
from app.network.forward import Forward
from app.network.model import build_model, named_weights, set_named_weights
from app.text.vocabulary import BOS, PAD
from tests.tiny import tiny_architecture, tiny_weights

LENGTH, UNITS = 3, 4
TEXT = [BOS, 9, 17, 33, 8, 41, 6, 12]


def random_layer():
    layer = Attention(LENGTH, seed=1)
    layer.build((None, None, UNITS))
    return layer


def tiny_model(**options):
    architecture = tiny_architecture(**options)
    weights = tiny_weights(architecture)
    model = build_model(architecture, weights["embedding"])
    set_named_weights(model, weights)
    return model, architecture


def windows_of(model, architecture, text, length):
    """Probabilities after each token of `text`, read in windows as training does."""
    forward = Forward(model, architecture)
    output = model.get_layer("output")
    states, rows = forward.zero_states(1), []
    for first in range(0, len(text), length):
        inputs = tf.constant(text[first : first + length])[:, None]
        batch = Batch(inputs, None, np.array([inputs.shape[0]], np.int32))
        hidden, states = forward.hidden(batch, states)
        rows.append(tf.nn.softmax(hidden @ output.kernel + output.bias))
    return np.concatenate(rows)


@pytest.mark.parametrize("num_masked", [0, 3])
def test_the_layer_gives_what_its_numpy_twin_gives(num_masked):
    layer = random_layer()
    outputs = np.random.default_rng(2).normal(size=(2, 8, UNITS)).astype(np.float32)
    mask = np.arange(8) < np.array([[8], [8 - num_masked]])
    found = layer(outputs, mask=tf.constant(mask))
    twin = NumpyAttention(layer.query_kernel.numpy(), layer.kernel.numpy(), LENGTH)
    for row, steps in enumerate(mask.sum(axis=1)):
        read = outputs[row : row + 1, :steps]
        state = twin.remember(twin.zero_state(1), read, None)
        np.testing.assert_allclose(found[row], twin.output(state)[0], atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("window", [1, 2, 5, 8])
def test_windows_of_training_give_what_the_whole_text_gives(cell, window):
    model, architecture = tiny_model(cell=cell, layers=2, attention_length=LENGTH)
    found = windows_of(model, architecture, TEXT, window)
    for length in range(1, len(TEXT) + 1):
        expected = model(np.array([TEXT[:length]]))[0]
        np.testing.assert_allclose(found[length - 1], expected, atol=1e-5)


def test_a_window_of_limited_context_gives_what_the_model_gives():
    model, architecture = tiny_model(context_length=5, attention_length=LENGTH)
    forward = Forward(model, architecture)
    inputs = np.array([[BOS, 9, 17, PAD, PAD], [8, 41, 6, 12, 9]], np.int32)
    batch = Batch(tf.constant(inputs.T), None, tf.constant([3, 5]))
    hidden, _ = forward.hidden(batch, forward.zero_states(2))
    output = model.get_layer("output")
    found = tf.nn.softmax(hidden @ output.kernel + output.bias)
    np.testing.assert_allclose(found, model(inputs), atol=1e-5)


def test_a_later_token_never_changes_an_earlier_output():
    model, architecture = tiny_model(attention_length=LENGTH)
    before = windows_of(model, architecture, TEXT, 4)
    for place in range(1, len(TEXT)):
        changed = [*TEXT]
        changed[place] = 50
        after = windows_of(model, architecture, changed, 4)
        np.testing.assert_array_equal(after[:place], before[:place])
        assert np.abs(after[place] - before[place]).max() > 1e-6


@pytest.mark.parametrize("window", [2, 3, 16])
def test_a_document_does_not_look_into_the_one_before_it(window):
    model, architecture = tiny_model(attention_length=50)
    both = windows_of(model, architecture, [BOS, 30, 31, 32, 33, *TEXT], window)
    alone = windows_of(model, architecture, TEXT, window)
    np.testing.assert_allclose(both[5:], alone, atol=1e-6)


def test_what_was_read_before_a_window_gets_no_gradient():
    layer = random_layer()
    weights = AttentionWeights(layer.query_kernel.value, layer.kernel.value)
    generator = np.random.default_rng(3)
    outputs, last = (
        tf.constant(generator.normal(size=shape), tf.float32)
        for shape in ((2, 1, UNITS), (1, 3, UNITS))
    )
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        attended, after = attend_window(outputs, tf.constant([[7], [8]]), last, weights)
        first = tf.reduce_sum(attended[0])
    assert not tape.gradient(first, outputs)[1].numpy().any()
    assert after.shape == last.shape


def test_a_saved_model_with_attention_opens_and_predicts_the_same(tmp_path):
    model, _ = tiny_model(layers=2, attention_length=LENGTH)
    model.save(tmp_path / "next.keras")
    again = keras.models.load_model(tmp_path / "next.keras")
    kinds = [type(layer).__name__ for layer in again.layers]
    assert kinds == [
        "Embedding", "Masking", "LSTM", "LSTM", "Attention", "Dense", "Dropout", "Dense"
    ]  # fmt: skip
    ids = np.array([[*TEXT, PAD], [*TEXT, 9]], np.int32)
    np.testing.assert_array_equal(model(ids), again(ids))
    for name, array in named_weights(again).items():
        np.testing.assert_array_equal(array, named_weights(model)[name])


def test_gradients_are_those_of_the_plain_model():
    model, architecture = tiny_model(attention_length=LENGTH)
    forward, output = Forward(model, architecture), model.get_layer("output")
    inputs, targets = TEXT[:-1], tf.constant(TEXT[1:])
    with tf.GradientTape() as tape:
        batch = Batch(tf.constant(inputs)[:, None], None, tf.constant([len(inputs)]))
        hidden, _ = forward.hidden(batch, forward.zero_states(1))
        ours = loss_of(tf.nn.softmax(hidden @ output.kernel + output.bias), targets)
    found = tape.gradient(ours, variables(model))
    with tf.GradientTape() as tape:
        rows = [model(np.array([inputs[: i + 1]]))[0] for i in range(len(inputs))]
        plain = loss_of(tf.stack(rows), targets)
    expected = tape.gradient(plain, variables(model))
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def loss_of(probabilities, targets):
    """Sum of -log probability of each target, float32 [tokens, vocabulary]."""
    return -tf.reduce_sum(tf.math.log(tf.gather(probabilities, targets, batch_dims=1)))


def variables(model):
    return [variable.value for variable in model.trainable_variables]
