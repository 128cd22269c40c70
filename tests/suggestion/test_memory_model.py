"""What a memory expects is a distribution, and a model can listen to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.contract import (
    BoundsScores,
    Branches,
    branch,
    join_rows,
    read,
    select_rows,
)
from app.language.network import Network
from app.suggestion.decoding import read_context, suggest
from app.suggestion.memory import Memory
from app.suggestion.memory_model import WEIGHT, MemoryModel, Remembering
from app.suggestion.offers import Offers
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, RESERVED
from tests.fakes import Uniform
from tests.tiny import TOKENS, tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
SIZE = VOCABULARY.size
accepted = st.lists(st.lists(st.sampled_from((*TOKENS, "zebra", "Quux"))), max_size=5)
last_tokens = st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=5)


def memory_of(*texts: str) -> Memory:
    memory = Memory()
    for text in texts:
        memory.accept(text.split())
    return memory


def id_of(token: str) -> int:
    return int(VOCABULARY.encode([token])[0])


def network() -> Network:
    architecture = tiny_architecture()
    return Network(architecture, tiny_weights(architecture))


@settings(max_examples=40)
@given(accepted, last_tokens)
def test_any_memory_is_a_distribution(texts, last):
    memory = Memory()
    for text in texts:
        memory.accept(text)
    table = MemoryModel(memory, VOCABULARY).log_probabilities(np.array(last))
    assert table.dtype == np.float32 and table.shape == (len(last), SIZE)
    assert np.exp(table.astype(float)).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    never = [PAD, BOS, BLANK]
    assert np.isneginf(table[:, never]).all()
    assert np.isfinite(np.delete(table, never, axis=1)).all()


def test_the_equations_hold_for_a_small_memory():
    model = MemoryModel(memory_of("the cat the dog"), VOCABULARY)
    after_the = np.exp(model.log_probabilities(np.array([id_of("the")])))[0]
    after_cat = np.exp(model.log_probabilities(np.array([id_of("cat")])))[0]
    alone = np.exp(model.log_probabilities(np.array([BOS])))[0]
    n = SIZE - 3
    unigram = (1 + 1 / n) / 5
    assert alone[id_of("cat")] == pytest.approx(unigram, rel=1e-3)
    assert alone[id_of("rain")] == pytest.approx(1 / n / 5, rel=1e-3)
    assert after_the[id_of("cat")] == pytest.approx((1 + unigram) / 3, rel=1e-3)
    the = (2 + 1 / n) / 5
    assert after_cat[id_of("the")] == pytest.approx((1 + the) / 2, rel=1e-3)
    assert after_the[EOS] == pytest.approx(1 / n / 5 / 3, rel=1e-3)


def test_unknown_words_are_listed_and_are_oov_together():
    model = MemoryModel(memory_of("zebra Quux zebra", "the"), VOCABULARY)
    assert [word for word, _ in model.unknown_words] == ["zebra", "Quux"]
    assert model.unknown_words[0][1] == pytest.approx(2, rel=1e-3)
    assert model.unknown_tokens() == ["zebra", "zebra", "Quux"]
    alone = np.exp(model.log_probabilities(np.array([BOS])))[0]
    assert alone[OOV] == pytest.approx((3 + 1 / (SIZE - 3)) / 5, rel=1e-3)


def test_an_empty_memory_says_so_and_expects_everything_alike():
    model = MemoryModel(Memory(), VOCABULARY)
    assert model.is_empty and model.unknown_words == []
    table = model.log_probabilities(np.array([5]))
    assert np.unique(table[np.isfinite(table)]).size == 1
    assert not MemoryModel(memory_of("the"), VOCABULARY).is_empty


def test_later_changes_do_not_reach_a_snapshot():
    memory = memory_of("the cat")
    model = MemoryModel(memory, VOCABULARY)
    before = model.log_probabilities(np.array([5]))
    memory.accept(["the", "dog"])
    np.testing.assert_array_equal(model.log_probabilities(np.array([5])), before)


def test_a_model_that_remembers_is_the_mixture_by_its_weight():
    inner, memory = network(), MemoryModel(memory_of("the cat"), VOCABULARY)
    model = Remembering(inner, memory)
    ids = np.array([id_of("cat"), id_of("the")], np.int32)
    mixed = np.exp(model.log_probabilities(read_context(model, ids)).astype(float))
    alone = np.exp(inner.log_probabilities(read_context(inner, ids)).astype(float))
    of_memory = np.exp(memory.log_probabilities(ids[-1:]).astype(float))
    np.testing.assert_allclose(
        mixed, (1 - WEIGHT) * alone + WEIGHT * of_memory, rtol=1e-4, atol=1e-8
    )


@settings(max_examples=15)
@given(accepted, st.lists(st.integers(OOV, SIZE - 1), min_size=1, max_size=6))
def test_a_model_that_remembers_keeps_the_contract(texts, ids):
    memory = Memory()
    for text in texts:
        memory.accept(text)
    model = Remembering(network(), MemoryModel(memory, VOCABULARY))
    token_ids = np.array([ids, ids[::-1]], np.int32)
    at_once = read(model, model.start(2), token_ids)
    states = model.start(2)
    for step in range(len(ids)):
        table = model.log_probabilities(states)
        assert np.exp(table.astype(float)).sum(axis=1) == pytest.approx(1, abs=1e-4)
        scores = model.score(states, token_ids[:, step])
        np.testing.assert_allclose(
            scores, table[np.arange(2), token_ids[:, step]], rtol=1e-4
        )
        states = model.advance(states, token_ids[:, step])
    expected = model.log_probabilities(states)
    np.testing.assert_allclose(model.log_probabilities(at_once), expected, atol=1e-4)
    swapped = join_rows([select_rows(states, np.array([1])), states])
    again = model.log_probabilities(swapped)
    np.testing.assert_allclose(again, expected[[1, 0, 1]], atol=1e-4)


@settings(max_examples=15)
@given(accepted, st.integers(OOV, SIZE - 1), st.booleans())
def test_a_model_that_remembers_bounds_and_branches(texts, last, is_bounded):
    memory = Memory()
    for text in texts:
        memory.accept(text)
    inner = network() if is_bounded else Uniform(SIZE)
    model = Remembering(inner, MemoryModel(memory, VOCABULARY))
    assert isinstance(model, BoundsScores) and isinstance(model, Branches)
    states = model.advance(model.start(1), np.array([last], np.int32))
    some = np.arange(len(RESERVED), SIZE, 3)
    table = model.log_probabilities(states)
    assert (model.score_bounds(states, some) >= table[:, some]).all()
    assert model.score_bounds(states, some).max() <= 0
    branched = branch(model, states, np.zeros(len(some), np.intp), some)
    for row, token_id in enumerate(some):
        alone = model.advance(states, np.array([token_id], np.int32))
        np.testing.assert_allclose(
            model.log_probabilities(select_rows(branched, np.array([row]))),
            model.log_probabilities(alone),
            atol=1e-4,
        )


def test_an_accepted_word_becomes_likelier():
    memory = memory_of(*["the rain"] * 5)
    inner = network()
    model = Remembering(inner, MemoryModel(memory, VOCABULARY))
    offers, ids = Offers.of(VOCABULARY), VOCABULARY.encode(["the"])

    def probability(of) -> float:
        return dict(suggest(of, offers, read_context(of, ids), 1000))["rain"]

    assert probability(model) > probability(inner) + 0.05
