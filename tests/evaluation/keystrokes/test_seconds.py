"""Seconds: sums that can be done by hand."""

from __future__ import annotations

import pytest

from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.seconds import (
    EYE_MOVEMENT,
    ITEM,
    effort_of,
    seconds_figures,
)
from app.evaluation.keystrokes.words import Found, TypedWord

RULES = TypistRules(slots=(3,))


def word(found: Found | None, letters: int = 6) -> TypedWord:
    return TypedWord(letters, 1, True, (found,))


@pytest.mark.parametrize(
    ("seen", "looks_twice", "expected"),
    [
        # saved, looks, items: a list that has it not is read to its end
        (word(Found(0, 2)), False, (6, 1, 2)),
        (word(Found(1, 3)), False, (5, 2, 3 + 3)),
        (word(Found(3, 1)), False, (3, 4, 3 * 3 + 1)),
        (word(None), False, (0, 6, 6 * 3)),
        (word(Found(0, 2)), True, (6, 1, 2)),
        (word(Found(1, 3)), True, (4, 2, 3 + 3)),  # seen after two letters
        (word(Found(3, 1)), True, (0, 2, 2 * 3)),
        (word(None), True, (0, 2, 2 * 3)),
        (word(None, letters=1), False, (0, 1, 3)),
        (word(None, letters=2), True, (0, 1, 3)),  # after two letters nothing is left
    ],
)
def test_what_looking_costs_is_counted_by_hand(seen, looks_twice, expected):
    assert effort_of([seen], 0, RULES, looks_twice) == expected


def test_nobody_looks_at_an_empty_list():
    nothing_fits = word(None)._replace(empty_at=2)
    assert effort_of([nothing_fits], 0, RULES, False) == (0, 2, 2 * 3)
    assert effort_of([nothing_fits], 0, RULES, True) == (0, 1, 3)


def test_who_types_fast_loses_time_and_who_types_slowly_wins_some():
    found = seconds_figures([word(Found(0, 2))], 7, RULES)  # six letters, a space
    every = found["every_key"]["3"]
    look = EYE_MOVEMENT + 2 * ITEM
    assert every["pays_from"] == pytest.approx(look / 6)
    for key, without, with_help in zip(
        found["key"], found["without_help"], every["with_help"], strict=True
    ):
        assert without == pytest.approx(7 * key)
        assert with_help == pytest.approx(key + look)
        assert (with_help < without) == (key > every["pays_from"])


def test_help_that_saves_no_key_never_pays():
    found = seconds_figures([word(None)], 7, RULES)
    assert found["every_key"]["3"]["pays_from"] is None
    assert found["two_looks"]["3"]["pays_from"] is None


def test_looks_begin_behind_the_first_letter_where_the_list_does():
    rules = TypistRules(slots=(3,), before_first_letter=False)
    assert effort_of([word(Found(1, 3))], 0, rules, False) == (5, 1, 3)
    assert effort_of([word(None)], 0, rules, True) == (0, 2, 2 * 3)
