"""Unknown words of a text share the probability of OOV by their counts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.suggestion.unknown_words import UnknownWords
from app.text.vocabulary import OOV


@given(st.lists(st.text(min_size=1, max_size=4), max_size=20))
def test_shares_are_positive_and_leave_something_for_words_to_come(tokens):
    shares = UnknownWords(tokens).starting_with("")
    assert all(share > 0 for share in shares.values())
    assert not shares or math.fsum(shares.values()) < 1


def test_forms_that_differ_in_case_are_one_word_in_its_usual_form():
    found = UnknownWords(["XANTH", "Xanth", "Xanth"]).starting_with("xa")
    assert found == {"Xanth": 3 / (3 + 1)}


def test_words_that_differ_in_accents_are_two():
    assert set(UnknownWords(["Zoë", "Zoe"]).starting_with("zoe")) == {"Zoë", "Zoe"}


def test_marks_and_pictures_count_but_are_not_offered():
    assert UnknownWords(["§", "🙂", "Zoe"]).starting_with("") == {"Zoe": 1 / 6}


def test_only_tokens_outside_the_vocabulary_are_taken():
    ids = np.array([OOV, 7, OOV], np.int32)
    found = UnknownWords.of(["Zoe", "the", "Zoe"], ids).starting_with("")
    assert found == {"Zoe": 2 / 3}
