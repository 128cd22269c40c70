"""The network keeps the contract and gives what Keras gives."""

from __future__ import annotations

import dataclasses
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.contract import (
    BoundsScores,
    Branches,
    LanguageModel,
    ReadsRuns,
    branch,
    join_rows,
    select_rows,
)
from app.language.layers import SCORE_ROWS
from app.language.network import Network
from app.language.weights import weight_shapes
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD
from tests.language.reading import after, check_states_are_values
from tests.tiny import tiny_architecture, tiny_weights

ARCHITECTURES = {
    "lstm": tiny_architecture("lstm"),
    "two grus": tiny_architecture("gru", layers=2),
    "three rnns": tiny_architecture("rnn", layers=3),
    "classic": tiny_architecture("lstm", context_length=4),
    "classic, two grus": tiny_architecture("gru", layers=2, context_length=4),
    "attention": tiny_architecture("lstm", attention_length=3),
    "attention on two grus": tiny_architecture("gru", layers=2, attention_length=50),
    "classic, attention": tiny_architecture(
        "rnn", context_length=4, attention_length=3
    ),
}
every_network = pytest.mark.parametrize("kind", ARCHITECTURES)
SIZE = ARCHITECTURES["lstm"].vocabulary_size
texts = st.lists(st.integers(OOV, SIZE - 1).filter(lambda i: i != BOS), max_size=12)


def network(kind: str) -> Network:
    return Network(ARCHITECTURES[kind], tiny_weights(ARCHITECTURES[kind]))


def keras_probabilities(kind: str, contexts: list[list[int]]) -> np.ndarray:
    """Of the plain pipeline in Keras, contexts padded on the right and masked."""
    import keras

    from app.network.attention import Attention

    architecture = ARCHITECTURES[kind]
    weights = tiny_weights(architecture)
    recurrent = {
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
        "rnn": keras.layers.SimpleRNN,
    }[architecture.cell]
    num_layers = architecture.layers
    length = architecture.attention_length
    shows_all = [i + 1 < num_layers or length is not None for i in range(num_layers)]
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(SIZE, architecture.embedding_dim, mask_zero=True),
            keras.layers.Masking(0.0),
            *(recurrent(architecture.units, return_sequences=it) for it in shows_all),
            *([Attention(length)] if length is not None else []),
            keras.layers.Dense(architecture.dense_units, architecture.dense_activation),
            keras.layers.Dense(SIZE, "softmax"),
        ]
    )
    model.set_weights(list(weights.values()))
    length = max(map(len, contexts))
    padded = [context + [PAD] * (length - len(context)) for context in contexts]
    return np.asarray(model(np.array(padded, np.int32), training=False))


@every_network
def test_the_network_gives_the_probabilities_of_keras(kind):
    texts_read = [[], [7, 9], [30, 31, 32, 33, 34, 35, 36], [OOV, 12, EOS, 11]]
    limit = ARCHITECTURES[kind].context_length or 100
    model = network(kind)
    ours = [np.exp(model.log_probabilities(after(model, t)))[0] for t in texts_read]
    theirs = keras_probabilities(kind, [([BOS] + t)[-limit:] for t in texts_read])
    np.testing.assert_allclose(np.stack(ours), theirs, atol=1e-5)


@every_network
@settings(max_examples=25)
@given(text=texts, cut=st.integers(0, 12))
def test_reading_step_by_step_equals_reading_at_once(kind, text, cut):
    model = network(kind)
    states = model.start(1)
    for part in (text[:cut], text[cut:]):
        states = model.read(states, np.array([part], np.int32))
    np.testing.assert_allclose(
        model.log_probabilities(states),
        model.log_probabilities(after(model, text)),
        atol=1e-5,
    )


@every_network
@settings(max_examples=25)
@given(text=texts)
def test_probabilities_sum_to_1_and_some_ids_have_none(kind, text):
    model = network(kind)
    log_probabilities = model.log_probabilities(after(model, text))
    assert log_probabilities.dtype == np.float32
    assert log_probabilities.shape == (1, SIZE)
    probabilities = np.exp(log_probabilities[0])
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert probabilities[[PAD, BOS, BLANK]].tolist() == [0.0, 0.0, 0.0]


@every_network
def test_rows_of_a_batch_do_not_see_each_other(kind):
    model = network(kind)
    single = [after(model, text) for text in ([5, 6, 7, 8, 9, 10], [20], [])]
    batch = join_rows(single)
    batch = model.advance(batch, np.array([11, 12, 13], np.int32))
    for row, (states, token_id) in enumerate(zip(single, [11, 12, 13], strict=True)):
        alone = model.advance(states, np.array([token_id], np.int32))
        np.testing.assert_allclose(
            model.log_probabilities(alone)[0],
            model.log_probabilities(batch)[row],
            atol=1e-5,
        )


@every_network
@given(text=texts, token_ids=st.lists(st.integers(OOV, SIZE - 1), min_size=1))
def test_branching_equals_advancing_copies_of_a_row(kind, text, token_ids):
    model = network(kind)
    states = join_rows([after(model, [7, 8]), after(model, text)])
    rows, ids = np.ones(len(token_ids), int), np.array(token_ids, np.int32)
    found = branch(model, states, rows, ids)
    expected = model.advance(select_rows(states, rows), ids)
    np.testing.assert_allclose(
        model.log_probabilities(found), model.log_probabilities(expected), atol=1e-5
    )


