"""Everybody reads the same text side by side, and nobody notices the others."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import UserError
from app.evaluation.contenders import (
    CACHE,
    NETWORK_ONLY,
    NGRAMS,
    TEST,
    TRIGRAMS,
    Contenders,
    observe,
)
from app.evaluation.outcomes import Outcomes
from app.evaluation.subject import Subject
from app.language.cache import Cache
from app.language.kneser_ney import estimate
from app.language.mixture import Mixture
from app.language.mixture_weights import Weights
from app.language.network import Network
from app.language.ngram import NGramModel
from app.suggestion.predictor import Predictor
from app.text.encoding import EncodedText
from app.text.tokenizer import Tokenizer
from tests.tiny import tiny_architecture, tiny_text, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
EDGES = np.array([2.0], np.float32)
SHARES = np.array([[0.8, 0.2, 0], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4]], np.float32)


@pytest.fixture(scope="module")
def ngrams(tmp_path_factory) -> NGramModel:
    folder = tmp_path_factory.mktemp("ngrams")
    estimate(tiny_text(), VOCABULARY.size, folder, order=3)
    return NGramModel.load(folder)


@pytest.fixture(scope="module")
def network() -> Network:
    architecture = tiny_architecture()
    return Network(architecture, tiny_weights(architecture))


@pytest.fixture(scope="module")
def mixture(network, ngrams) -> Mixture:
    return Mixture(network, ngrams, Cache(50, 9.0), Weights(EDGES, SHARES))


def random_text(lengths: list[int]) -> EncodedText:
    ids = np.random.default_rng(5).integers(5, VOCABULARY.size, sum(lengths))
    return EncodedText(ids.astype(np.int32), np.cumsum(lengths))


def assert_same(first: Outcomes, second: Outcomes) -> None:
    """Up to the rounding of products over different numbers of rows."""
    np.testing.assert_allclose(first.losses, second.losses, atol=1e-4)
    np.testing.assert_allclose(first.confidences, second.confidences, rtol=1e-4)
    for name in ("ranks", "word_ranks", "letter_ranks"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def alone(model, text: EncodedText, batch: int = 1) -> Outcomes:
    return observe(Contenders({TEST: model}), VOCABULARY, text, batch)[TEST]


class Stepwise:
    """A model that is known by the contract alone."""

    def __init__(self, model) -> None:
        self.vocabulary_size = model.vocabulary_size
        for name in ("start", "advance", "log_probabilities", "score"):
            setattr(self, name, getattr(model, name))


def test_a_mixture_brings_its_parts_and_each_is_measured_as_if_it_were_alone(
    mixture, network, ngrams
):
    text = random_text([40, 3, 25, 17])
    models = {TEST: mixture, NGRAMS: ngrams, TRIGRAMS: ngrams}
    found = observe(Contenders(models), VOCABULARY, text)
    assert found.keys() == {TEST, NETWORK_ONLY, NGRAMS, CACHE, TRIGRAMS}
    assert_same(found[TEST], alone(Stepwise(mixture), text))
    assert_same(found[NETWORK_ONLY], alone(network, text))
    assert_same(found[NGRAMS], alone(ngrams, text))
    assert_same(found[TRIGRAMS], found[NGRAMS])


def test_a_cache_alone_knows_what_was_read_and_else_offers_frequent_words(mixture):
    ids = np.array([30, 31] * 12, np.int32)
    text = EncodedText(ids, np.array([len(ids)]))
    found = observe(Contenders({TEST: mixture}), VOCABULARY, text)[CACHE]
    assert np.isinf(found.losses[0])  # nothing to look up yet
    assert found.ranks[0] == 1 + 1 + 25  # behind EOS and the words of ids 5 to 29
    assert found.losses[-1] < np.log(2.1)


@pytest.mark.parametrize("lengths", [[1], [33], [5, 40, 1, 17, 17, 8, 26], [2] * 9])
def test_neither_batch_nor_order_nor_division_changes_anything(mixture, lengths):
    text = random_text(lengths)
    expected = alone(Stepwise(mixture), text, batch=1)
    for batch in (1, 2, 3, 64):
        assert_same(alone(mixture, text, batch), expected)
    documents = [np.array(it) for it in text.documents()]
    parts = [alone(mixture, EncodedText(it, np.array([len(it)]))) for it in documents]
    together = Outcomes.empty(text.num_tokens)
    starts = np.cumsum([0, *lengths[:-1]])
    for start, length, part in zip(starts, lengths, parts, strict=True):
        together.put(np.arange(start, start + length), part)
    assert_same(together, expected)


def test_documents_without_tokens_are_passed_over(mixture):
    text = random_text([4, 6])
    with_empty = EncodedText(text.ids, np.array([0, 4, 4, 10, 10]))
    assert_same(alone(mixture, with_empty), alone(mixture, text))


def test_a_text_without_tokens_is_refused(mixture):
    with pytest.raises(UserError, match="no tokens"):
        alone(mixture, EncodedText(np.zeros(0, np.int32), np.zeros(0, np.int64)))


def test_a_model_without_parts_is_measured_beside_its_n_grams(network, ngrams):
    predictor = Predictor(VOCABULARY, Tokenizer(), network)
    subject = Subject(predictor, np.zeros((VOCABULARY.size, 2)), ngrams)
    contenders = Contenders.of(subject)
    found = observe(contenders, VOCABULARY, random_text([9]))
    assert found.keys() == {TEST, NGRAMS}


def test_whoever_is_interrupted_does_not_wait_for_the_rest(mixture):
    text = random_text([50] * 200)
    done: list[float] = []

    def report(number: float) -> None:
        done.append(number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(Contenders({TEST: mixture}), VOCABULARY, text, 4, report)
    assert done[-1] < text.num_tokens / 2
