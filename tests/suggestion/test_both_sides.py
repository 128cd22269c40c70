"""With a two-sided network a blank is the pool of what both networks say."""

from __future__ import annotations

import numpy as np
import pytest

from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.suggestion import blank_candidates, hypotheses
from app.suggestion.blank_candidates import Blank, Given
from app.suggestion.blanks import fill
from app.suggestion.both_sides import MAX_SIDE_TOKENS, SHARE
from app.suggestion.offers import Offers
from app.text.vocabulary import OOV, RESERVED
from tests.fakes import Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
OFFERS = Offers.of(VOCABULARY)
SIZE = VOCABULARY.size
MODEL = Network(tiny_architecture(), tiny_weights(tiny_architecture()))
BLANKS = tiny_architecture().for_blanks()
TWO_SIDED = TwoSidedNetwork(BLANKS, tiny_weights(BLANKS, seed=1))


@pytest.fixture(autouse=True)
def nothing_laid_aside(monkeypatch):
    monkeypatch.setattr(hypotheses, "KEPT", 10_000)


def ids(text: str) -> np.ndarray:
    return VOCABULARY.encode(text.split())


def ask(*pieces: np.ndarray, model=MODEL, two_sided=TWO_SIDED, candidates=None):
    given = candidates and [Given(it, tuple(ids(it).tolist())) for it in candidates]
    blanks = [Blank(OFFERS)] * (len(pieces) - 1)
    return fill(model, blanks, pieces, top=1000, candidates=given, two_sided=two_sided)


def left_to_right(left, word, right) -> float:
    """Log-probability of the word and what follows, OOV being one of its words."""
    states, total = MODEL.read(MODEL.start(1), left[None]), 0.0
    for place, token_id in enumerate([*word, *right]):
        row = MODEL.log_probabilities(states)[0].astype(float)
        total += row[token_id]
        if place < len(word):
            total -= np.log(np.exp(row[len(RESERVED) :]).sum())
            total -= np.log(7) * (token_id == OOV)
        states = MODEL.advance(states, np.array([token_id], np.int32))
    return total


def from_both_sides(left, word, right) -> float:
    """Log-probability of each token of the word, all others being known."""
    total = 0.0
    for place, token_id in enumerate(word):
        before = np.concatenate([left, word[:place]]).astype(np.int32)
        after = np.concatenate([word[place + 1 :], right]).astype(np.int32)
        total += float(TWO_SIDED.fill(before[None], after[None])[0, token_id])
        total -= np.log(7) * (token_id == OOV)
    return total


def test_the_answer_is_the_pool_of_both():
    left, right = ids("the cat"), ids("on the mat .")
    candidates = ["sat", "dog", "was n't", "zebra", "he 's"]
    (answer,) = ask(left, right, candidates=candidates)
    scores = []
    for candidate in candidates:
        word = ids(candidate)
        scores.append(
            (1 - SHARE) * left_to_right(left, word, right)
            + SHARE * from_both_sides(left, word, right)
        )
    weights = np.exp(np.array(scores) - max(scores))
    expected = dict(zip(candidates, weights / weights.sum(), strict=True))
    assert dict(answer.suggestions) == pytest.approx(expected, rel=1e-3)


def test_any_word_is_ranked_as_it_is_among_candidates():
    left, right = ids("the cat"), ids("on the mat .")
    (answer,) = ask(left, right)
    found = dict(answer.suggestions)
    (few,) = ask(left, right, candidates=["sat", "dog"])
    (first, p), (second, q) = few.suggestions
    assert found[first] / found[second] == pytest.approx(p / q, rel=1e-3)
    assert sum(found.values()) == pytest.approx(1.0)


def test_it_proposes_words_that_the_other_would_not_try(monkeypatch):
    """Of all words equally likely from the left, `BEAM` are tried by their ids."""
    monkeypatch.setattr(blank_candidates, "BEAM", 10)
    sides = ids("the cat"), ids("on")
    (without,) = ask(*sides, model=Uniform(SIZE), two_sided=None)
    (answer,) = ask(*sides, model=Uniform(SIZE))
    table = TWO_SIDED.fill(sides[0][None], sides[1][None])[0]
    words = OFFERS.host_ids[OFFERS.is_alone]
    best = [VOCABULARY.written[i] for i in words[np.argsort(-table[words])[:10]]]
    assert [it.word for it in answer.suggestions] == best
    assert not {it.word for it in without.suggestions} >= set(best)
    assert 0 < answer.unexamined < 1


def test_each_of_two_blanks_reads_the_other_as_an_unknown_word():
    pieces = ids("the"), ids("sat on the"), ids(".")
    answers = ask(*pieces, model=Uniform(SIZE), candidates=["cat", "mat"])
    sides = [
        (pieces[0], np.concatenate([pieces[1], [OOV], pieces[2]])),
        (np.concatenate([pieces[0], [OOV], pieces[1]]), pieces[2]),
    ]
    for answer, (left, right) in zip(answers, sides, strict=True):
        scores = [
            SHARE * from_both_sides(left, ids(it), right) for it in ("cat", "mat")
        ]
        expected = np.exp(scores) / np.exp(scores).sum()
        found = dict(answer.suggestions)
        assert [found["cat"], found["mat"]] == pytest.approx(expected, rel=1e-4)


def test_what_stands_far_away_is_not_read():
    near = np.full(MAX_SIDE_TOKENS, 9, np.int32)
    answers = [
        ask(np.append(far, near), ids("on"), model=Uniform(SIZE))
        for far in (ids("the cat"), ids("was n't"))
    ]
    assert answers[0] == answers[1]


def test_a_blank_at_the_end_is_the_next_word_of_the_language_model():
    (with_it,), (without,) = (
        ask(ids("the cat"), ids(""), two_sided=it) for it in (TWO_SIDED, None)
    )
    assert with_it == without
