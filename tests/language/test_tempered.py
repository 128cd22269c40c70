"""A temperature sharpens or flattens every distribution, and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.cache import Cache
from app.language.contract import BoundsScores, branch, read, score_run, select_rows
from app.language.mixture import Mixture
from app.language.mixture_weights import Weights
from app.language.network import Network
from app.language.tempered import Tempered
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.fakes import Next, Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

SIZE = tiny_vocabulary().size
temperatures = st.floats(0.1, 5).filter(lambda it: it != 1)
contexts = st.lists(st.integers(5, SIZE - 1), max_size=8)


def network(seed: int = 0) -> Network:
    return Network(tiny_architecture(), tiny_weights(tiny_architecture(), seed))


def states_of(model, ids: list[int], rows: int = 1):
    token_ids = np.tile(np.array(ids, np.int32), (rows, 1))
    return read(model, model.start(rows), token_ids)


@given(temperatures, contexts, st.integers(0, 3))
def test_probabilities_sum_to_1_in_the_order_of_the_model(temperature, ids, seed):
    model = network(seed)
    plain = model.log_probabilities(states_of(model, ids))[0]
    tempered = Tempered(model, temperature)
    table = tempered.log_probabilities(states_of(tempered, ids))
    assert (table.dtype, table.shape) == (np.float32, (1, SIZE))
    np.testing.assert_allclose(np.exp(table).sum(), 1, rtol=1e-5)
    assert (np.diff(table[0][np.argsort(plain)]) >= 0).all()


@given(temperatures, contexts)
def test_probabilities_are_powers_of_those_of_the_model(temperature, ids):
    model = network()
    plain = model.log_probabilities(states_of(model, ids)).astype(np.float64)
    powers = np.exp(plain / temperature)
    table = Tempered(model, temperature).log_probabilities(states_of(model, ids))
    np.testing.assert_allclose(np.exp(table), powers / powers.sum(), atol=1e-6)


@given(temperatures, contexts)
def test_equal_chances_stay_equal_and_certainty_certain(temperature, ids):
    for model in (Uniform(SIZE), Next(SIZE), Oracle(SIZE, [7] * 9)):
        states = states_of(model, ids)
        found = Tempered(model, temperature).log_probabilities(states)
        expected = model.log_probabilities(states)
        np.testing.assert_allclose(np.exp(found), np.exp(expected), atol=1e-6)


def test_near_0_the_likeliest_is_certain_and_far_above_1_all_are_equally_likely():
    model = network()
    states = states_of(model, [5, 9])
    plain = model.log_probabilities(states)[0]
    cold = np.exp(Tempered(model, 0.001).log_probabilities(states)[0])
    assert cold[plain.argmax()] > 0.999
    hot = np.exp(Tempered(model, 1e9).log_probabilities(states)[0])
    np.testing.assert_allclose(hot, 1 / SIZE, rtol=1e-3)


@given(temperatures, contexts, st.lists(st.integers(0, SIZE - 1), min_size=1))
def test_scores_are_those_of_the_distribution_and_no_bound_is_below(
    temperature, ids, asked
):
    asked = np.array(asked, np.int32)
    for model in (network(), Uniform(SIZE)):
        tempered = Tempered(model, temperature)
        states = states_of(tempered, ids)
        table = tempered.log_probabilities(states)
        rows = select_rows(states, np.zeros(len(asked), np.intp))
        scores = tempered.score(rows, asked)  # BLAS rounds other shapes differently
        np.testing.assert_allclose(scores, table[0, asked], rtol=1e-6, atol=1e-6)
        assert isinstance(tempered, BoundsScores)
        bounds = tempered.score_bounds(states, asked)
        assert (bounds.dtype, bounds.shape) == (np.float32, (1, len(asked)))
        assert (bounds >= table[:, asked]).all()
        assert (bounds <= 0).all()


@given(temperatures, contexts, st.lists(st.integers(5, SIZE - 1), min_size=1))
def test_what_is_read_is_read_by_the_model(temperature, ids, more):
    weights = Weights(np.array([], np.float32), np.float32([[0.7, 0, 0.3]] * 2))
    model = Mixture(network(), None, Cache(100, 5.0), weights)
    tempered, more = Tempered(model, temperature), np.array(more, np.int32)
    states, rows = states_of(model, ids), np.zeros(len(more), np.intp)
    np.testing.assert_array_equal(
        model.log_probabilities(branch(tempered, states, rows, more)),
        model.log_probabilities(branch(model, states, rows, more)),
    )
    scores, after = score_run(tempered, states, more[None])
    np.testing.assert_allclose(
        model.log_probabilities(after),
        model.log_probabilities(read(model, states, more[None])),
        rtol=1e-4,
    )
    for step, token_id in enumerate(more):
        row = tempered.log_probabilities(states)[0]
        np.testing.assert_allclose(scores[0, step], row[token_id], atol=1e-5)
        states = tempered.advance(states, more[step : step + 1])


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf")])
def test_a_temperature_is_above_0(temperature):
    with pytest.raises(ValueError, match="the temperature is"):
        Tempered(Uniform(SIZE), temperature)


class Unbounded:
    """A model whose bounds nobody knows, so that nothing is left out by them."""

    def __init__(self, model: Tempered) -> None:
        self.vocabulary_size = model.vocabulary_size
        self.start, self.advance = model.start, model.advance
        self.log_probabilities, self.score = model.log_probabilities, model.score


@pytest.mark.parametrize("temperature", [0.1, 0.5, 0.9, 1.5, 5])
@pytest.mark.parametrize(
    "text", ["", "It is raining in London. I", "We do", "the cat "]
)
def test_words_contractions_and_phrases_have_their_probabilities(temperature, text):
    tempered = Tempered(network(), temperature)
    quick = Predictor(tiny_vocabulary(), Tokenizer(), tempered)
    slow = Predictor(tiny_vocabulary(), Tokenizer(), Unbounded(tempered))
    session = quick.session()
    session.set(text)
    for options in ({}, {"typing": True}, {"words": 3, "confidence": 1e-6}):
        answer = slow.complete(text, **options)["blanks"][0]["suggestions"]
        found = quick.complete(text, **options)["blanks"][0]["suggestions"]
        assert [it["word"] for it in found] == [it["word"] for it in answer]
        np.testing.assert_allclose(
            [it["probability"] for it in found],
            [it["probability"] for it in answer],
            rtol=1e-4,
        )
        if "words" not in options:
            words = session.complete(typing="typing" in options)
            assert [it.word for it in words] == [it["word"] for it in answer]
