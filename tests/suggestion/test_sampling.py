"""What is written on is drawn as asked for, and is what a person could write."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.language.network import Network
from app.settings.sampling import Sampling
from app.suggestion.decoding import read_context
from app.suggestion.offers import Offers
from app.suggestion.sampling import MOST_WORDS, Writer, shares_to_draw_from
from app.text.detokenizer import detokenize
from app.text.tokenizer import BOUND_HOSTS, CLITICS, Tokenizer
from app.text.vocabulary import EOS, RESERVED
from tests.fakes import Next, Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
SIZE = VOCABULARY.size
OFFERS = Offers.of(VOCABULARY, punctuation=True)
EVERYTHING = Sampling(top_p=1.0, no_repeat=0)


def network(seed: int = 0) -> Network:
    architecture = tiny_architecture()
    return Network(architecture, tiny_weights(architecture, seed))


def id_of(token: str) -> int:
    return int(VOCABULARY.encode([token])[0])


def write(model, sampling=EVERYTHING, seed=0, num_words=None, text=""):
    states = read_context(model, VOCABULARY.encode(text.split()))
    return Writer(model, OFFERS, sampling).write(states, seed, num_words)


def tokens_of(written) -> list[str]:
    return VOCABULARY.decode(written.token_ids)


def test_the_same_seed_writes_the_same_text_and_another_seed_another_one():
    texts = [write(network(), seed=seed, num_words=20) for seed in (3, 3, 4)]
    assert texts[0] == texts[1] != texts[2]


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), weights=st.integers(0, 5), words=st.integers(1, 12))
def test_what_is_written_is_cut_into_the_same_tokens_again(seed, weights, words):
    """No reserved token, no clitic without its word, no "wo" without its "n't"."""
    tokens = tokens_of(write(network(weights), seed=seed, num_words=words))
    assert not set(tokens) & set(RESERVED)
    for before, token in zip(["", *tokens], [*tokens, ""], strict=True):
        if token in CLITICS:
            assert before[:1].isalnum() and before not in CLITICS
        if before in BOUND_HOSTS:
            assert token == "n't"
    text = detokenize(tokens)
    if ". ." not in " ".join(tokens):
        assert [it.lower() for it in Tokenizer().tokenize(text)] == tokens


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), words=st.integers(1, 12))
def test_no_more_words_are_written_than_asked_for(seed, words):
    tokens = tokens_of(write(network(), seed=seed, num_words=words))
    alone = [it for it in tokens if it[0].isalnum() and it not in CLITICS]
    assert 0 < len(tokens) and len(alone) <= words


def test_a_contraction_is_one_word_and_the_sentence_keeps_its_mark():
    known = VOCABULARY.encode("they ca n't run . the".split())
    oracle = Oracle(SIZE, known)
    assert tokens_of(write(oracle, num_words=2)) == ["they", "ca", "n't"]
    assert tokens_of(write(oracle, num_words=3)) == ["they", "ca", "n't", "run", "."]


def test_without_a_number_of_words_the_paragraph_is_written_to_its_end():
    text = [id_of("the"), id_of("cat"), id_of("."), EOS, id_of("dog")]
    written = write(Oracle(SIZE, text))
    assert written.token_ids == text[:3]
    assert written.log_probability == pytest.approx(0.0, abs=1e-4)


def test_a_text_does_not_end_before_its_first_word():
    assert write(Oracle(SIZE, [EOS, EOS]), num_words=3).token_ids != []


def test_a_paragraph_without_an_end_is_bounded():
    model = Oracle(SIZE, [id_of("the"), id_of("cat")] * 2000)
    assert len(write(model).token_ids) == MOST_WORDS
    marks = Oracle(SIZE, [id_of(",")] * 2000)
    assert len(write(marks, num_words=4).token_ids) == 12


def test_the_probability_is_that_of_the_tokens_after_each_other():
    model = network()
    states = read_context(model, VOCABULARY.encode(["the", "cat"]))
    sharp = Sampling(temperature=0.5, top_k=9)
    written = Writer(model, OFFERS, sharp).write(states, seed=1)
    total = 0.0
    for number, token_id in enumerate([*written.token_ids, EOS]):
        row = model.log_probabilities(states)[0].astype(float)
        row[[i for i in range(len(RESERVED)) if i != EOS or number == 0]] = -np.inf
        total += row[token_id] - np.log(np.exp(row).sum())
        states = model.advance(states, np.array([token_id], np.int32))
    assert written.log_probability == pytest.approx(total, rel=1e-5)


def test_the_likeliest_of_one_is_taken_whatever_the_seed():
    greedy = Sampling(top_k=1)
    texts = [write(network(), greedy, seed, 9).token_ids for seed in range(5)]
    assert all(text == texts[0] for text in texts)


def test_no_run_of_tokens_is_written_twice():
    model = Oracle(SIZE, VOCABULARY.encode("the cat sat on".split()).tolist() * 50)
    for length in (2, 3):
        sampling = Sampling(top_p=1.0, no_repeat=length)
        ids = write(model, sampling, num_words=30).token_ids
        runs = list(zip(*(ids[i:] for i in range(length)), strict=False))
        assert len(runs) > 5 and len(set(runs)) == len(runs)
    ids = write(model, Sampling(no_repeat=0), num_words=30).token_ids
    assert ids == model.token_ids[:30].tolist()


def test_where_nothing_but_a_repetition_is_left_it_is_written():
    written = write(network(), Sampling(no_repeat=1), num_words=200)
    assert written.token_ids


def test_a_pretokenized_vocabulary_knows_no_contractions():
    cased = dataclasses.replace(VOCABULARY, pretokenized=True)
    model = Next(SIZE)
    states = read_context(model, cased.encode(["be"]))
    written = Writer(model, Offers.of(cased, punctuation=True), EVERYTHING).write(
        states, seed=0, num_words=4
    )
    assert cased.decode(written.token_ids) == ["cat", "dog", "mat", "sat"]


@given(
    st.lists(st.floats(-30, 0), min_size=1, max_size=40),
    st.floats(0.05, 5),
    st.integers(0, 10),
    st.floats(0.01, 1),
)
def test_shares_sum_to_1_and_keep_the_likeliest(values, temperature, top_k, top_p):
    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p)
    values = np.array(values)
    shares = shares_to_draw_from(values, sampling)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()
    kept = np.flatnonzero(shares)
    assert values[kept].max() >= values.max() - 1e-9
    assert not top_k or len(kept) <= top_k
    assert values[kept].min() >= np.delete(values, kept).max(initial=-np.inf) - 1e-9


def test_nothing_blocked_is_written():
    """Neither what is not offered, nor what must not stand behind the rest."""
    model = Oracle(SIZE, VOCABULARY.encode("the cat sat on the mat".split()))
    states = model.start(1)
    few = OFFERS.without([("cat",)])
    written = Writer(model, few, EVERYTHING).write(states, 0, 2)
    assert "cat" not in tokens_of(written) and tokens_of(written)[0] == "the"
    is_blocked = [id_of("the"), id_of("cat")].__eq__
    written = Writer(model, OFFERS, EVERYTHING, is_blocked).write(states, 0, 2)
    assert tokens_of(written)[0] == "the" and "cat" != tokens_of(written)[1]
    none = Writer(model, OFFERS, EVERYTHING, lambda ids: True).write(states, 0, 2)
    assert none == ([], 0.0)


def test_the_nucleus_is_the_fewest_words_that_have_the_probability():
    shares = shares_to_draw_from(np.log([0.2, 0.5, 0.05, 0.25]), Sampling(top_p=0.75))
    assert shares == pytest.approx([0, 2 / 3, 0, 1 / 3])


def test_draws_follow_the_shares():
    model = Uniform(SIZE)
    writer = Writer(model, OFFERS, EVERYTHING)
    firsts = [
        writer.write(model.start(1), seed, num_words=1).token_ids[0]
        for seed in range(3000)
    ]
    counts = np.bincount(firsts, minlength=SIZE)
    may_begin = np.flatnonzero(counts)
    assert len(may_begin) == SIZE - len(RESERVED) - len(VOCABULARY.clitic_ids)
    mean = 3000 / len(may_begin)
    assert (abs(counts[may_begin] - mean) < 5 * mean**0.5).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0.0}, "--temperature is 0, .* --top-k 1"),
        ({"temperature": float("nan")}, "--temperature is nan"),
        ({"top_p": 0.0}, "--top-p is 0"),
        ({"top_p": 1.5}, "--top-p is 1.5"),
        ({"top_k": -1}, "--top-k is -1"),
        ({"no_repeat": -2}, "--no-repeat is -2"),
    ],
)
def test_impossible_ways_to_draw_are_refused(options, message):
    with pytest.raises(UserError, match=message):
        Sampling(**options)
