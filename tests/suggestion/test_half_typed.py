"""A half-typed word is finished: exact probabilities of the words that fit it."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.network import Network
from app.suggestion.decoding import read_context, suggest
from app.suggestion.half_typed import Finisher
from app.suggestion.offers import Offers
from app.suggestion.prefix import split_prefix
from app.suggestion.unknown_words import UnknownWords
from app.text.folding import without_case_and_accents
from app.text.tokenizer import HOSTS
from app.text.vocabulary import OOV, RESERVED
from tests.fakes import Oracle, Uniform
from tests.suggestion.test_decoding import every_word
from tests.suggestion.test_offers import vocabulary_of
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
OFFERS = Offers.of(VOCABULARY)
SIZE = VOCABULARY.size
texts = st.lists(st.integers(len(RESERVED), SIZE - 1) | st.just(OOV), max_size=5)
OFTEN_JOINED = {"let", "here", *(it for hosts in HOSTS.values() for it in hosts)}
NAMES = ["Zaphod", "Zaphod", "Trillian", "Thea", "§", "cäsar"]


def network(seed: int = 0) -> Network:
    architecture = tiny_architecture()
    return Network(architecture, tiny_weights(architecture, seed))


def place_after(model, text, names=()) -> Finisher:
    states = read_context(model, np.array(text, np.int32))
    return Finisher(model, OFFERS, states, UnknownWords(names))


def brute_force(model, text, names, prefix) -> dict[str, float]:
    """P / Z of every word that fits, from all words one by one."""
    states = read_context(model, np.array(text, np.int32))
    fits = without_case_and_accents(prefix)
    row = np.exp(model.log_probabilities(states)[0].astype(float))
    oov = row[OOV] / row[len(RESERVED) :].sum()
    words, total = {}, 0.0
    every = every_word(model, states)
    for ids, probability in every.items():
        word = OFFERS.write(ids)
        if without_case_and_accents(word).startswith(fits):
            host = without_case_and_accents(OFFERS.write(ids[:1]))
            is_inside = len(ids) == 2 and ids[:1] in every and host.startswith(fits)
            total += 0.0 if is_inside else probability
            if not is_inside or host == fits or host in OFTEN_JOINED:
                words[word] = probability
    for name in set(names):
        if name[0].isalpha() and without_case_and_accents(name).startswith(fits):
            share = names.count(name) / (len(names) + len(set(names)))
            words[name] = oov * share
            total += oov * share
    return {word: probability / total for word, probability in words.items()}


@settings(max_examples=60, deadline=None)
@given(
    text=texts,
    seed=st.integers(0, 3),
    names=st.lists(st.sampled_from(NAMES), max_size=6),
    word=st.sampled_from(["can't", "won't", "the", "it's", "zap", "'s", "u.s.", "cä"]),
    length=st.integers(1, 5),
    count=st.integers(1, 400),
)
def test_words_have_their_probability_given_the_prefix(
    text, seed, names, word, length, count
):
    model, prefix = network(seed), word[:length]
    found = place_after(model, text, names).finish(prefix, count)
    exact = brute_force(model, text, names, prefix)
    assert len(found) == min(count, len(exact))
    best = sorted(exact.values(), reverse=True)[:count]
    assert [it.probability for it in found] == pytest.approx(best, rel=1e-4)
    for suggestion in found:
        assert suggestion.probability == pytest.approx(exact[suggestion.word], rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(text=texts, prefix=st.text(min_size=1, max_size=4), forgiving=st.booleans())
def test_any_prefix_has_finite_probabilities_that_sum_to_1(text, prefix, forgiving):
    place = place_after(network(), text, NAMES)
    found = place.finish(prefix, 10_000, forgiving=forgiving)
    assert all(0 <= it.probability <= 1 for it in found)
    assert not {it.word for it in found} & set(RESERVED)
    if found and without_case_and_accents(prefix):
        inside = {it.word for it in found}
        # A contraction is inside its host where that is offered as well.
        apart = [
            it.probability
            for it in found
            if not any(it.word != w and it.word in contractions(w) for w in inside)
        ]
        assert math.fsum(apart) == pytest.approx(1.0, abs=1e-5)


def contractions(host: str) -> set[str]:
    clitics = [VOCABULARY.tokens[i] for i in VOCABULARY.clitic_ids]
    return {host + clitic for clitic in clitics}


@given(text=texts, count=st.integers(1, 50))
def test_without_a_prefix_these_are_the_next_words(text, count):
    model = network()
    place = place_after(model, text, NAMES)
    states = read_context(model, np.array(text, np.int32))
    expected = suggest(model, OFFERS, states, count)
    for prefix in ("", "\u0301"):
        found = place.finish(prefix, count)
        assert [it.word for it in found] == [it.word for it in expected]
        assert [it.probability for it in found] == pytest.approx(
            [it.probability for it in expected], rel=1e-5
        )


def test_unlikely_words_are_normalised_all_the_same():
    """Their probabilities are e**-100 each, whose sum is 0 in float32."""
    model = Oracle(SIZE, VOCABULARY.encode(["the"]))
    found = place_after(model, []).finish("r", 10)
    assert [it.word for it in found][:2] == ["rain", "run"]
    assert [it.probability for it in found][:2] == pytest.approx([0.5, 0.5])


def test_a_prefix_that_fits_nothing_returns_nothing():
    place = place_after(network(), [9, 20], NAMES)
    for prefix in ("xyzzy", "cat.", "🙂", "שלום", "the" * 40_000):
        assert place.finish(prefix, 5) == []
        assert place.finish("q" + prefix, 5, forgiving=True) == []


def test_a_capital_that_was_typed_is_in_the_answer():
    place = place_after(network(), [9, 20], NAMES)
    for prefix in ("Th", "TH"):
        assert {it.word for it in place.finish(prefix, 9)} >= {"The", "They", "That"}
    assert {it.word for it in place.finish("th", 99)} >= {"the", "they", "that"}
    assert place.finish("LON", 1)[0].word == place.finish("lon", 1)[0].word == "London"
    assert place.finish("DON", 1)[0].word == "Don't"


def test_a_capital_behind_an_apostrophe_is_one_too():
    vocabulary = vocabulary_of("'tis", "'twas", "tissue")
    model = Uniform(vocabulary.size)
    place = Finisher(model, Offers.of(vocabulary), model.start(1))
    assert [it.word for it in place.finish("'T", 9)] == ["'Tis", "'Twas"]


def test_of_a_noun_the_possessive_is_offered_once_it_is_whole():
    place = place_after(network(), [9, 20])
    assert [it.word for it in place.finish("londo", 9)] == ["London"]
    assert [it.word for it in place.finish("london", 9)] == ["London", "London's"]
    assert [it.word for it in place.finish("london'", 9)] == ["London's"]
    assert "she's" in [it.word for it in place.finish("sh", 9)]


def test_unknown_words_of_the_text_are_offered_with_their_share():
    model = Uniform(SIZE)
    place = place_after(model, [9], ["Zaphod", "zaphod", "Zaphod", "Zorro", "Thea"])
    found = place.finish("z", 5)
    assert [it.word for it in found] == ["Zaphod", "Zorro"]
    assert [it.probability for it in found] == pytest.approx([0.75, 0.25])
    among_known = {it.word: it.probability for it in place.finish("the", 5)}
    known = 1 / (SIZE - len(RESERVED))
    oov = known / (5 + 3)  # one of five tokens; three different words
    assert among_known["Thea"] == pytest.approx(oov / (2 * known + oov), rel=1e-4)


def test_the_model_is_asked_once_for_a_word_whatever_is_typed():
    model = Counting(SIZE)
    place = place_after(model, [9, 20])
    for prefix in ("", "c", "ca", "can", "can'", "can't"):
        place.finish(prefix, 5)
    num_asked = model.num_asked
    for prefix in ("can'", "can", "ca", "c", ""):
        place.finish(prefix, 5)
    assert model.num_asked == num_asked
    assert model.most_rows <= 5 + OFFERS.num_bound


class Counting(Uniform):
    """Counts how often it was asked for a distribution, and for how many at a time."""

    num_asked = most_rows = 0

    def log_probabilities(self, states):
        self.num_asked += 1
        self.most_rows = max(self.most_rows, len(states[0]))
        return super().log_probabilities(states)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lodn", "London"),
        ("lnd", "London"),
        ("xlon", "London"),
        ("lonxon", "London"),
        ("prais", "Paris"),
        ("ca'nt", "can't"),
        ("don'y", "don't"),
        ("wom't", "won't"),
        ("zahpod", "Zaphod"),
        ("Ztill", "Trillian"),
    ],
)
def test_one_typing_error_is_forgiven_on_request(typed, meant):
    place = place_after(network(), [9, 20], NAMES)
    if typed == "Ztill":  # two errors
        assert place.finish(typed, 99, forgiving=True) == []
        return
    assert place.finish(typed, 99) == []
    found = place.finish(typed, 99, forgiving=True)
    assert meant.lower() in [it.word.lower() for it in found]


def test_nothing_is_forgiven_where_a_word_fits_or_too_little_was_typed():
    place = place_after(network(), [9, 20])
    exact = place.finish("tha", 99)
    assert place.finish("tha", 99, forgiving=True) == exact
    assert exact and all(it.word.startswith("that") for it in exact)
    assert place.finish("xq", 99, forgiving=True) == []


@pytest.mark.parametrize("piece", ["x", "é", "'", "(", "\u0301", "🙂", "-", "\u200b"])
def test_100000_characters_without_white_space_take_no_time(piece):
    place = place_after(network(), [9, 20], NAMES)
    started = time.perf_counter()
    _, prefix = split_prefix(piece * 100_000, OFFERS)
    place.finish(prefix, 5, forgiving=True)
    assert time.perf_counter() - started < 2.0


def test_forms_of_given_tokens_that_differ_only_in_case_are_one_word():
    vocabulary = vocabulary_of("The", "the", "then", pretokenized=True)
    model = Uniform(vocabulary.size)
    unknown = UnknownWords(["THE", "Theo"])
    finisher = Finisher(model, Offers.of(vocabulary), model.start(1), unknown)
    found = finisher.finish("th", 9)
    assert [it.word for it in found] == ["The", "then", "Theo"]
    total = 3 + 2 / 4  # each of two unknown words has a quarter of OOV
    assert [it.probability for it in found] == pytest.approx(
        [2.25 / total, 1 / total, 0.25 / total], rel=1e-5
    )
