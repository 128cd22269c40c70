"""Fitted weights: against closed forms, and against the mixture that uses them."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.measuring import evaluate
from app.language.kneser_ney import estimate
from app.language.mixture import Mixture
from app.language.mixture_fitting import (
    MOST_OF_A_DOCUMENT,
    SHARPNESSES,
    SIZES,
    fit_mixture,
    fit_weights,
)
from app.language.network import Network
from app.language.ngram import NGramModel
from app.text.encoding import EncodedText
from tests.tiny import tiny_architecture, tiny_text, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()


def test_a_part_that_is_always_right_gets_the_weight():
    probabilities = np.tile([0.001, 0.9, 0.5], (10_000, 1))
    weights = fit_weights(probabilities, None, parts=[0, 1])
    np.testing.assert_allclose(weights.shares, [[0.0, 1.0, 0.0]], atol=2e-3)


def test_parts_that_are_right_by_turns_are_weighed_as_often_as_they_are_right():
    """Where one part has 1 and the other 0, the likeliest weights are the shares."""
    is_first = np.arange(10_000) % 4 < 3
    probabilities = np.stack([is_first, ~is_first, np.zeros(10_000)], axis=1)
    weights = fit_weights(probabilities.astype(float), None, parts=[0, 1])
    np.testing.assert_allclose(weights.shares, [[0.75, 0.25, 0]], atol=2e-3)


def test_weights_are_found_for_every_bucket_of_the_evidence():
    evidence = np.repeat([-np.inf, *range(1, 11)], 2000).astype(float)
    is_sure = evidence > 5
    cache = np.where(is_sure, 0.9, 0.0001)
    cache[evidence == -np.inf] = 0.0
    probabilities = np.stack([np.full(len(cache), 0.1), cache * 0, cache], axis=1)
    weights = fit_weights(probabilities, evidence, parts=[0, 2])
    by_evidence = weights.of(np.array([-np.inf, 1.0, 10.0]), 3)
    np.testing.assert_allclose(
        by_evidence, [[1, 0, 0], [1, 0, 0], [0, 0, 1]], atol=0.02
    )
    np.testing.assert_allclose(weights.shares.sum(axis=1), 1, atol=1e-6)


def test_a_cache_that_never_had_evidence_still_gets_weights():
    nothing = np.full(5, -np.inf)
    weights = fit_weights(np.full((5, 3), 0.1), nothing, parts=[0, 2])
    assert np.isfinite(weights.shares).all()
    assert weights.of(nothing, 5)[0, 2] == 0


@pytest.fixture(scope="module")
def ngrams(tmp_path_factory) -> NGramModel:
    folder = tmp_path_factory.mktemp("ngrams")
    estimate(tiny_text(), VOCABULARY.size, folder, order=3)
    return NGramModel.load(folder)


def network(**shape: object) -> Network:
    architecture = tiny_architecture(**shape)
    return Network(architecture, tiny_weights(architecture))


@pytest.mark.parametrize("has_ngrams", [True, False])
def test_the_mixture_beats_its_network_on_the_text_that_it_was_fitted_on(
    ngrams, has_ngrams
):
    text, model, told = tiny_text(), network(), []
    counted = ngrams if has_ngrams else None
    fit = fit_mixture(model, counted, list(text.documents()), told.append)
    assert told[-1] == text.num_tokens
    assert fit.cache.size in SIZES
    assert fit.cache.sharpness in SHARPNESSES
    expected = {"ngrams", "cache", "ngrams cache"} if has_ngrams else {"cache"}
    assert fit.weights.keys() == expected
    alone = evaluate(model, VOCABULARY, text)["perplexity"]
    for name in expected:
        mixture = Mixture.of(
            model,
            ngrams if "ngrams" in name else None,
            fit.cache if "cache" in name else None,
            fit,
        )
        assert evaluate(mixture, VOCABULARY, text)["perplexity"] < alone


def test_all_parts_together_are_at_least_as_good_as_any_two(ngrams):
    text, model = tiny_text(), network()
    fit = fit_mixture(model, ngrams, list(text.documents()))
    found = {
        (has_ngrams, has_cache): evaluate(
            Mixture.of(
                model,
                ngrams if has_ngrams else None,
                fit.cache if has_cache else None,
                fit,
            ),
            VOCABULARY,
            text,
        )["loss_nats"]
        for has_ngrams, has_cache in [(1, 1), (1, 0), (0, 1)]
    }
    assert found[1, 1] <= min(found.values()) + 0.01  # the prior holds it back


def test_a_network_with_a_window_gets_no_cache(ngrams):
    documents = list(tiny_text().documents())
    fit = fit_mixture(network(context_length=5), ngrams, documents)
    assert fit.cache is None
    assert fit.weights.keys() == {"ngrams"}
    alone = fit_mixture(network(context_length=5), None, documents)
    assert alone.weights == {}


def test_of_long_documents_the_beginning_is_looked_at():
    ids = np.tile(tiny_text().ids, 1 + MOST_OF_A_DOCUMENT // 600)
    told: list[float] = []
    text = EncodedText(ids, np.array([len(ids)]))
    fit_mixture(network(), None, list(text.documents()), told.append)
    assert told == [MOST_OF_A_DOCUMENT]
