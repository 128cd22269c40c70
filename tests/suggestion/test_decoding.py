"""Next words are exact, deterministic, and never a reserved token."""

from __future__ import annotations

import dataclasses
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.contract import read
from app.language.network import Network
from app.suggestion.decoding import (
    CONTEXT_STEP,
    MAX_CONTEXT_TOKENS,
    best_indices,
    context_start,
    expand,
    propose,
    read_context,
    suggest,
    token_priors,
)
from app.suggestion.next_tokens import next_log_probabilities
from app.suggestion.offers import Offers
from app.text.tokenizer import BOUND_HOSTS, CLITICS, HOSTS
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary
from tests.fakes import Next, Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
OFFERS = Offers.of(VOCABULARY)
NUM_RESERVED = len(RESERVED)
ids = st.integers(NUM_RESERVED, VOCABULARY.size - 1)
texts = st.lists(ids | st.just(OOV), max_size=8)


def network(seed: int = 0, **options) -> Network:
    architecture = tiny_architecture(**options)
    return Network(architecture, tiny_weights(architecture, seed))


def id_of(token: str) -> int:
    return int(VOCABULARY.encode([token])[0])


def every_word(model, states) -> dict[tuple[int, ...], float]:
    """The probability of each word and contraction there is, by brute force."""

    def probabilities(states) -> np.ndarray:
        row = np.exp(model.log_probabilities(states)[0].astype(float))
        row[:NUM_RESERVED] = 0.0
        return row / row.sum()

    found = {}
    first = probabilities(states)
    for host, token in enumerate(VOCABULARY.tokens):
        alone = VOCABULARY.is_suggestable[host]
        if alone:
            found[(host,)] = first[host]
        after = model.advance(states, np.array([host], np.int32))
        second = probabilities(after)
        for clitic in VOCABULARY.clitic_ids.tolist():
            hosts = HOSTS.get(VOCABULARY.tokens[clitic])
            is_noun = alone and token not in HOSTS["n't"]
            if is_noun if hosts is None else token in hosts:
                found[(host, clitic)] = first[host] * second[clitic]
    return found


@settings(max_examples=10)
@given(text=texts, seed=st.integers(0, 9))
def test_all_words_have_the_probability_of_their_tokens(text, seed):
    model = network(seed)
    states = read_context(model, np.array(text, np.int32))
    exact = every_word(model, states)
    found = propose(model, OFFERS, states, count=10_000)
    assert {it.token_ids for it in found} == exact.keys()
    for candidate in found:
        probability = np.exp(candidate.log_prior)
        assert probability == pytest.approx(exact[candidate.token_ids], rel=1e-4)
    assert found == sorted(found, key=lambda it: (-it.log_prior, it.token_ids))


@settings(max_examples=25)
@given(text=texts, seed=st.integers(0, 9), count=st.integers(1, 12))
def test_the_first_words_are_the_likeliest_of_all(text, seed, count):
    model = network(seed)
    states = read_context(model, np.array(text, np.int32))
    found = propose(model, OFFERS, states, count)
    assert len(found) == count
    exact = sorted(every_word(model, states).values(), reverse=True)[:count]
    assert np.exp([it.log_prior for it in found]) == pytest.approx(exact, rel=1e-4)


@settings(max_examples=25)
@given(text=texts, seed=st.integers(0, 9))
def test_words_offered_alone_have_at_most_all_probability(text, seed):
    model = network(seed)
    states = read_context(model, np.array(text, np.int32))
    found = propose(model, OFFERS, states, count=10_000)
    alone = sum(np.exp(it.log_prior) for it in found if len(it.token_ids) == 1)
    assert 0 < alone <= 1 + 1e-5
    unreserved = np.arange(NUM_RESERVED, VOCABULARY.size)[None]
    total = np.exp(token_priors(model, states, unreserved)).sum()
    assert total == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=25)
@given(text=texts, seed=st.integers(0, 9), count=st.integers(1, 100))
def test_reserved_tokens_clitics_and_bound_hosts_are_never_suggested(text, seed, count):
    model = network(seed)
    states = read_context(model, np.array(text, np.int32))
    words = [it.word for it in suggest(model, OFFERS, states, count)]
    assert len(set(words)) == len(words)
    assert not set(words) & {*RESERVED, *CLITICS, *BOUND_HOSTS, ".", ",", "?", "!"}


def test_a_uniform_model_offers_words_in_the_order_of_their_ids():
    model = Uniform(VOCABULARY.size)
    found = propose(model, OFFERS, model.start(1), count=4)
    assert [it.word for it in found] == ["the", "of", "and", "to"]
    share = 1 / (VOCABULARY.size - NUM_RESERVED)
    for candidate in found:
        assert np.exp(candidate.log_prior) == pytest.approx(share, rel=1e-5)


