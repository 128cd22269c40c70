"""Open and closed classes, against sentences whose classes anybody can check."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.word_classes import (
    FUNCTION_WORDS,
    WordClass,
    is_content_word,
    is_english,
    is_function_word,
    word_class,
    word_classes,
)
from app.text.tokenizer import BOUND_HOSTS, CLITICS, HOSTS, Tokenizer
from app.text.vocabulary import RESERVED, Vocabulary
from tests.tiny import tiny_vocabulary

# The first article of the Universal Declaration of Human Rights.
ARTICLE = {
    "en": "All human beings are born free and equal in dignity and rights. They are "
    "endowed with reason and conscience and should act towards one another in a "
    "spirit of brotherhood.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind "
    "mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit "
    "begegnen.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. "
    "Ils sont doués de raison et de conscience et doivent agir les uns envers les "
    "autres dans un esprit de fraternité.",
}


def vocabulary_of(text: str) -> Vocabulary:
    tokens = [token.lower() for token in Tokenizer().tokenize(text)]
    words = sorted(set(tokens))
    counts = [0] * len(RESERVED) + [tokens.count(word) for word in words]
    names = (*RESERVED, *words)
    return Vocabulary(names, np.array(counts), names)


def classes_in(text: str) -> dict[str, str]:
    return {token: word_class(token).name for token in Tokenizer().tokenize(text)}


def test_a_sentence_falls_into_its_classes():
    found = classes_in("She couldn't have put 3 of the London parcels up there, so ...")
    function = "She could n't have of the up there so".split()
    assert found == {
        **dict.fromkeys(function, "FUNCTION"),
        **dict.fromkeys(["put", "London", "parcels"], "CONTENT"),
        "3": "NUMBER",
        **dict.fromkeys([",", "..."], "PUNCTUATION"),
    }


@pytest.mark.parametrize("token", [*CLITICS, *BOUND_HOSTS, *sum(HOSTS.values(), ())])
def test_every_part_of_a_contraction_is_a_function_word(token):
    # These are full verbs or adverbs, too, and mostly so.
    if token not in ("need", "dare"):
        assert word_class(token) == WordClass.FUNCTION


@pytest.mark.parametrize("token", ["can't", "IT'S", "won’t", "shouldn't've", "y'all's"])
def test_a_contraction_that_was_given_in_one_piece_is_taken_apart(token):
    expected = WordClass.CONTENT if token == "y'all's" else WordClass.FUNCTION
    assert word_class(token) == expected


@pytest.mark.parametrize("token", ["John's", "O'Brien", "rock'n'roll", "<unk>", "C++"])
def test_names_and_terms_are_content_whatever_signs_they_have(token):
    assert word_class(token) == WordClass.CONTENT


@pytest.mark.parametrize(
    "token",
    ["42", "3,000.50", "1990s", "'90s", "19th", "1/2", "-5", "two", "Twenty-five"],
)
def test_numbers_are_neither_open_nor_closed(token):
    assert word_class(token) == WordClass.NUMBER


@pytest.mark.parametrize("token", [".", "--", "…", "'", "-LRB-", "$", "😀", "→"])
def test_marks_are_no_words(token):
    assert word_class(token) == WordClass.PUNCTUATION


@pytest.mark.parametrize("token", ["first", "one-sided", "-", "Zeroth", "tenfold"])
def test_what_only_looks_like_a_number_is_none(token):
    assert word_class(token) != WordClass.NUMBER


def test_every_id_of_a_vocabulary_has_one_class():
    vocabulary = tiny_vocabulary()
    classes = word_classes(vocabulary)
    assert (classes.shape, classes.dtype) == ((vocabulary.size,), np.int8)
    assert not classes[: len(RESERVED)].any()
    assert classes[len(RESERVED) :].all()
    content = [
        vocabulary.tokens[i] for i in np.flatnonzero(is_content_word(vocabulary))
    ]
    expected = "cat dog mat sat clouds sky rain london paris run u.s."
    assert content == expected.split()
    assert not (is_content_word(vocabulary) & is_function_word(vocabulary)).any()


def test_a_word_of_the_text_that_is_spelled_like_a_reserved_one_has_a_class():
    names = (*RESERVED, "<eos>", "the")
    vocabulary = Vocabulary(names, np.ones(7, np.int64), names, pretokenized=True)
    assert word_classes(vocabulary)[5:].tolist() == [
        WordClass.CONTENT,
        WordClass.FUNCTION,
    ]


def test_the_lists_hold_words_as_the_vocabulary_spells_them():
    assert {it for it in FUNCTION_WORDS if it != it.lower()} == set()
    assert {it for it in FUNCTION_WORDS if Tokenizer().tokenize(it) != [it]} == set()


@pytest.mark.parametrize(("language", "expected"), [("en", True), ("de", False)])
def test_only_english_text_has_the_function_words_of_english(language, expected):
    assert is_english(vocabulary_of(ARTICLE[language])) is expected


def test_french_text_is_told_from_english_and_numbers_from_text():
    assert not is_english(vocabulary_of(ARTICLE["fr"]))
    assert not is_english(vocabulary_of("1 2 3"))
