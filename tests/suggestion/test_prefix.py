"""The letters of the word being typed are found whatever stands in front of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suggestion.offers import Offers
from app.suggestion.prefix import split_prefix
from app.text.folding import without_case_and_accents
from tests.suggestion.test_offers import vocabulary_of
from tests.tiny import tiny_vocabulary


@pytest.mark.parametrize(
    ("text", "left", "prefix"),
    [
        ("", "", ""),
        ("the ", "the ", ""),
        ("the\n", "the\n", ""),
        ("the\u3000", "the\u3000", ""),
        ("the\x00ca", "the\x00", "ca"),
        ("Lon", "", "Lon"),
        ("in Lon", "in ", "Lon"),
        ("in\u00a0Lon", "in\u00a0", "Lon"),
        ("(Lon", "(", "Lon"),
        ("[({Lon", "[({", "Lon"),
        ('said "Lon', 'said "', "Lon"),
        ("said “(Lon", 'said "(', "Lon"),
        ("said ''Lon", "said ''", "Lon"),
        ("said 'Lon", "said '", "Lon"),
        ("said ‘Lon", "said '", "Lon"),
        ("well 'ti", "well ", "'ti"),
        ("well ’ti", "well ", "'ti"),
        ("well '", "well '", ""),
        ("five o'cl", "five ", "o'cl"),
        ("I don’", "I ", "don'"),
        ("well-kn", "", "well-kn"),
        ("and—wh", "and -- ", "wh"),
        ("and--wh", "and--", "wh"),
        ("and...wh", "and...", "wh"),
        ("¿Qu", "¿", "Qu"),
        ("*Lon", "*", "Lon"),
        ("for $5", "for $", "5"),
        ("a #ta", "a ", "#ta"),
        ("the cat.", "the ", "cat."),
        ("the cat,", "the ", "cat,"),
        ("שלום על", "שלום ", "על"),
        ("the \u200bca", "the ", "ca"),
        ("the 🙂", "the ", "🙂"),
    ],
)
def test_the_prefix_is_what_follows_white_space_or_opening_punctuation(
    text, left, prefix
):
    offers = Offers.of(vocabulary_of("'tis", "London", "the"))
    assert split_prefix(text, offers) == (left, prefix)


def test_given_tokens_are_parted_by_white_space_alone():
    offers = Offers.of(vocabulary_of("(Lon", "the", pretokenized=True))
    assert split_prefix('the "(Lon', offers) == ("the ", '"(Lon')


@given(st.text(max_size=30))
def test_splitting_loses_no_letter(text):
    left, prefix = split_prefix(text, Offers.of(tiny_vocabulary()))
    whole = without_case_and_accents(left + prefix)
    assert whole.split() == without_case_and_accents(text).split()