def test_contractions_of_a_uniform_model_come_after_all_single_words():
    model = Uniform(VOCABULARY.size)
    found = propose(model, OFFERS, model.start(1), count=10_000)
    num_alone = int(VOCABULARY.is_suggestable.sum())
    assert [len(it.token_ids) for it in found[:num_alone]] == [1] * num_alone
    assert len(found) == num_alone + OFFERS.may_join.sum()
    pairs = [it.token_ids for it in found[num_alone:]]
    assert pairs == sorted(pairs)


def test_an_oracle_is_certain_of_the_word_that_comes():
    text = VOCABULARY.encode(["the", "London", "cat"])
    model = Oracle(VOCABULARY.size, text)
    states = read_context(model, text[:1])
    first, second = suggest(model, OFFERS, states, count=2)
    assert first == ("London", 1.0)
    assert second.probability < 1e-30


def test_an_oracle_joins_a_contraction_and_leaves_its_host_alone():
    text = VOCABULARY.encode(["It", "'s", "not"])
    model = Oracle(VOCABULARY.size, text)
    found = suggest(model, OFFERS, model.start(1), count=3)
    assert found[:2] == [("it", 1.0), ("it's", 1.0)]


def test_a_bound_host_is_offered_with_its_clitic_only():
    text = VOCABULARY.encode(["ca", "n't"])
    model = Oracle(VOCABULARY.size, text)
    found = suggest(model, OFFERS, model.start(1), count=5)
    assert found[0] == ("can't", 1.0)
    assert "ca" not in [it.word for it in found]


def test_only_what_english_joins_is_joined():
    """ "Londonn't" and "the'm" were offered."""
    model = Uniform(VOCABULARY.size)
    words = {it.word for it in propose(model, OFFERS, model.start(1), count=10_000)}
    assert {"isn't", "can't", "I'm", "you're", "we've", "she'll", "London's"} <= words
    nobody_says = {"Londonn't", "the'm", "cat're", "ca's", "wo'll", "is's"}
    assert not nobody_says & words
    assert {it for it in words if it.endswith("'m")} == {"I'm"}


def test_the_usual_written_form_of_the_host_is_kept_in_a_contraction():
    text = VOCABULARY.encode(["I", "'d"])
    model = Oracle(VOCABULARY.size, text)
    words = [it.word for it in suggest(model, OFFERS, model.start(1), 2)]
    assert words == ["I", "I'd"]


def test_next_follows_the_last_id():
    model = Next(VOCABULARY.size)
    states = read_context(model, VOCABULARY.encode(["cat"]))
    assert suggest(model, OFFERS, states, 1) == [("dog", 1.0)]


def test_a_pretokenized_vocabulary_has_no_contractions():
    cased = dataclasses.replace(VOCABULARY, pretokenized=True)
    model = Uniform(cased.size)
    found = propose(model, Offers.of(cased), model.start(1), count=10_000)
    assert all(len(it.token_ids) == 1 for it in found)
    assert "ca" in [it.word for it in found]


def test_words_that_differ_only_in_case_are_offered_once_with_their_sum():
    tokens = (*RESERVED, "The", "the", "cat", "Cat", "dog")
    cased = Vocabulary(tokens, np.ones(10, np.int64), tokens, pretokenized=True)
    model = Uniform(10)
    found = suggest(model, Offers.of(cased), model.start(1), count=5)
    assert [it.word for it in found] == ["The", "cat", "dog"]
    assert [it.probability for it in found] == pytest.approx([0.4, 0.4, 0.2])


def test_marks_are_offered_on_request():
    model = Oracle(VOCABULARY.size, VOCABULARY.encode(["."]))
    offers = Offers.of(VOCABULARY, punctuation=True)
    assert suggest(model, offers, model.start(1), 1) == [(".", 1.0)]
    assert suggest(model, OFFERS, model.start(1), 1)[0].word != "."


def test_a_tiny_vocabulary_gives_fewer_words_than_asked_for():
    two = Vocabulary(
        (*RESERVED, "yes", "no"), np.ones(7, np.int64), (*RESERVED, "yes", "no")
    )
    model = Uniform(7)
    found = suggest(model, Offers.of(two), model.start(1), count=5)
    assert [it.word for it in found] == ["yes", "no"]
    assert [it.probability for it in found] == pytest.approx([0.5, 0.5])


def test_a_vocabulary_without_a_word_to_offer_gives_none():
    marks = Vocabulary((*RESERVED, ".", "!"), np.ones(7, np.int64), (*RESERVED, *".!"))
    model = Uniform(7)
    assert suggest(model, Offers.of(marks), model.start(1), count=5) == []


