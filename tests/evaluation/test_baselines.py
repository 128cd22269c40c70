"""What every model has to beat, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.baselines import evaluate_all, most_common_word, unigram
from app.evaluation.metrics import evaluate
from app.language.cache import Cache
from app.language.kneser_ney import estimate
from app.language.mixture import Mixture
from app.language.mixture_weights import Weights
from app.language.network import Network
from app.language.ngram import NGramModel
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary
from tests.tiny import tiny_architecture, tiny_text, tiny_vocabulary, tiny_weights

# 8 times "," 4 "the" 2 "cat", once 7, once unknown; 2 paragraphs in 1 document
TOKENS = (*RESERVED, ",", "the", "cat", "7")
COUNTS = np.array([0, 1, 1, 2, 0, 8, 4, 2, 1])
COMMA, THE, CAT, SEVEN = range(5, 9)
VOCABULARY = Vocabulary(TOKENS, COUNTS, TOKENS, oov_types=1)


def training_text() -> EncodedText:
    ids = np.repeat(np.arange(9), [0, 1, 0, 2, 0, 8, 4, 2, 1]).astype(np.int32)
    return EncodedText(ids, np.array([len(ids)]))


def test_the_unigrams_perplexity_on_its_own_text_is_the_exponent_of_the_entropy():
    shares = np.array([1, 2, 8, 4, 2, 1]) / 18
    entropy = -(shares * np.log(shares)).sum()
    figures = evaluate(unigram(VOCABULARY), VOCABULARY, training_text())
    assert figures["loss_nats"] == pytest.approx(entropy)
    assert figures["perplexity"] == pytest.approx(np.exp(entropy))


def test_the_unigram_offers_the_most_frequent_tokens():
    figures = evaluate(unigram(VOCABULARY), VOCABULARY, training_text())
    assert figures["top_1_accuracy"] == pytest.approx(8 / 18)  # ,
    assert figures["top_3_accuracy"] == pytest.approx(14 / 18)  # , the EOS
    assert figures["top_5_accuracy"] == pytest.approx(17 / 18)  # all but the unknown
    assert figures["words_only"]["top_1_accuracy"] == pytest.approx(4 / 6)


def test_the_most_common_word_is_a_word_and_has_no_perplexity():
    figures = evaluate(most_common_word(VOCABULARY), VOCABULARY, training_text())
    assert figures["top_1_accuracy"] == pytest.approx(4 / 18)  # the
    assert figures["top_3_accuracy"] == pytest.approx((4 + 2 + 2) / 18)  # the cat EOS
    assert figures["perplexity"] is figures["perplexity_known"] is None
    assert figures["loss_nats"] is None


def test_an_unknown_word_is_possible_even_if_training_had_none():
    counts = COUNTS.copy()
    counts[OOV] = 0
    vocabulary = Vocabulary(TOKENS, counts, TOKENS, oov_types=0)
    text = EncodedText(np.array([OOV, EOS], np.int32), np.array([2]))
    assert evaluate(unigram(vocabulary), vocabulary, text)["perplexity"] is not None


def test_a_model_is_measured_beside_the_baselines_and_the_n_grams_where_there_are_any(
    tmp_path,
):
    text = training_text()
    model = unigram(VOCABULARY)
    without = evaluate_all(model, VOCABULARY, text)
    assert without.keys() == {"test", "baselines"}
    assert without["baselines"].keys() == {"most_common_word", "unigram"}
    assert without["test"] == without["baselines"]["unigram"]
    estimate(text, VOCABULARY.size, tmp_path, order=5)
    ngrams = NGramModel.load(tmp_path)
    found = evaluate_all(model, VOCABULARY, text, ngrams)["baselines"]
    measured = found.pop("kneser_ney_5")
    assert found == without["baselines"]
    assert measured == evaluate(ngrams, VOCABULARY, text)
    assert measured.keys() == found["unigram"].keys()
    assert measured["perplexity"] < found["unigram"]["perplexity"]


def test_the_network_of_a_mixture_is_measured_alone_too():
    vocabulary, text = tiny_vocabulary(), tiny_text()
    architecture = tiny_architecture()
    network = Network(architecture, tiny_weights(architecture))
    weights = Weights(np.array([2.0]), np.array([[1, 0, 0], [0.9, 0, 0.1]] * 2)[:3])
    mixture = Mixture(network, None, Cache(100, 9.0), weights)
    found = evaluate_all(mixture, vocabulary, text)
    assert found["network_only"] == evaluate(network, vocabulary, text)
    assert found["test"] == evaluate(mixture, vocabulary, text)
    assert found["test"]["perplexity"] != found["network_only"]["perplexity"]


@pytest.mark.parametrize("make", [unigram, most_common_word])
def test_baselines_keep_the_contract(make):
    model = make(VOCABULARY)
    states = model.advance(model.start(3), np.array([COMMA, THE, CAT], np.int32))
    log_probabilities = model.log_probabilities(states)
    assert log_probabilities.shape == (3, model.vocabulary_size) == (3, 9)
    assert log_probabilities.dtype == np.float32
    np.testing.assert_allclose(np.exp(log_probabilities).sum(axis=1), 1, rtol=1e-6)
    ids = np.array([THE, SEVEN, CAT], np.int32)
    expected = log_probabilities[np.arange(3), ids]
    np.testing.assert_array_equal(model.score(states, ids), expected)
