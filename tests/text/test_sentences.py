"""Where a sentence begins, and how its first word is written."""

from __future__ import annotations

import pytest

from app.text.sentences import begins_after_last, begins_sentence, capitalised
from app.text.tokenizer import Tokenizer


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("", True),
        ('"', True),
        ("(¿", True),
        ("It rained.", True),
        ("It rained!)", True),
        ('"It rained?"', True),
        ("It rained. (", True),
        ("It rained. _", True),
        ("It rained...", False),
        ("It rained. The", False),
        ("Mr.", False),
        ("the U.S.", False),
        ("3.5", False),
        ("Dear Anna,\n", False),
        ('He said, "', False),
        ("(so)", False),
        ("it rained:", False),
        ("rain -- ", False),
    ],
)
def test_a_sentence_begins_after_its_end_and_nowhere_else(text, begins):
    tokens = Tokenizer().tokenize(text)
    assert begins_sentence(tokens) is begins
    assert begins_after_last(reversed(tokens)) is begins


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("the", "The"),
        ("it's", "It's"),
        ("i", "I"),
        ("mother-in-law", "Mother-in-law"),
        ("élan", "Élan"),
        ("привет", "Привет"),
        ("the United States", "The United States"),
        ("London", "London"),
        ("iPhone", "iPhone"),
        ("eBay's", "eBay's"),
        ("www.example.org", "www.example.org"),
        ("ßig", "ßig"),
        ("42nd", "42nd"),
        ("日本", "日本"),
        ("", ""),
    ],
)
def test_a_first_word_gets_a_capital_unless_it_has_one_inside(word, first):
    assert capitalised(word) == first
