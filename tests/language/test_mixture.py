"""The mixture is what its parts say, each with its weight."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.cache import FEWEST, JUST_READ, Cache
from app.language.contract import (
    BoundsScores,
    Branches,
    branch,
    join_rows,
    read,
    select_rows,
)
from app.language.kneser_ney import estimate
from app.language.mixture import Mixture
from app.language.mixture_weights import MixtureFit, Weights
from app.language.network import Network
from app.language.ngram import NGramModel
from tests.language.reading import (
    after,
    check_runs_are_scored_as_tokens_are,
    check_states_are_values,
)
from tests.tiny import (
    NEVER_PREDICTED,
    tiny_architecture,
    tiny_text,
    tiny_vocabulary,
    tiny_weights,
)

SIZE = tiny_vocabulary().size
CACHE = Cache(30, 9.0)
ALL = Weights(
    np.array([9.0, 11.0], np.float32),
    np.array(
        [[0.6, 0.4, 0], [0.5, 0.3, 0.2], [0.4, 0.3, 0.3], [0.3, 0.1, 0.6]], np.float32
    ),
)
FIT = MixtureFit(
    CACHE,
    {
        "ngrams": Weights(np.zeros(0, np.float32), np.array([[0.7, 0.3, 0]])),
        "cache": ALL._replace(shares=np.array([[1, 0, 0]] + [[0.8, 0, 0.2]] * 3)),
        "ngrams cache": ALL,
    },
)
NETWORKS = {
    "lstm": tiny_architecture(),
    "gru, 2 layers": tiny_architecture("gru", 2),
    "attention": tiny_architecture(attention_length=4),
}


@pytest.fixture(scope="module")
def ngrams(tmp_path_factory) -> NGramModel:
    folder = tmp_path_factory.mktemp("ngrams")
    estimate(tiny_text(), SIZE, folder, order=3)
    return NGramModel.load(folder)


@pytest.fixture(params=NETWORKS)
def network(request) -> Network:
    return network_of(request.param)


def network_of(name: str) -> Network:
    return Network(NETWORKS[name], tiny_weights(NETWORKS[name]))


@pytest.fixture(params=["ngrams", "cache", "ngrams cache"])
def mixture(request, network, ngrams) -> Mixture:
    others = request.param.split()
    return Mixture.of(
        network,
        ngrams if "ngrams" in others else None,
        CACHE if "cache" in others else None,
        FIT,
    )


def slow_log_probabilities(
    network: Network, ngrams: NGramModel, text: list[int]
) -> np.ndarray:
    """Of all three parts, from the definitions: nothing is carried along."""
    states = [after(network, text[:step]) for step in range(len(text) + 1)]
    hidden = [network.hidden(it)[0].astype(np.float64) for it in states]
    hidden = [vector / np.linalg.norm(vector) for vector in hidden]
    remembered = list(zip(hidden, text, strict=False))[-CACHE.size : -JUST_READ]
    sums = np.zeros(SIZE)
    for vector, token_id in remembered:
        sums[token_id] += np.exp(CACHE.sharpness * (vector @ hidden[-1]))
    bucket = 0
    if len(remembered) < FEWEST:
        sums[:] = 0
    else:
        bucket = 1 + int(np.searchsorted(ALL.edges, np.log(sums.sum())))
        sums /= sums.sum()
    weights = ALL.shares[bucket]
    return np.log(
        weights[0] * np.exp(network.log_probabilities(states[-1])[0])
        + weights[1] * np.exp(ngrams.log_probabilities(after(ngrams, text))[0])
        + weights[2] * sums
    )


def test_probabilities_are_those_of_the_definition(network, ngrams):
    model = Mixture.of(network, ngrams, CACHE, FIT)
    text = tiny_text().ids.tolist()
    possible = np.setdiff1d(np.arange(SIZE), NEVER_PREDICTED)
    for length in (0, 1, 2, 10, 29, 30, 31, 60):
        found = model.log_probabilities(after(model, text[:length]))[0]
        with np.errstate(divide="ignore"):
            expected = slow_log_probabilities(network, ngrams, text[:length])
        np.testing.assert_allclose(found[possible], expected[possible], atol=1e-4)


def test_every_mixture_is_a_distribution_of_finite_numbers(mixture):
    states = mixture.start(1)
    for token_id in tiny_text().ids[:50]:
        table = mixture.log_probabilities(states)
        assert table.dtype == np.float32
        assert np.isfinite(table).all()
        assert np.exp(table).sum() == pytest.approx(1, abs=1e-5)
        states = mixture.advance(states, np.array([token_id]))


def test_score_is_the_entry_of_the_distribution(mixture):
    texts = np.array([[7, 8, 7, 8], [3, 9, 9, 9], [12, 13, 3, 14]], np.int32)
    states = mixture.read(mixture.start(3), texts)
    ids = np.array([7, 9, 3], np.int32)
    expected = mixture.log_probabilities(states)[np.arange(3), ids]
    np.testing.assert_allclose(mixture.score(states, ids), expected, atol=1e-5)


def test_scoring_a_run_is_scoring_token_by_token(mixture):
    check_runs_are_scored_as_tokens_are(mixture)


def test_states_are_values(mixture):
    check_states_are_values(mixture)


@given(st.lists(st.integers(3, SIZE - 1).filter(lambda it: it != 4), max_size=60))
def test_step_by_step_is_the_whole_sequence(ngrams, text):
    for name in NETWORKS:
        mixture = Mixture.of(network_of(name), ngrams, CACHE, FIT)
        together = read(mixture, mixture.start(1), np.array([text], np.int32))
        np.testing.assert_allclose(
            mixture.log_probabilities(after(mixture, text)),
            mixture.log_probabilities(together),
            atol=1e-4,
        )


def test_rows_do_not_disturb_each_other(mixture):
    texts = [[7, 8, 7, 8, 7], [9, 9, 3, 9, 8], [3, 3, 10, 11, 3]]
    batch = mixture.read(mixture.start(3), np.array(texts, np.int32))
    again = join_rows([select_rows(batch, np.array(rows)) for rows in ([2, 0], [1])])
    alone = [mixture.log_probabilities(after(mixture, texts[row]))[0] for row in (2, 0)]
    np.testing.assert_allclose(mixture.log_probabilities(again)[:2], alone, atol=1e-4)


def test_without_other_parts_the_network_answers_itself(network):
    assert Mixture.of(network, None, None, FIT) is network


def test_parts_that_were_never_weighed_together_are_refused(network):
    only = MixtureFit(CACHE, {"ngrams": FIT.weights["ngrams"]})
    with pytest.raises(ValueError, match="no weights for 'cache'"):
        Mixture.of(network, None, CACHE, only)


def test_what_was_fitted_comes_back_from_json():
    again = MixtureFit.from_json(json.loads(json.dumps(FIT.as_json())))
    assert again.cache == CACHE
    assert again.weights.keys() == FIT.weights.keys()
    for name, weights in FIT.weights.items():
        np.testing.assert_allclose(again.weights[name].edges, weights.edges)
        np.testing.assert_allclose(again.weights[name].shares, weights.shares)


def changed(path: str, value: object) -> dict:
    values = json.loads(json.dumps(FIT.as_json()))
    *way, last = path.split(".")
    place = values
    for key in way:
        place = place[key]
    place[last] = value
    return values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("cache", {"size": 10}),
        ("cache", {"size": -1, "sharpness": 9.0}),
        ("cache", {"size": 10, "sharpness": 1e9}),
        ("cache", 7),
        ("weights", None),
        ("weights.cache", {}),
        ("weights.ngrams.shares", [[0.7, 0.4, 0.0]]),
        ("weights.ngrams.shares", [[1.2, -0.2, 0.0]]),
        ("weights.ngrams.shares", [[0.7, float("nan"), 0.0]]),
        ("weights.ngrams.shares", [[0.7, 0.3]]),
        ("weights.ngrams.shares", [[0.7, 0.3, 0.0]] * 2),
        ("weights.cache.edges", [2.0, 1.0]),
        ("weights.cache.edges", [1.0]),
    ],
)
def test_numbers_that_are_no_mixture_are_refused(path, value):
    with pytest.raises(ValueError, match="no mixture|are no weights|no such cache"):
        MixtureFit.from_json(changed(path, value))


def test_no_score_of_a_mixture_exceeds_its_bound(mixture):
    generator = np.random.default_rng(0)
    texts = [generator.integers(5, SIZE, n).tolist() for n in range(0, 60, 4)]
    states = join_rows([after(mixture, text) for text in texts])
    ids = np.array([30, 7, 1, 3, 12])
    bounds = mixture.score_bounds(states, ids)
    assert isinstance(mixture, BoundsScores)
    assert bounds.dtype == np.float32
    assert (bounds >= mixture.log_probabilities(states)[:, ids]).all()
    assert (bounds <= 0).all()


@pytest.mark.parametrize("length", [0, 5, 60])
def test_branching_a_mixture_equals_advancing_copies(mixture, length):
    text = np.random.default_rng(length).integers(5, SIZE, length).tolist()
    states, ids = after(mixture, text), np.array([9, 30, 9, 3], np.int32)
    rows = np.zeros(4, int)
    found = branch(mixture, states, rows, ids)
    assert isinstance(mixture, Branches)
    expected = mixture.advance(select_rows(states, rows), ids)
    for _ in range(2):
        np.testing.assert_allclose(
            mixture.log_probabilities(found),
            mixture.log_probabilities(expected),
            atol=1e-5,
        )
        found, expected = (mixture.advance(it, ids) for it in (found, expected))
