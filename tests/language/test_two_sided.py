"""The numpy network for blanks gives what the Keras model of the same weights gives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.language import two_sided
from app.language.two_sided import TwoSidedNetwork
from app.text.vocabulary import BLANK, BOS, EOS, PAD
from tests.tiny import tiny_architecture, tiny_weights

ARCHITECTURES = {
    "lstm": tiny_architecture("lstm").for_blanks(),
    "two grus": tiny_architecture("gru", layers=2).for_blanks(),
    "rnn": tiny_architecture("rnn").for_blanks(),
}
every_network = pytest.mark.parametrize("kind", ARCHITECTURES)
SIZE = ARCHITECTURES["lstm"].vocabulary_size


def network(kind: str) -> TwoSidedNetwork:
    return TwoSidedNetwork(ARCHITECTURES[kind], tiny_weights(ARCHITECTURES[kind]))


def keras_probabilities(kind: str, ids: np.ndarray) -> np.ndarray:
    """float32 [batch, length, vocabulary] of int32 [batch, length], BOS included."""
    from app.network.model import build_model, set_named_weights

    weights = tiny_weights(ARCHITECTURES[kind])
    model = build_model(ARCHITECTURES[kind], weights["embedding"])
    set_named_weights(model, weights)
    return np.asarray(model(ids, training=False))


@every_network
def test_a_filled_blank_is_what_keras_says_about_its_position(kind):
    left = np.array([[7, 9, 30, 31], [12, PAD, PAD, PAD], [PAD] * 4], np.int32)
    right = np.array([[33, 34, PAD], [5, 6, 7], [40, 41, EOS]], np.int32)
    found = network(kind).fill(left, right)
    assert (found.dtype, found.shape) == (np.float32, (3, SIZE))
    for row in range(3):
        sides = [side[side != PAD] for side in (left[row], right[row])]
        text = np.concatenate([[BOS], sides[0], [BLANK], sides[1]])[None]
        expected = keras_probabilities(kind, text)[0, 1 + len(sides[0])]
        np.testing.assert_allclose(np.exp(found[row]), expected, atol=1e-5)


@every_network
@pytest.mark.parametrize("section", [1, 3, 256])
def test_each_token_of_a_text_is_filled_as_if_it_were_the_blank(
    kind, section, monkeypatch
):
    monkeypatch.setattr(two_sided, "SECTION", section)
    text = np.array([7, 9, 30, 31, EOS, 33, 12, EOS], np.int32)
    model = network(kind)
    found = np.concatenate(list(model.fill_each(text)))
    for position in range(len(text)):
        expected = model.fill(text[None, :position], text[None, position + 1 :])[0]
        np.testing.assert_allclose(found[position], expected, atol=1e-4)


@every_network
@pytest.mark.parametrize("left", [[], [7, 9, 30]])
@pytest.mark.parametrize("right", [[], [33, 12]])
def test_a_word_between_two_sides_is_scored_token_by_token(kind, left, right):
    model = network(kind)
    sides = np.array(left, np.int32), np.array(right, np.int32)
    between = model.between(*sides)
    alone = model.fill(sides[0][None], sides[1][None])[0]
    np.testing.assert_allclose(between.log_probabilities(), alone, atol=1e-5)
    np.testing.assert_allclose(
        between.score(np.array([[20], [8]])), alone[[20, 8]], atol=1e-5
    )
    for word in ([20, 21], [8, 6, 40]):
        expected = 0.0
        for place, token_id in enumerate(word):
            before = np.array([left + word[:place]], np.int32)
            after = np.array([word[place + 1 :] + right], np.int32)
            expected += model.fill(before, after)[0, token_id]
        found = between.score(np.array([word, word], np.int32))
        np.testing.assert_allclose(found, [expected] * 2, atol=1e-4)


def test_a_text_without_tokens_has_nothing_to_fill():
    assert list(network("lstm").fill_each(np.array([], np.int32))) == []


@every_network
def test_both_sides_count_and_some_ids_have_no_probability(kind):
    model = network(kind)
    left, right = np.array([[7, 9]]), np.array([[12, 13]])
    before = model.fill(left, right)
    assert np.exp(before).sum() == pytest.approx(1.0, abs=1e-5)
    assert (np.exp(before)[0, [PAD, BOS, BLANK]] == 0).all()
    for other in ((np.array([[8, 9]]), right), (left, np.array([[12, 14]]))):
        assert np.abs(model.fill(*other) - before).max() > 1e-3


def test_an_empty_side_is_allowed():
    nothing = np.zeros((2, 0), np.int32)
    words = np.array([[7], [8]], np.int32)
    for sides in ((nothing, words), (words, nothing), (nothing, nothing)):
        assert np.isfinite(network("lstm").fill(*sides)[:, 5:]).all()


def test_weights_of_another_network_are_refused():
    weights = tiny_weights(tiny_architecture())
    with pytest.raises(ValueError, match="'left_0_kernel' are missing"):
        TwoSidedNetwork(ARCHITECTURES["lstm"], weights)
    one_sided = dataclasses.replace(ARCHITECTURES["lstm"], two_sided=False)
    assert one_sided == tiny_architecture()
