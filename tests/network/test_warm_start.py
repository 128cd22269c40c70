"""One model's weights as the beginning of another with more words."""

import dataclasses

import numpy as np
import pytest

from app.errors import UserError
from app.language.network import Network
from app.network.warm_start import check_same_shape, grown_weights
from app.text.grown_vocabulary import grown_vocabulary
from app.text.vocabulary import BLANK, BOS, PAD, RESERVED, Vocabulary
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

NEW = ("zebra", "the", "quagga", "cat", "okapi")


def counted_vocabulary():
    """Five words of a new text, two of which are known."""
    counts = np.array([0, 3, 2, 4, 0, 9, 8, 7, 6, 5], np.int64)
    return Vocabulary((*RESERVED, *NEW), counts, (*RESERVED, *NEW), oov_types=2)


@pytest.fixture
def grown():
    """The old network, the grown one, and their vocabularies."""
    known = tiny_vocabulary()
    vocabulary = grown_vocabulary(counted_vocabulary(), known)
    before = tiny_architecture()
    after = dataclasses.replace(before, vocabulary_size=vocabulary.size)
    old, fresh = tiny_weights(before), tiny_weights(after, seed=1)
    old["output_bias"] = known.log_unigram()
    for bias in (old["output_bias"], fresh["output_bias"]):
        bias[[PAD, BOS, BLANK]] = -1e4
    weights = grown_weights(old, known, fresh, vocabulary)
    return before, old, known, after, fresh, weights, vocabulary


def test_every_word_of_both_has_one_id(grown):
    _, _, known, _, _, _, vocabulary = grown
    assert vocabulary.tokens[: len(RESERVED) + len(NEW)] == (*RESERVED, *NEW)
    assert set(vocabulary.tokens) == {*known.tokens, *NEW}
    assert len(set(vocabulary.tokens)) == vocabulary.size
    forgotten = vocabulary.tokens.index("london")
    assert (vocabulary.counts[forgotten], vocabulary.written[forgotten]) == (
        0,
        "London",
    )


def test_old_words_keep_their_rows_and_new_ones_get_their_vectors(grown):
    _, old, known, _, fresh, weights, vocabulary = grown
    for token in known.tokens:
        here, there = vocabulary.tokens.index(token), known.tokens.index(token)
        for name in ("embedding", "output_bias"):
            np.testing.assert_array_equal(weights[name][here], old[name][there])
        column = weights["output_kernel"][:, here]
        np.testing.assert_array_equal(column, old["output_kernel"][:, there])
    zebra = vocabulary.tokens.index("zebra")
    np.testing.assert_array_equal(
        weights["embedding"][zebra], fresh["embedding"][zebra]
    )
    for name in old.keys() - {"embedding", "output_kernel", "output_bias"}:
        np.testing.assert_array_equal(weights[name], old[name])
    assert {name: array.shape for name, array in weights.items()} == {
        name: array.shape for name, array in fresh.items()
    }


def test_old_words_are_as_probable_as_before_beside_each_other(grown):
    before, old, known, after, _, weights, vocabulary = grown
    words = ["the", "cat", "of", "london"]

    def probabilities(network, vocabulary):
        ids = np.array([[vocabulary.tokens.index(word) for word in words]])
        logs = network.log_probabilities(network.read(network.start(1), ids))[0]
        return np.exp([logs[vocabulary.tokens.index(token)] for token in known.tokens])

    expected = probabilities(Network(before, old), known)
    found = probabilities(Network(after, weights), vocabulary)
    assert 0.5 < found.sum() < 1  # the rest is for the new words
    np.testing.assert_allclose(found / found.sum(), expected, rtol=1e-4, atol=1e-7)


def test_the_same_words_give_the_same_weights():
    known, architecture = tiny_vocabulary(), tiny_architecture()
    old, fresh = tiny_weights(architecture), tiny_weights(architecture, seed=1)
    again = grown_weights(old, known, fresh, grown_vocabulary(known, known))
    for name, array in old.items():
        np.testing.assert_array_equal(again[name], array)


def test_another_architecture_is_refused_and_both_are_named():
    old = tiny_architecture()
    new = dataclasses.replace(old, units=99, cell="gru", vocabulary_size=5, dropout=0.5)
    with pytest.raises(UserError) as caught:
        check_same_shape("models/old", old, new)
    assert "models/old (cell lstm, units 6)" in str(caught.value)
    assert "this network (cell gru, units 99)" in str(caught.value)
    check_same_shape("models/old", old, dataclasses.replace(old, vocabulary_size=99))


def test_words_that_were_cut_differently_are_refused():
    known = dataclasses.replace(tiny_vocabulary(), pretokenized=True)
    with pytest.raises(UserError, match="trained with --pretokenized"):
        grown_vocabulary(counted_vocabulary(), known)
