"""Hypotheses: the better half is read on, and shares sum to 1 at all times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.contract import read, select_rows
from app.language.network import Network
from app.suggestion import hypotheses
from app.suggestion.decoding import Candidate, expand, read_context
from app.suggestion.hypotheses import Beam
from app.suggestion.offers import Offers
from tests.fakes import Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
OFFERS = Offers.of(VOCABULARY)
SIZE = VOCABULARY.size


def network() -> Network:
    return Network(tiny_architecture(), tiny_weights(tiny_architecture()))


def tried(model, beam: Beam, count: int = 40) -> tuple[list[Candidate], np.ndarray]:
    found = expand(model, OFFERS, beam.states, beam.log_scores, count=count)
    return found, np.array([it.log_prior for it in found])


def ids(text: str) -> np.ndarray:
    return VOCABULARY.encode(text.split())


def test_each_token_halves_the_hypotheses_and_what_is_laid_aside_stays(monkeypatch):
    """By hand: 40 are judged by the first token, 20 by the second, 10 by all others."""
    monkeypatch.setattr(hypotheses, "KEPT", 10)
    model, right = network(), ids("on the mat and so")
    beam = Beam.begin(read_context(model, ids("the cat")))
    found, scores = tried(model, beam)
    expected = scores - np.logaddexp.reduce(scores)
    live = np.arange(40)
    states = [read(model, beam.states, np.array([it.token_ids])) for it in found]
    for position, token_id in enumerate(right):
        before = np.logaddexp.reduce(expected[live])
        for i in live:
            expected[i] += float(model.log_probabilities(states[i])[0, token_id])
            states[i] = model.advance(states[i], right[position : position + 1])
        expected[live] += before - np.logaddexp.reduce(expected[live])
        if len(live) > 10:
            best = np.argsort(-expected[live])[: max(10, len(live) // 2)]
            live = np.sort(live[best])
    judged = beam.take(model, found, scores).judge(model, right, 1.0)
    assert (len(live), len(judged.choices), len(judged.laid_aside)) == (10, 10, 30)
    shares = {it.token_ids: share for it, share in judged.shares(0)}
    for candidate, log_share in zip(found, expected, strict=True):
        assert shares[candidate.token_ids] == pytest.approx(np.exp(log_share), rel=1e-3)


@settings(max_examples=20)
@given(
    kept=st.integers(1, 50),
    weight=st.floats(0.1, 1.0),
    rights=st.lists(st.lists(st.integers(5, SIZE - 1), max_size=30), max_size=3),
)
def test_shares_always_sum_to_1(kept, weight, rights):
    model, patch = network(), pytest.MonkeyPatch()
    patch.setattr(hypotheses, "KEPT", kept)
    beam = Beam.begin(model.start(1))
    for place, right in enumerate(rights):
        piece = np.array(right, np.int32)
        beam = beam.take(model, *tried(model, beam)).judge(model, piece, weight)
        beam = beam.read_on(model, piece)
        for earlier in range(place + 1):
            shares = [share for _, share in beam.shares(earlier)]
            assert min(shares) >= 0
            assert sum(shares) == pytest.approx(1.0)
    log_scores = [*beam.log_scores, *(score for score, _ in beam.laid_aside)]
    assert np.logaddexp.reduce(log_scores) == pytest.approx(0.0, abs=1e-9)
    patch.undo()


def test_the_weight_is_an_exponent_of_what_the_text_says():
    model, right = network(), ids("on the mat")
    beam = Beam.begin(model.start(1))
    taken = beam.take(model, *tried(model, beam, 20))
    gained = taken.judge(model, right, 1.0).log_scores - taken.log_scores
    halfway = taken.judge(model, right, 0.5).log_scores - taken.log_scores
    differences = (gained - gained[0]) / 2
    np.testing.assert_allclose(halfway - halfway[0], differences, atol=1e-4)


def test_equal_hypotheses_are_laid_aside_in_order(monkeypatch):
    monkeypatch.setattr(hypotheses, "KEPT", 4)
    model = Uniform(SIZE)
    beam = Beam.begin(model.start(1))
    found, scores = tried(model, beam, 16)
    judged = beam.take(model, found, np.zeros(16)).judge(model, ids("on the"), 1.0)
    assert [taken[0] for taken in judged.choices] == found[:4]
    assert [taken[0] for _, taken in judged.laid_aside] == found[8:] + found[4:8]
    assert {round(share, 9) for _, share in judged.shares(0)} == {1 / 16}


def test_states_belong_to_their_hypotheses_after_halving(monkeypatch):
    monkeypatch.setattr(hypotheses, "KEPT", 3)
    model, right = network(), ids("on the mat")
    beam = Beam.begin(read_context(model, ids("the")))
    beam = beam.take(model, *tried(model, beam)).judge(model, right, 1.0)
    assert len(beam.choices) == 5  # of 40 after 20 and 10
    for row, (candidate,) in enumerate(beam.choices):
        text = np.concatenate([ids("the"), candidate.token_ids, right])
        expected = model.log_probabilities(read_context(model, text))
        found = model.log_probabilities(select_rows(beam.states, np.array([row])))
        np.testing.assert_allclose(found, expected, atol=1e-4)
