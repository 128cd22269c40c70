"""What is typed without capitals and accents finds what is written with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.folding import without_case_and_accents

LETTERS = st.text(st.characters(codec="utf-8", categories=["L", "Nd"]), max_size=8)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("London", "LONDON"),
        ("École", "ecole"),
        ("e\u0301cole", "école"),
        ("Straße", "STRASSE"),
        ("Øresund", "oresund"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("Ωμέγα", "ωμεγα"),
        ("σοφός", "ΣΟΦΟΣ"),
        ("don’t", "don't"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("ﬁnd", "find"),
    ],
)
def test_both_have_the_same_key(written, typed):
    assert without_case_and_accents(written) == without_case_and_accents(typed)


@pytest.mark.parametrize(
    ("one", "other"), [("が", "か"), ("कि", "की"), ("don't", "dont")]
)
def test_other_letters_stay_different(one, other):
    assert without_case_and_accents(one) != without_case_and_accents(other)


def test_a_korean_syllable_begins_with_its_first_two_letters():
    whole, half = map(without_case_and_accents, ("한국", "하"))
    assert whole.startswith(half)


@given(LETTERS, LETTERS)
def test_the_key_of_a_word_begins_with_that_of_its_beginning(beginning, end):
    whole = without_case_and_accents(beginning + end)
    assert whole.startswith(without_case_and_accents(beginning))


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(text):
    key = without_case_and_accents(text)
    assert without_case_and_accents(key) == key
