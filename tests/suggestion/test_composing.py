"""What is offered at the caret, and what taking it makes of the line."""

from __future__ import annotations

import pytest

from app.errors import UserError
from app.language.network import Network
from app.suggestion.composing import Composer, Line, View
from app.suggestion.decoding import Suggestion
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights


@pytest.fixture
def predictor() -> Predictor:
    architecture = tiny_architecture()
    network = Network(architecture, tiny_weights(architecture))
    return Predictor(tiny_vocabulary(), Tokenizer(), network)


def line(text: str) -> Line:
    """A bar stands for the caret."""
    before, after = text.split("|")
    return Line(before + after, len(before))


def words(view: View) -> list[str]:
    return [it.word for it in view.choices]


def view(text: str, begin: int, end: int, word: str, *, is_blank: bool = False) -> View:
    return View(line(text), begin, end, (Suggestion(word, 1.0),), is_blank)


def test_the_words_are_those_of_the_predictor(predictor):
    composer = Composer(predictor, 3)
    for text in ("The c", "the cat ", "", "it is in Lo"):
        shown = composer.show(Line(text, len(text)))
        answer = predictor.complete(text, top=3, typing=True)
        expected = [it["word"] for it in answer["blanks"][0]["suggestions"]]
        assert words(shown) == expected


def test_a_word_that_was_passed_over_may_make_room_for_another(predictor):
    composer = Composer(predictor, 2, once=True)
    first, second = (words(composer.show(line(text))) for text in ("the |", "the c|"))
    assert len(second) == 2
    assert not set(first) & set(second)
    assert words(composer.show(line("the |"))) == first  # a letter was taken back


def test_words_are_offered_for_the_caret_and_not_for_the_end(predictor):
    composer = Composer(predictor, 3)
    shown = composer.show(line("The c| sat on the mat"))
    assert words(shown) == words(composer.show(line("The c|")))
    assert shown.take(0) == line(f"The {words(shown)[0]}| sat on the mat")


def test_earlier_lines_are_context(predictor):
    composer = Composer(predictor, 3)
    alone = composer.show(line("the |"))
    composer.finish("We had a dog in London.")
    after = composer.show(line("the |"))
    assert alone.choices != after.choices
    whole = predictor.complete("We had a dog in London.\nthe ", top=3, typing=True)
    expected = [it["probability"] for it in whole["blanks"][0]["suggestions"]]
    assert [it.probability for it in after.choices] == pytest.approx(expected, abs=1e-6)


def test_a_name_of_an_earlier_line_is_finished(predictor):
    composer = Composer(predictor, 3)
    composer.finish("Zaphod sat on the mat.")
    assert words(composer.show(line("and Zap|"))) == ["Zaphod"]


def test_the_ghost_is_the_rest_of_the_best_word_at_the_end_of_the_line():
    assert view("in Lon|", 3, 6, "London").ghost == "don"
    assert view("in lon|", 3, 6, "London").ghost == "don"
    assert view("in |", 3, 3, "London").ghost == "London"
    assert view("in Lon| now", 3, 6, "London").ghost == ""
    assert view("in ecol|", 3, 7, "école").ghost == ""  # other letters were typed
    assert View(line("in |"), 3, 3, ()).ghost == ""
    assert view("in ___|", 3, 6, "London", is_blank=True).ghost == ""


def test_a_taken_word_gets_a_space_unless_there_is_one():
    assert view("in Lon|", 3, 6, "London").take() == line("in London |")
    assert view("in lon|, now", 3, 6, "London").take() == line("in London |, now")
    assert view("in Lon| now", 3, 6, "London").take() == line("in London| now")
    with pytest.raises(IndexError):
        view("in Lon|", 3, 6, "London").take(1)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("The ___ sat .|", "The ", " sat ."),
        ("The c___ sat .|", "The ", " sat ."),
        ("|The c___ sat on ___ .", "The ", " sat on ___ ."),
        ("The ___|", "The ", ""),
        ("It is rain___!|", "It is ", "!"),
    ],
)
def test_a_blank_is_filled_with_its_letters(predictor, text, before, after):
    shown = Composer(predictor, 3).show(line(text))
    assert shown.is_blank
    for number, word in enumerate(words(shown)):
        whole = before + word + after
        assert shown.take(number) == Line(whole, len(whole))


def test_a_line_with_a_blank_left_is_no_context(predictor):
    composer = Composer(predictor, 3)
    alone = composer.show(line("the |"))
    composer.finish("We had a ___ in London.")
    assert composer.show(line("the |")).choices == alone.choices


def test_what_cannot_be_filled_is_refused(predictor):
    with pytest.raises(UserError, match="21 blanks"):
        Composer(predictor, 3).show(line("a ___ " * 21 + "|"))
