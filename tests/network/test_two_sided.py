"""The layer that reads both sides, and its path through windows of training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.network.batches import Arrangement, Batch, stream_batches
from app.network.forward import TwoSidedForward
from app.network.model import build_model, named_weights, set_named_weights
from app.network.two_sided import TwoSided
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, EOS, PAD
from tests.tiny import tiny_architecture, tiny_weights

TEXT = [BOS, 9, 17, 33, 8, EOS]


def tiny_model(cell="lstm", layers=1):
    architecture = tiny_architecture(cell, layers).for_blanks()
    weights = tiny_weights(architecture)
    model = build_model(architecture, weights["embedding"])
    set_named_weights(model, weights)
    return model, architecture


def windows(text, window_length):
    """The text as one stream, as training reads it."""
    arrangement = Arrangement(text, np.arange(len(text.document_ends)))
    for batch in stream_batches(arrangement, batch_size=1, window_length=window_length):
        yield Batch(*(tf.constant(array) for array in batch))


def test_both_sides_are_read_up_to_the_position_and_joined():
    left, right = (keras.layers.LSTM(3, return_sequences=True) for _ in range(2))
    layer = TwoSided([left], [right])
    inputs = np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32)
    found = layer(inputs).numpy()[0]
    for position in range(5):
        before, after = np.zeros(3), np.zeros(3)
        if position > 0:
            before = left(inputs[:, :position])[0, -1]
        if position < 4:
            after = right(inputs[:, :position:-1])[0, -1]
        expected = np.concatenate([before, after])
        np.testing.assert_allclose(found[position], expected, atol=1e-6)


@pytest.mark.parametrize(("cell", "layers"), [("lstm", 1), ("gru", 2), ("rnn", 1)])
def test_a_position_never_sees_its_own_word_and_sees_all_others(cell, layers):
    model, _ = tiny_model(cell, layers)
    before = model(np.array([TEXT])).numpy()[0]
    for place in range(len(TEXT)):
        changed = [*TEXT]
        changed[place] = BLANK
        difference = np.abs(model(np.array([changed])).numpy()[0] - before).max(axis=1)
        assert difference[place] == 0
        assert (np.delete(difference, place) > 0).all()


def test_padding_changes_nothing():
    model, _ = tiny_model(layers=2)
    padded = model(np.array([[*TEXT, PAD, PAD]]))[:, : len(TEXT)]
    np.testing.assert_allclose(padded, model(np.array([TEXT])), atol=1e-6)


@pytest.mark.parametrize(("cell", "layers"), [("lstm", 1), ("gru", 2), ("rnn", 1)])
def test_the_fast_path_gives_what_the_model_gives_for_each_document(cell, layers):
    """Three documents in one window, the last one cut off by its end and by padding."""
    model, architecture = tiny_model(cell, layers)
    documents = [[9, 17, 33, EOS], [8, EOS], [41, 6, 12, EOS]]
    ids = np.concatenate(documents).astype(np.int32)
    text = EncodedText(ids, np.cumsum([len(document) for document in documents]))
    (batch,) = windows(text, window_length=13)
    forward = TwoSidedForward(model, architecture)
    hidden, _ = forward.hidden(batch, forward.zero_states(1))
    output = model.get_layer("output")
    found = tf.nn.softmax(hidden @ output.kernel + output.bias)[: len(ids)]
    expected = [model(np.array([[BOS, *document]]))[0, 1:] for document in documents]
    np.testing.assert_allclose(found, np.concatenate(expected), atol=1e-5)


def test_the_left_reader_goes_on_and_the_right_one_ends_with_the_window():
    model, architecture = tiny_model()
    forward = TwoSidedForward(model, architecture)
    output = model.get_layer("output")
    text = EncodedText(np.array(TEXT[1:], np.int32), np.array([5]))
    states, found = forward.zero_states(1), []
    for batch in windows(text, window_length=3):
        hidden, states = forward.hidden(batch, states)
        found.append(tf.nn.softmax(hidden @ output.kernel + output.bias))
    first = model(np.array([TEXT[:4]]))[0, 1:]  # nothing after its last word is seen
    np.testing.assert_allclose(found[0], first, atol=1e-5)
    second = model(np.array([TEXT]))[0, 4:]
    np.testing.assert_allclose(found[1][:2], second, atol=1e-5)


def test_a_saved_two_sided_model_opens_and_predicts_the_same(tmp_path):
    model, _ = tiny_model("gru", 2)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == [
        "Embedding", "Masking", "TwoSided", "Dense", "Dropout", "Dense",
    ]  # fmt: skip
    model.save(tmp_path / "blank.keras")
    again = keras.models.load_model(tmp_path / "blank.keras")
    ids = np.array([TEXT, [*TEXT[:-1], PAD]], np.int32)
    np.testing.assert_array_equal(model(ids), again(ids))
    for name, array in named_weights(again).items():
        np.testing.assert_array_equal(array, named_weights(model)[name])


def test_pad_bos_and_blank_are_never_the_word_between():
    architecture = tiny_architecture().for_blanks()
    model = build_model(architecture, tiny_weights(architecture)["embedding"])
    probabilities = model(np.array([TEXT])).numpy()[0]
    assert (probabilities[:, [PAD, BOS, BLANK]] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_word_vectors_of_the_other_network_are_read_and_not_owned():
    model, _ = tiny_model()
    assert "embedding" not in named_weights(model)
    assert not model.get_layer("embedding").trainable


def test_gradients_are_those_of_the_plain_model():
    model, architecture = tiny_model()
    forward, output = TwoSidedForward(model, architecture), model.get_layer("output")
    text = EncodedText(np.array(TEXT[1:], np.int32), np.array([len(TEXT) - 1]))
    (batch,) = windows(text, window_length=len(TEXT) - 1)
    targets = tf.constant(TEXT[1:])
    variables = [variable.value for variable in model.trainable_variables]

    def fast():
        hidden, _ = forward.hidden(batch, forward.zero_states(1))
        return tf.nn.softmax(hidden @ output.kernel + output.bias)

    def plain():
        return model(np.array([TEXT]))[0, 1:]

    def gradients(probabilities):
        with tf.GradientTape() as tape:  # a persistent one asks for second derivatives
            likely = tf.gather(probabilities(), targets, batch_dims=1)
            loss = -tf.reduce_sum(tf.math.log(likely))
        return tape.gradient(loss, variables)

    found, expected = gradients(fast), gradients(plain)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