@pytest.mark.parametrize(
    ("length", "start"), [(1499, 0), (1500, 500), (2999, 1500), (3000, 2000)]
)
def test_only_the_last_tokens_of_a_long_text_are_read(length, start):
    model = network(cell="rnn")
    text = np.random.default_rng(0).integers(5, VOCABULARY.size, length)
    whole, end = (
        read_context(model, text),
        read(model, model.start(1), text[None, start:]),
    )
    np.testing.assert_array_equal(whole[-1].hidden, end[-1].hidden)
    counting = Uniform(VOCABULARY.size)
    num_read = int(read_context(counting, text)[0][0])
    assert num_read == length - start
    assert (
        MAX_CONTEXT_TOKENS <= num_read < MAX_CONTEXT_TOKENS + CONTEXT_STEP or not start
    )


def test_a_context_that_grows_seldom_begins_anew():
    starts = [context_start(length) for length in range(5000)]
    assert len(set(starts)) == 1 + (5000 - 1 - MAX_CONTEXT_TOKENS) // CONTEXT_STEP


class Slow:
    """A network behind nothing but the contract, without what makes it quick."""

    def __init__(self, model: Network) -> None:
        self.vocabulary_size = model.vocabulary_size
        self.start, self.advance = model.start, model.advance
        self.log_probabilities, self.score = model.log_probabilities, model.score


@settings(max_examples=60)
@given(
    seed=st.integers(0, 9),
    count=st.integers(1, 70),
    num_rows=st.integers(1, 4),
    per_row=st.none() | st.integers(1, 30),
    clitic_bias=st.floats(-3, 9),
    eos_bias=st.floats(-3, 20),
)
def test_what_bounds_leave_out_is_not_missed(
    seed, count, num_rows, per_row, clitic_bias, eos_bias
):
    architecture = tiny_architecture()
    weights = tiny_weights(architecture, seed)
    weights["output_bias"][VOCABULARY.clitic_ids] += np.float32(clitic_bias)
    weights["output_bias"][EOS] += np.float32(eos_bias)
    model = Network(architecture, weights)
    states = model.advance(model.start(num_rows), np.arange(9, 9 + num_rows))
    priors = np.linspace(-1, -2, num_rows)
    options = {"count": count, "per_row": per_row}
    with patch("app.language.layers.LEADING_TOKENS", 20):
        found = expand(model, OFFERS, states, priors, **options)
    # A margin that all contractions are within: none is left out.
    with patch("app.suggestion.decoding._MARGIN", np.inf):
        expected = expand(Slow(model), OFFERS, states, priors, **options)
    assert [(it.word, it.row) for it in found] == [(it.word, it.row) for it in expected]
    np.testing.assert_allclose(
        [it.log_prior for it in found], [it.log_prior for it in expected], atol=1e-5
    )


@given(
    seed=st.integers(0, 9),
    biases=st.lists(st.floats(-9, 30), min_size=NUM_RESERVED, max_size=NUM_RESERVED),
)
def test_next_log_probabilities_leave_reserved_ids_out_however_likely(seed, biases):
    architecture = tiny_architecture()
    weights = tiny_weights(architecture, seed)
    weights["output_bias"][:NUM_RESERVED] = biases
    model = Network(architecture, weights)
    states = model.start(2)
    expected = model.log_probabilities(states).astype(float)[:, NUM_RESERVED:]
    expected -= np.logaddexp.reduce(expected, axis=1, keepdims=True)
    found = next_log_probabilities(model, states)[:, NUM_RESERVED:]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_expanding_several_rows_equals_proposing_from_each():
    model = network(cell="gru")
    first = np.array([9, 20, 33], np.int32)
    states = model.advance(model.start(3), first)
    scores = np.array([-1.0, -2.0, -3.0])
    together = expand(model, OFFERS, states, scores, count=10_000)
    for row, score in enumerate(scores):
        one = model.advance(model.start(1), first[row : row + 1])
        alone = propose(model, OFFERS, one, count=10_000)
        mine = [it for it in together if it.row == row]
        assert [it.word for it in mine] == [it.word for it in alone]
        np.testing.assert_allclose(
            [it.log_prior for it in mine],
            [it.log_prior + score for it in alone],
            atol=1e-5,
        )
    assert together == sorted(together, key=lambda it: -it.log_prior)


@given(st.lists(st.integers(-3, 3).map(float), max_size=30), st.integers(min_value=1))
def test_best_indices_are_those_of_a_stable_sort(values, count):
    expected = sorted(range(len(values)), key=lambda i: -values[i])[:count]
    assert best_indices(np.array(values), count).tolist() == expected
