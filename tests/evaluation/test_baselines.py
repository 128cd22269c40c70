"""What every model has to beat, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.baselines import most_common_word, outcomes_of, unigram
from app.evaluation.contenders import TEST, Contenders, observe
from app.evaluation.measuring import evaluate
from app.evaluation.outcomes import Judge
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary

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


@pytest.mark.parametrize("make", [unigram, most_common_word])
def test_what_never_changes_is_measured_without_reading(make):
    text = training_text()
    model = make(VOCABULARY)
    slow = observe(Contenders({TEST: model}), VOCABULARY, text)[TEST]
    quick = outcomes_of(model, Judge(VOCABULARY), text.ids)
    for name, values in vars(slow).items():
        np.testing.assert_array_equal(getattr(quick, name), values, name)


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
