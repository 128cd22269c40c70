"""Phrases are found, ranked and ended as a person would want them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.mixture import Mixture
from app.language.network import Network
from app.suggestion import phrases
from app.suggestion.decoding import propose, read_context
from app.suggestion.memory import Memory
from app.suggestion.memory_model import MemoryModel, Remembering
from app.suggestion.offers import Offers
from app.suggestion.phrases import Phrase, best_phrases, find_phrases
from app.text.sentences import SENTENCE_ENDS
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary
from tests.fakes import Oracle, Uniform
from tests.language.test_mixture import CACHE, FIT, NETWORKS, network_of
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
SIZE = VOCABULARY.size
WORDS = Offers.of(VOCABULARY)
UNITS = Offers.of(VOCABULARY, punctuation=True)
texts = st.lists(st.integers(len(RESERVED), SIZE - 1) | st.just(OOV), max_size=8)


def network(seed: int = 0) -> Network:
    architecture = tiny_architecture()
    return Network(architecture, tiny_weights(architecture, seed))


def id_of(token: str) -> int:
    return int(VOCABULARY.encode([token])[0])


def search(model, text="", *, num_words=3, threshold=0.01, first=WORDS, **options):
    ids = VOCABULARY.encode(text.split()) if isinstance(text, str) else text
    states = read_context(model, np.array(ids, np.int32))
    options |= {"num_words": num_words, "threshold": threshold}
    return find_phrases(model, states, first, UNITS, **options)


def spelled(phrase: Phrase) -> str:
    return " ".join(VOCABULARY.decode(phrase.token_ids))


def after(model, states, token_id: int):
    return model.advance(states, np.array([token_id], np.int32))


def every_phrase(model, states, first, num_words, threshold):
    """All phrases that are likely enough, by brute force, token by token."""
    found = {}

    def probabilities(states, may_end: bool) -> np.ndarray:
        row = np.exp(model.log_probabilities(states)[0].astype(float))
        row[[i for i in range(len(RESERVED)) if i != EOS or not may_end]] = 0.0
        return row / row.sum()

    def grow(states, units, words, probability):
        table = probabilities(states, may_end=bool(units))
        offers = UNITS if units else first
        for host, alone, joins in zip(
            offers.host_ids, offers.is_alone, offers.may_join, strict=True
        ):
            mine = probability * table[host]
            if mine < threshold:
                continue
            then = after(model, states, host)
            if alone:
                is_word = bool(VOCABULARY.is_suggestable[host])
                add(then, (*units, (int(host),)), words + is_word, mine)
            second = probabilities(then, may_end=False)
            for clitic in VOCABULARY.clitic_ids[joins]:
                unit = (int(host), int(clitic))
                both = mine * second[clitic]
                add(after(model, then, clitic), (*units, unit), words + 1, both)

    def add(states, units, words, probability):
        if probability < threshold:
            return
        last = VOCABULARY.tokens[units[-1][-1]]
        is_end = last in SENTENCE_ENDS
        if VOCABULARY.is_suggestable[units[-1][0]] or len(units[-1]) > 1 or is_end:
            found[units] = (words, probability)
        if words < num_words and not is_end and len(units) < 2 * num_words:
            grow(states, units, words, probability)

    grow(states, (), 0, 1.0)
    return found


@settings(max_examples=12)
@given(text=texts, seed=st.integers(0, 9), num_words=st.integers(1, 3))
def test_every_phrase_that_is_likely_enough_is_found(text, seed, num_words):
    model = network(seed)
    states = read_context(model, np.array(text, np.int32))
    exact = every_phrase(model, states, WORDS, num_words, 0.032)
    found = search(model, text, num_words=num_words, threshold=0.032)
    assert {it.units for it in found} == exact.keys()
    for phrase in found:
        words, probability = exact[phrase.units]
        assert phrase.num_words == words
        assert np.exp(phrase.log_probability) == pytest.approx(probability, rel=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_holds_for_a_mixture_that_remembers(name):
    """Its states are values of several kinds, among them the cache's own."""
    memory = Memory()
    memory.accept(["the", "cat", "sat", "on", "the", "mat"])
    mixture = Mixture.of(network_of(name), None, CACHE, FIT)
    model = Remembering(mixture, MemoryModel(memory, VOCABULARY))
    text = VOCABULARY.encode("the cat sat on the mat . the".split())
    exact = every_phrase(model, read_context(model, text), WORDS, 3, 0.01)
    found = search(model, text, num_words=3, threshold=0.01)
    assert {it.units for it in found} == exact.keys()
    for phrase in found:
        _, probability = exact[phrase.units]
        assert np.exp(phrase.log_probability) == pytest.approx(probability, rel=1e-3)


@settings(max_examples=12)
@given(text=texts, seed=st.integers(0, 9), threshold=st.sampled_from([0, 0.01, 0.1]))
def test_phrases_begin_with_a_word_and_end_with_one_or_a_sentence(
    text, seed, threshold
):
    for phrase in search(network(seed), text, threshold=threshold):
        tokens = VOCABULARY.decode(phrase.token_ids)
        assert tokens[0][0].isalnum()
        assert tokens[-1] not in (",", "...") and not set(tokens) & set(RESERVED)
        assert not set(tokens[:-1]) & set(SENTENCE_ENDS)
        assert 1 <= phrase.num_words <= 3
        assert threshold * 0.999 <= np.exp(phrase.log_probability) <= 1 + 1e-6


