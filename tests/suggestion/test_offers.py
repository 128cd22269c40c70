"""What may be offered: words, on request marks, and those that a prefix leaves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suggestion.offers import Offers
from app.text.folding import without_case_and_accents
from app.text.tokenizer import CLITICS
from app.text.vocabulary import RESERVED, Vocabulary
from tests.tiny import tiny_vocabulary

VOCABULARY = tiny_vocabulary()
OFFERS = Offers.of(VOCABULARY)


def words_of(offers: Offers) -> list[str]:
    """Every word that may be offered, spelled out."""
    clitics = offers.vocabulary.clitic_ids.tolist()
    words = []
    for place, host in enumerate(offers.host_ids.tolist()):
        if offers.is_alone[place]:
            words.append(offers.write((host,)))
        for clitic, joins in zip(clitics, offers.may_join[place], strict=True):
            if joins:
                words.append(offers.write((host, clitic)))
    return words


def vocabulary_of(*written: str, pretokenized: bool = False) -> Vocabulary:
    tokens = [form if pretokenized else form.lower() for form in written]
    counts = np.ones(len(RESERVED) + len(written), np.int64)
    return Vocabulary(
        (*RESERVED, *tokens), counts, (*RESERVED, *written), 0, pretokenized
    )


WORDS = words_of(OFFERS)


def test_marks_are_offered_on_request_and_reserved_ids_never():
    marks = set(words_of(Offers.of(VOCABULARY, punctuation=True))) - set(WORDS)
    assert marks == {".", ",", "!", "?"}
    assert not set(WORDS) & {*RESERVED, *CLITICS, "ca", "wo"}
    assert {"cat", "42", "can't", "won't", "I'm", "U.S."} <= set(WORDS)


def test_a_literal_unk_is_neither_a_word_nor_a_mark():
    given_tokens = vocabulary_of("<unk>", "the", ",", pretokenized=True)
    assert words_of(Offers.of(given_tokens, punctuation=True)) == ["the", ","]


@pytest.mark.parametrize("prefix", ["c", "Ca", "lon", "don", "won", "it'", "i", "i'l"])
def test_what_a_prefix_leaves_is_all_that_begins_with_it(prefix):
    expected = [it for it in WORDS if it.lower().startswith(prefix.lower())]
    assert expected
    assert sorted(words_of(OFFERS.starting_with(prefix))) == sorted(expected)


@given(st.sampled_from(WORDS), st.integers(0, 12))
def test_every_word_is_found_by_each_of_its_beginnings(word, length):
    prefix = word[:length]
    key = without_case_and_accents(prefix)
    expected = [it for it in WORDS if without_case_and_accents(it).startswith(key)]
    assert sorted(words_of(OFFERS.starting_with(prefix))) == sorted(expected)
    assert word in expected


@given(st.text(max_size=6))
def test_any_prefix_leaves_some_of_the_words_in_the_order_of_their_ids(prefix):
    rest = OFFERS.starting_with(prefix)
    assert set(words_of(rest)) <= set(WORDS)
    assert (np.diff(rest.host_ids) > 0).all()
    assert (rest.is_alone | rest.may_join.any(axis=1)).all()


def test_a_contraction_is_found_where_its_host_is_too_short():
    assert words_of(OFFERS.starting_with("don")) == ["don't"]
    assert OFFERS.starting_with("don").num_bound == 1


def test_a_bound_host_is_no_word_of_a_prefix_but_its_contractions_are():
    found = words_of(OFFERS.starting_with("wo"))
    assert "wo" not in found and "won't" in found


def test_a_prefix_that_fits_nothing_leaves_nothing():
    for prefix in ("xyz", "cat.", "l" * 100_000, "🙂", "\u05d0"):
        assert words_of(OFFERS.starting_with(prefix)) == []


def test_a_prefix_of_nothing_but_accents_leaves_everything():
    assert OFFERS.starting_with("\u0301") is OFFERS


def test_accents_may_be_left_out_or_added():
    french = Offers.of(vocabulary_of("École", "éclair", "eclipse", "zoo"))
    for prefix in ("ec", "éc", "e\u0301c", "ÉC"):
        found = words_of(french.starting_with(prefix))
        assert found == ["École", "éclair", "eclipse"]


def test_a_restriction_can_be_restricted_further():
    both = OFFERS.starting_with("c").starting_with("can")
    assert words_of(both) == words_of(OFFERS.starting_with("can"))


def test_given_tokens_keep_their_form():
    vocabulary = vocabulary_of("The", "the", "then", "don't", pretokenized=True)
    found = words_of(Offers.of(vocabulary).starting_with("TH"))
    assert found == ["The", "the", "then"]


def test_offers_are_values():
    with pytest.raises(dataclasses.FrozenInstanceError):
        OFFERS.host_ids = np.zeros(0, np.int32)


def test_forms_that_differ_only_in_case_share_one_probability():
    vocabulary = vocabulary_of("The", "cat", "the", "THE", "Cat", pretokenized=True)
    shares = np.array([[0.1, 0.3, 0.2, 0.1, 0.3], [0.4, 0.1, 0.1, 0.1, 0.3]])
    merged = np.exp(Offers.of(vocabulary).merge_cases(np.log(shares)))
    expected = [[0, 0.6, 0.4, 0, 0], [0.6, 0, 0, 0, 0.4]]  # "cat" before "Cat"
    np.testing.assert_allclose(merged, expected, rtol=1e-12)


def test_where_ids_are_of_lower_cased_text_nothing_has_to_be_merged():
    priors = np.zeros((2, len(OFFERS.host_ids)))
    assert OFFERS.merge_cases(priors) is priors
