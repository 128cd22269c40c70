"""The Keras model: its shape, its masks, and the fast path beside it."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.network.batches import Batch
from app.network.forward import Forward
from app.network.model import (
    KERNEL_SCALE,
    build_model,
    count_parameters,
    named_weights,
    set_named_weights,
)
from app.text.vocabulary import BLANK, BOS, PAD
from tests.tiny import tiny_architecture, tiny_weights

SHAPES = [("lstm", 1), ("gru", 1), ("rnn", 1), ("lstm", 2), ("gru", 2)]


def tiny_model(cell="lstm", layers=1, seed=0):
    architecture = tiny_architecture(cell, layers)
    weights = tiny_weights(architecture, seed)
    model = build_model(architecture, weights["embedding"])
    set_named_weights(model, weights)
    return model, architecture, weights


def test_the_pipeline_is_the_promised_one():
    model, _, _ = tiny_model()
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == [
        "Embedding", "Masking", "LSTM", "Dense", "Dropout", "Dense",
    ]  # fmt: skip
    assert model.layers[0].mask_zero
    assert not model.layers[0].trainable
    assert model.layers[-1].activation is keras.activations.softmax


@pytest.mark.parametrize(("cell", "layers"), SHAPES)
def test_a_saved_model_opens_without_us_and_predicts_the_same(cell, layers, tmp_path):
    model, _, _ = tiny_model(cell, layers)
    model.save(tmp_path / "next.keras")
    ids = np.array([[2, 9, 17, 0, 0], [2, 30, 8, 41, 6]], np.int32)
    again = keras.models.load_model(tmp_path / "next.keras")
    np.testing.assert_array_equal(model(ids), again(ids))


@pytest.mark.parametrize(("cell", "layers"), SHAPES)
def test_the_fast_path_is_the_same_network(cell, layers):
    model, architecture, weights = tiny_model(cell, layers)
    ids = np.array([[2, 9, 17, 33], [2, 30, 8, 41]], np.int32)
    forward = Forward(model, architecture)
    batch = Batch(tf.constant(ids.T), None, np.full(2, 4, np.int32))
    rows, _ = forward.hidden(batch, forward.zero_states(2))
    logits = rows @ weights["output_kernel"] + weights["output_bias"]
    probabilities = tf.reshape(tf.nn.softmax(logits), (4, 2, -1))  # [time, batch, V]
    for length in range(1, 5):
        expected = model(ids[:, :length])
        np.testing.assert_allclose(probabilities[length - 1], expected, atol=1e-5)


def test_padding_changes_nothing_and_a_word_without_a_vector_does():
    model, _, _ = tiny_model()
    short, padded = [[2, 9, 17]], [[2, 9, 17, PAD, PAD]]
    np.testing.assert_allclose(
        model(np.array(short)), model(np.array(padded)), atol=1e-6
    )
    other = model(np.array([[2, 9, 17, 1]]))  # OOV is read, not skipped
    assert np.abs(other - model(np.array(short))).max() > 1e-4


def test_pad_bos_and_blank_are_never_predicted():
    architecture = tiny_architecture()
    model = build_model(architecture, tiny_weights(architecture)["embedding"])
    probabilities = model(np.array([[2, 9, 17]]))[0].numpy()
    assert (probabilities[[PAD, BOS, BLANK]] == 0).all()
    assert probabilities.sum() == pytest.approx(1, abs=1e-6)


def test_the_output_layer_can_start_at_the_word_frequencies():
    architecture = tiny_architecture()
    size = architecture.vocabulary_size
    shares = np.random.default_rng(0).dirichlet(np.ones(size)).astype(np.float32)
    model = build_model(
        architecture,
        tiny_weights(architecture)["embedding"],
        log_unigram=np.log(shares),
    )
    bias = model.get_layer("output").bias.numpy()
    np.testing.assert_allclose(bias[5:], np.log(shares)[5:])


def test_the_output_layer_can_start_where_alike_words_are_alike():
    """Its columns lie to each other as the vectors do, at a small scale."""
    architecture = dataclasses.replace(tiny_architecture(), dense_units=4000)
    vectors = tiny_weights(architecture)["embedding"]
    model = build_model(
        architecture, vectors, log_unigram=np.zeros(len(vectors), np.float32)
    )
    kernel = model.get_layer("output").kernel.numpy()
    assert np.sqrt(np.mean(kernel**2)) == pytest.approx(KERNEL_SCALE, rel=0.1)
    expected = np.corrcoef(vectors[1:] @ vectors[1:].T)
    found = np.corrcoef(kernel[:, 1:].T @ kernel[:, 1:])
    np.testing.assert_allclose(found, expected, atol=0.15)


def test_without_known_frequencies_the_output_layer_starts_at_random():
    """`classic` is the tutorial's network to the letter."""
    architecture = tiny_architecture()
    model = build_model(architecture, tiny_weights(architecture)["embedding"])
    output = model.get_layer("output")
    rank = np.linalg.matrix_rank(output.kernel.numpy())
    assert rank == architecture.dense_units > architecture.embedding_dim
    assert not output.bias.numpy()[5:].any()


def test_a_zero_row_is_refused_because_masking_would_skip_the_word():
    architecture = tiny_architecture()
    matrix = tiny_weights(architecture)["embedding"]
    matrix[17] = 0
    with pytest.raises(ValueError, match=r"\[17\]"):
        build_model(architecture, matrix)


def test_a_matrix_of_the_wrong_size_is_refused():
    architecture = tiny_architecture()
    with pytest.raises(ValueError, match="shape"):
        build_model(architecture, np.ones((3, 3), np.float32))


def test_other_seeds_give_other_weights_and_the_same_seed_the_same():
    architecture = tiny_architecture()
    matrix = tiny_weights(architecture)["embedding"]
    first, same, other = (
        named_weights(build_model(architecture, matrix, seed=seed))
        for seed in (1, 1, 2)
    )
    for name in first:
        np.testing.assert_array_equal(first[name], same[name])
    for name in ("recurrent_0_kernel", "recurrent_0_recurrent_kernel", "output_kernel"):
        assert not np.array_equal(first[name], other[name])


def test_missing_weights_are_named():
    model, _, weights = tiny_model()
    del weights["dense_bias"]
    with pytest.raises(ValueError, match="dense_bias"):
        set_named_weights(model, weights)


def test_parameters_are_counted_and_the_vectors_are_not_trainable():
    model, architecture, weights = tiny_model()
    total, trainable = count_parameters(model, architecture)
    assert total == sum(array.size for array in weights.values())
    assert trainable == total - weights["embedding"].size


def test_learned_columns_stand_beside_the_vectors_and_begin_as_their_image():
    vectors = tiny_weights(tiny_architecture())["embedding"]
    width = vectors.shape[1]
    architecture = dataclasses.replace(tiny_architecture(), learned_dim=3000)
    model = build_model(architecture, vectors)
    embedding = named_weights(model)["embedding"]
    np.testing.assert_array_equal(embedding[:, :width], vectors)
    assert not embedding[PAD].any()
    learned, vectors = embedding[1:, width:], vectors[1:]
    np.testing.assert_allclose(
        np.corrcoef(learned @ learned.T), np.corrcoef(vectors @ vectors.T), atol=0.15
    )
    total, trainable = count_parameters(model, architecture)
    assert total - trainable == vectors.size + width  # and the row of PAD