def test_one_word_is_what_is_proposed():
    model = network()
    found = search(model, "the cat", num_words=1, threshold=0)
    states = read_context(model, VOCABULARY.encode(["the", "cat"]))
    proposed = propose(model, WORDS, states, phrases.BEAM)
    assert [it.units for it in found if len(it.units) == 1] == [
        (it.token_ids,) for it in proposed
    ]


def test_what_is_sure_is_shown_to_the_end_of_its_sentence():
    text = VOCABULARY.encode("they ca n't run , but i 'd . we are".split())
    best = best_phrases(search(Oracle(SIZE, text), num_words=9), 5)
    assert [spelled(it) for it in best] == [
        "they ca n't run , but i 'd .",
        "they ca n't run , but i",  # a word of its own, and no shorter form of it
    ]
    assert np.exp(best[0].log_probability) == pytest.approx(1.0)


def test_contractions_count_as_one_word_and_marks_as_none():
    text = VOCABULARY.encode("they ca n't run , but i 'd . we are".split())
    lengths = {
        n: spelled(best_phrases(search(Oracle(SIZE, text), num_words=n), 1)[0])
        for n in (2, 3, 4)
    }
    assert lengths[2] == "they ca n't"
    assert lengths[3] == "they ca n't run"
    assert lengths[4] == "they ca n't run , but"


def test_no_phrase_begins_with_a_mark_unless_marks_are_asked_for():
    text = VOCABULARY.encode(", the cat".split())
    assert search(Oracle(SIZE, text)) == []
    best = best_phrases(search(Oracle(SIZE, text), first=UNITS), 1)
    assert spelled(best[0]) == ", the cat"


def test_no_phrase_goes_on_behind_the_end_of_a_paragraph():
    text = [id_of("the"), id_of("cat"), EOS, id_of("dog"), id_of("mat")]
    found = {spelled(it) for it in search(Oracle(SIZE, text), num_words=4)}
    # Contractions are given that their host is followed by a word.
    assert {it for it in found if "'" not in it} == {"the", "the cat"}


def test_the_end_of_the_paragraph_makes_what_follows_less_likely():
    class Ending(Uniform):
        def log_probabilities(self, states):
            table = super().log_probabilities(states)
            table[:, EOS] = np.log(SIZE - len(RESERVED)) + table[0, -1]  # half
            return table

    found = {it.units: it for it in search(Ending(SIZE), num_words=2, threshold=0)}
    share = 1 / (SIZE - len(RESERVED))
    for units, phrase in found.items():
        if all(len(unit) == 1 for unit in units):
            expected = share ** len(units) / 2 ** (len(units) - 1)
            assert np.exp(phrase.log_probability) == pytest.approx(expected, rel=1e-4)


def test_a_prefix_restricts_the_first_word_alone():
    found = search(network(), "the", first=WORDS.starting_with("c"), threshold=0)
    firsts = {VOCABULARY.tokens[it.units[0][0]][0] for it in found}
    others = {VOCABULARY.tokens[unit[0]][0] for it in found for unit in it.units[1:]}
    assert firsts == {"c"} and len(others) > 5
    assert search(network(), "the", first=WORDS.starting_with("xyz")) == []


def test_a_prior_is_added_to_every_phrase():
    plain = {it.units: it.log_probability for it in search(network(), threshold=0)}
    shifted = search(network(), threshold=0, log_prior=-1.5)
    for phrase in shifted:
        assert phrase.log_probability == pytest.approx(
            plain[phrase.units] - 1.5, abs=1e-4
        )


def test_of_phrases_that_begin_with_each_other_the_best_is_shown():
    def phrase(probability, *units):
        return Phrase(units, len(units), float(np.log(probability)))

    united = phrase(0.12, (9,))
    states = phrase(0.1, (9,), (10,))
    longer = phrase(0.06, (9,), (10,), (11,))
    other = phrase(0.09, (9, 12))  # another word, not a longer phrase
    assert best_phrases([united, states, longer, other], 5) == [states, other]
    assert best_phrases([united, longer, other], 5) == [longer, other]
    assert best_phrases([united, longer, other], 1) == [longer]


@settings(max_examples=15)
@given(text=texts, seed=st.integers(0, 9), count=st.integers(1, 9))
def test_no_shown_phrase_is_the_beginning_of_another(text, seed, count):
    best = best_phrases(search(network(seed), text, threshold=0), count)
    assert len(best) == count
    starts = {it.units[:n] for it in best for n in range(1, len(it.units))}
    assert not starts & {it.units for it in best}
    scores = [it.score for it in best]
    assert scores == pytest.approx(sorted(scores, reverse=True), abs=1e-5)


def test_a_vocabulary_of_marks_offers_nothing():
    tokens = (*RESERVED, ".", "!")
    marks = Vocabulary(tokens, np.ones(7, np.int64), tokens)
    model = Uniform(7)
    following = Offers.of(marks, punctuation=True)
    found = find_phrases(
        model, model.start(1), Offers.of(marks), following, num_words=3
    )
    assert found == []


def test_a_pretokenized_vocabulary_is_searched_by_its_tokens():
    cased = dataclasses.replace(VOCABULARY, pretokenized=True)
    text = cased.encode("they ca n't run .".split())
    model = Oracle(SIZE, text)
    found = find_phrases(
        model,
        model.start(1),
        Offers.of(cased),
        Offers.of(cased, punctuation=True),
        num_words=4,
        threshold=0.5,
    )
    assert cased.decode(best_phrases(found, 1)[0].token_ids) == list(
        cased.decode(text[:4])
    )