@pytest.mark.parametrize("scale", [1.0, 30.0])
@given(text=texts, leading=st.integers(1, SIZE))
def test_no_score_exceeds_its_bound_however_few_tokens_make_it(scale, text, leading):
    architecture = ARCHITECTURES["lstm"]
    weights = tiny_weights(architecture)
    weights["output_kernel"] *= np.float32(scale)
    model = Network(architecture, weights)
    states = join_rows([after(model, text), after(model, [7])])
    with patch("app.language.layers.LEADING_TOKENS", leading):
        bounds = model.score_bounds(states, np.arange(SIZE))
    scores = model.log_probabilities(states)
    assert bounds.dtype == np.float32
    assert (bounds >= scores).all()
    if leading == SIZE:  # all is known then
        np.testing.assert_allclose(np.exp(bounds), np.exp(scores), atol=1e-2)


@every_network
@pytest.mark.parametrize("batch", [0, 1, 3, SCORE_ROWS, 2 * SCORE_ROWS + 1])
def test_score_is_an_entry_of_the_log_probabilities(kind, batch):
    model = network(kind)
    generator = np.random.default_rng(batch)
    first, second = generator.integers(5, SIZE, (2, batch)).astype(np.int32)
    states = model.advance(model.start(batch), first)
    table = model.log_probabilities(states)
    assert table.shape == (batch, SIZE)
    scores = model.score(states, second)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, table[np.arange(batch), second], atol=1e-5)


@every_network
def test_states_are_never_changed(kind):
    check_states_are_values(network(kind))


def test_classic_forgets_what_lies_before_its_window():
    model = network("classic")
    short, long = after(model, [8, 9, 10, 11]), after(model, [7, 6, 5, 8, 9, 10, 11])
    np.testing.assert_array_equal(short.token_ids, long.token_ids)


def test_a_carried_state_remembers_beyond_any_window():
    model = network("lstm")
    first, second = (
        model.log_probabilities(after(model, [start, 8, 9, 10, 11])) for start in (7, 6)
    )
    assert np.abs(first - second).max() > 1e-6


@pytest.mark.parametrize(
    ("activation", "function"),
    [("relu", lambda x: np.maximum(x, 0)), ("tanh", np.tanh), ("linear", np.copy)],
)
def test_hidden_is_the_input_of_the_output_layer(activation, function):
    architecture = dataclasses.replace(
        tiny_architecture("rnn"), dense_activation=activation
    )
    weights = tiny_weights(architecture)
    model = Network(architecture, weights)
    states = model.start(2)
    hidden = model.hidden(states)
    expected = states[-1].hidden @ weights["dense_kernel"] + weights["dense_bias"]
    np.testing.assert_allclose(hidden, function(expected), atol=1e-6)
    logits = hidden @ weights["output_kernel"] + weights["output_bias"]
    difference = logits - model.log_probabilities(states)
    np.testing.assert_allclose(difference, difference[:, :1] + 0 * logits, atol=1e-2)


def test_huge_logits_do_not_overflow():
    architecture = tiny_architecture()
    weights = tiny_weights(architecture)
    weights["output_bias"][7] = 5e4
    model = Network(architecture, weights)
    assert np.exp(model.log_probabilities(model.start(1)))[0, 7] == 1.0


def test_memory_mapped_weights_give_the_same(tmp_path):
    architecture = tiny_architecture("gru")
    weights = tiny_weights(architecture)
    mapped = {}
    for name, array in weights.items():
        np.save(tmp_path / f"{name}.npy", array)
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    one, other = Network(architecture, weights), Network(architecture, mapped)
    table = other.log_probabilities(other.start(1))
    assert type(table) is np.ndarray
    np.testing.assert_array_equal(one.log_probabilities(one.start(1)), table)


@pytest.mark.parametrize("is_for_blanks", [False, True])
@every_network
def test_the_weights_expected_are_those_of_the_keras_model(kind, is_for_blanks):
    from app.network.model import build_model, named_weights

    architecture = ARCHITECTURES[kind]
    if is_for_blanks:
        architecture = dataclasses.replace(architecture, context_length=None)
        architecture = architecture.for_blanks()
    model = build_model(architecture, np.ones((SIZE, 4), np.float32))
    expected = weight_shapes(architecture)
    if is_for_blanks:
        del expected["embedding"]  # that of the other network
    found = {name: array.shape for name, array in named_weights(model).items()}
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["embedding", "recurrent_0_bias", "output_kernel"])
def test_a_number_that_is_not_finite_is_refused(name, bad):
    weights = tiny_weights(tiny_architecture())
    weights[name].flat[3] = bad
    with pytest.raises(ValueError, match=f"'{name}' hold numbers that are not finite"):
        Network(tiny_architecture(), weights)


def test_weights_of_another_network_are_refused():
    architecture = tiny_architecture()
    weights = tiny_weights(tiny_architecture("gru"))
    with pytest.raises(ValueError, match=r"'recurrent_0_kernel' have shape \(4, 18\)"):
        Network(architecture, weights)
    del weights["embedding"]
    with pytest.raises(ValueError, match="'embedding' are missing"):
        Network(architecture, weights)


def test_the_network_is_a_language_model_with_all_that_makes_it_quick():
    model: LanguageModel = network("lstm")
    assert isinstance(model, ReadsRuns)
    assert isinstance(model, Branches)
    assert isinstance(model, BoundsScores)
