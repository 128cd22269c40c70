"""Text in, the published answer out; remarks where the model has nothing to go by."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.language.network import Network
from app.suggestion.block_list import BlockList
from app.suggestion.predictor import MAX_BLANKS, Predictor
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import RESERVED
from tests.fakes import Next, Oracle
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()


def predictor(model=None) -> Predictor:
    if model is None:
        architecture = tiny_architecture()
        model = Network(architecture, tiny_weights(architecture))
    return Predictor(VOCABULARY, Tokenizer(), model)


def words(answer, blank: int = 0) -> list[str]:
    return [it["word"] for it in answer["blanks"][blank]["suggestions"]]


def test_the_answer_has_the_published_form():
    answer = predictor().answer("The cat sat", top=3)
    assert answer.keys() == {"text", "blanks"}
    assert answer["text"] == "The cat sat"
    (blank,) = answer["blanks"]
    assert blank.keys() == {"suggestions"}
    assert len(blank["suggestions"]) == 3
    for suggestion in blank["suggestions"]:
        assert suggestion.keys() == {"word", "probability"}
        assert type(suggestion["word"]) is str
        assert type(suggestion["probability"]) is float
    assert json.loads(json.dumps(answer)) == answer


def test_unexamined_is_told_only_of_blanks_with_words_to_their_right():
    answer = predictor().answer("The ___ sat on the ___")
    first, last = answer["blanks"]
    assert type(first["unexamined"]) is float
    assert "unexamined" not in last


def test_a_text_without_a_blank_has_one_at_its_end():
    assert words(predictor().answer("the cat")) == words(
        predictor().answer("the cat ___")
    )
    assert (
        predictor().complete("the cat")["blanks"]
        == predictor().fill("the cat")["blanks"]
    )


def test_contractions_are_understood_and_answered_joined():
    known = VOCABULARY.encode(["it", "was", "n't", "the", "cat"])
    oracle = predictor(Oracle(VOCABULARY.size, known))
    assert words(oracle.answer("It", top=2)) == ["was", "wasn't"]
    assert words(oracle.answer("It ___ the cat", top=1)) == ["wasn't"]
    assert words(oracle.answer("It wasn't", top=1)) == ["the"]


def test_the_first_word_of_a_sentence_has_a_capital():
    """An empty text and "It rained ." were answered "the"."""
    model = predictor(Next(VOCABULARY.size))
    for text in ("It rained he. ", "It (he. ", 'A he. "', "He he?", "Mr. he!"):
        assert words(model.answer(text.replace("he", "sat"), top=9))[0][0].isupper()
    known = VOCABULARY.encode(["it", "'s", "."])
    oracle = predictor(Oracle(VOCABULARY.size, known))
    assert words(oracle.answer("", top=2)) == ["It", "It's"]
    assert words(oracle.answer("___ 's", top=1)) == ["It"]
    assert words(oracle.answer("", candidates=["it", "cat"]))[0] == "it"


def test_the_second_word_of_a_sentence_has_its_usual_form():
    model = predictor(Next(VOCABULARY.size))
    for text in ("the", "Mr.", "U.S.", "the ,", 'the , "', "the ...", "the :"):
        assert words(model.answer(text, top=9)) == words(
            model.answer(text + " ___", top=9)
        )
        assert any(word.islower() for word in words(model.answer(text, top=9)))


def test_of_two_blanks_each_is_written_as_its_place_asks_for():
    answer = predictor().answer("___ ___ the cat . ___ , ___", top=5)
    capitals = [all(not w[0].islower() for w in words(answer, i)) for i in range(4)]
    assert capitals == [True, False, True, False]


def test_two_underscores_are_no_blank_and_many_are_one():
    assert len(predictor().answer("the __ cat")["blanks"]) == 1
    answer = predictor(Next(VOCABULARY.size)).answer("the __________ dog", top=1)
    assert words(answer) == ["cat"]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_is_answered_from_its_beginning(text, caplog):
    answer = predictor().answer(text)
    assert words(answer) == words(predictor().complete(""))
    assert "no word to go by" in caplog.text


@pytest.mark.parametrize("text", ["___", " ___ ", "___ ____"])
def test_a_blank_without_any_word_is_refused_with_an_example(text):
    with pytest.raises(UserError, match="clouds"):
        predictor().answer(text)


def test_a_text_of_unknown_words_is_answered_with_a_remark(caplog):
    answer = predictor().answer("zebras xylophones " + "quux " * 30, top=2)
    assert len(words(answer)) == 2
    assert "None of the words of 'zebras xylophones" in caplog.text
    assert "..." in caplog.text


def test_a_known_word_is_enough_for_no_remark(caplog):
    predictor().answer("zebras and xylophones")
    assert caplog.text == ""


@pytest.mark.parametrize("piece", ["the cat ", "x", "'", "é", "_ ", ".", "\u3000"])
def test_a_prefix_of_100000_characters_is_answered(piece):
    text = (piece * 100_000)[:100_000]
    assert len(words(predictor().answer(text))) == 5


def test_a_text_that_is_not_read_whole_gets_a_remark(caplog):
    predictor().answer("the cat " * 801)
    assert "Of the 1,602 words and marks in front only the last 1,102 are read" in (
        caplog.text
    )


def test_100000_characters_on_both_sides_of_a_blank_are_answered():
    text = "the cat " * 12_500
    answer = predictor().answer(f"{text} ___ {text}", candidates=["cat", "dog"])
    assert sorted(words(answer)) == ["cat", "dog"]


def test_candidates_are_answered_as_spelled_and_unknown_ones_remarked_on(caplog):
    answer = predictor().answer(
        "the ___ sat", candidates=["CAT", "zebra", "isn't", "CAT"]
    )
    assert sorted(words(answer)) == ["CAT", "isn't", "zebra"]
    total = sum(it["probability"] for it in answer["blanks"][0]["suggestions"])
    assert total == pytest.approx(1.0)
    assert "'zebra'" in caplog.text and "CAT" not in caplog.text


def test_candidates_without_a_blank_are_for_the_next_word():
    model = Next(VOCABULARY.size)
    answer = predictor(model).answer("the cat", candidates=["dog", "mat"])
    assert words(answer) == ["dog", "mat"]


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ([], "no candidate to choose from"),
        (["cat", " "], "The candidate ' ' has no word in it"),
        (["\u200b"], "has no word in it"),
        (["\ud800"], "is no character"),
    ],
)
def test_candidates_without_words_are_refused(candidates, message):
    with pytest.raises(UserError, match=message):
        predictor().answer("the ___", candidates=candidates)


def test_half_a_character_is_refused_with_its_place():
    with pytest.raises(UserError, match=r"'\\udcff' at character 5, .* UTF-8"):
        predictor().answer("the \udcff cat")


def test_too_many_blanks_are_refused():
    with pytest.raises(UserError, match=f"{MAX_BLANKS + 1} blanks, but at most"):
        predictor().answer("___ " * (MAX_BLANKS + 1))


def test_a_pretokenized_model_reads_tokens_as_they_are():
    cased = Predictor(
        VOCABULARY.__class__(
            VOCABULARY.tokens,
            VOCABULARY.counts,
            VOCABULARY.written,
            pretokenized=True,
        ),
        Tokenizer(pretokenized=True),
        Next(VOCABULARY.size),
    )
    assert words(cased.answer("the cat", top=1)) == ["dog"]
    assert words(cased.answer("the ___ dog", top=1)) == ["cat"]


@settings(max_examples=40)
@given(st.text(max_size=40), st.integers(1, 100))
def test_any_text_is_answered_without_reserved_words(text, top):
    logging.disable()
    try:
        answer = predictor().answer(text, top=top)
    finally:
        logging.disable(logging.NOTSET)
    assert answer["text"] == text
    for blank in answer["blanks"]:
        probabilities = [it["probability"] for it in blank["suggestions"]]
        assert len(probabilities) <= top
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(0 <= p <= 1 for p in probabilities) and sum(probabilities) < 2
        assert not {it["word"] for it in blank["suggestions"]} & set(RESERVED)


def test_a_half_typed_word_is_finished():
    known = VOCABULARY.encode(["it", "was", "n't", "the", "cat"])
    oracle = predictor(Oracle(VOCABULARY.size, known))
    assert words(oracle.answer("It wa", typing=True, top=2)) == ["was", "wasn't"]
    assert words(oracle.answer("It wasn", typing=True)) == ["wasn't"]
    assert words(oracle.answer("It wasn't (TH", typing=True, top=1)) == ["The"]
    blank = oracle.complete("It LOND", typing=True, top=1)["blanks"][0]
    (suggestion,) = blank["suggestions"]
    assert suggestion == {"word": "London", "probability": pytest.approx(1.0)}


def test_after_white_space_typing_is_completing():
    typed = predictor().answer("the cat ", typing=True)["blanks"]
    asked = predictor().answer("the cat ")["blanks"]
    assert [it["word"] for it in typed[0]["suggestions"]] == words({"blanks": asked})


def test_a_half_typed_word_at_the_beginning_of_a_sentence_has_a_capital(caplog):
    assert words(predictor().answer("lon", typing=True, top=1)) == ["London"]
    for text in ("th", "the cat . th", "th", 'the cat. "th'):
        assert all(it[0] == "T" for it in words(predictor().answer(text, typing=True)))
    assert caplog.text == ""


def test_names_of_the_text_are_offered_while_they_are_typed():
    answer = predictor().answer("Zaphod and Trillian met zap", typing=True)
    assert words(answer) == ["Zaphod"]
    assert answer["blanks"][0]["suggestions"][0]["probability"] == pytest.approx(1.0)


def test_only_unknown_words_are_a_text_like_any_other(caplog):
    answer = predictor().answer("zebras xylophones quux xyl", typing=True)
    assert words(answer) == ["xylophones"]
    assert "None of the words" in caplog.text


def test_a_typing_error_is_forgiven_on_request():
    assert words(predictor().answer("in Lodn", typing=True)) == []
    answer = predictor().answer("in Lodn", typing=True, forgiving=True)
    assert words(answer) == ["London"]


@pytest.mark.parametrize("text", ["the ___ c", "the ___"])
def test_a_blank_cannot_be_half_typed(text):
    with pytest.raises(UserError, match="has a blank or candidates"):
        predictor().answer(text, typing=True)
    with pytest.raises(UserError, match="has a blank or candidates"):
        predictor().answer("the c", typing=True, candidates=["cat"])


@pytest.mark.parametrize("text", ["the ca\udcff", "the \udcff ca"])
def test_half_a_character_is_refused_while_typing_too(text):
    with pytest.raises(UserError, match="is no character"):
        predictor().answer(text, typing=True)


@pytest.mark.parametrize("piece", ["the cat ", "x", "'", "é", "(", "\u0301", "\x00a"])
def test_100000_characters_are_finished(piece):
    text = (piece * 100_000)[:100_000]
    answer = predictor().answer(text, typing=True, forgiving=True)
    assert len(words(answer)) <= 5


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.booleans())
def test_any_text_is_finished_without_reserved_words(text, forgiving):
    logging.disable()
    try:
        answer = predictor().complete(text, top=50, typing=True, forgiving=forgiving)
    finally:
        logging.disable(logging.NOTSET)
    probabilities = [it["probability"] for it in answer["blanks"][0]["suggestions"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= p <= 1 for p in probabilities)
    assert not set(words(answer)) & set(RESERVED)


def test_blocked_words_are_offered_nowhere():
    block_list = BlockList(["London", "the cat", "zaphod"], Tokenizer())
    careful = predictor().offering(block_list=block_list)
    for text in ("in ", "in ___ they", "___ ___ they"):
        for blank in range(text.count("___") or 1):
            assert "london" not in map(
                str.lower, words(careful.answer(text, top=99), blank)
            )
    assert words(careful.answer("in Lon", typing=True)) == []
    assert words(careful.answer("Zaphod zap", typing=True)) == []
    assert "cat" in words(careful.answer("a ca", typing=True))
    assert "cat" not in words(careful.answer("the ca", typing=True))
    assert "cat" not in words(careful.answer("the ___ sat", top=99))
    assert "the" not in words(careful.answer("of ___ cat", top=99))
    assert words(careful.answer("in ___", candidates=["London"])) == ["London"]
    assert "London" in words(predictor().answer("in Lon", typing=True))


def test_marks_are_offered_where_asked_for():
    both = predictor().offering(punctuation=True)
    assert {".", ","} <= set(words(both.answer("the cat", top=99)))
    assert words(both.answer("the cat ,", typing=True)) == [","]
    assert words(predictor().answer("the cat ,", typing=True)) == []


def test_the_same_question_has_the_same_answer():
    text = "The ___ is on the ___ ."
    first, second = (json.dumps(predictor().answer(text)) for _ in range(2))
    assert first == second
    assert np.isfinite(
        [it["probability"] for it in json.loads(first)["blanks"][1]["suggestions"]]
    ).all()
