"""Blanks, phrases and writing on, as the page shows them."""

import re

import pytest

from app.suggestion.half_given import split_at_blanks
from tests.serving.server.page_desk import Desk, drawn, next_words


@pytest.fixture
def desk(open_page, server):
    return Desk(open_page(server.address))


def filled(predictor, text):
    """The words for each blank."""
    blanks = predictor.fill(text)["blanks"]
    return [[it["word"] for it in blank["suggestions"]] for blank in blanks]


def phrases(predictor, text, **options):
    [blank] = predictor.complete(text, words=6, **options)["blanks"]
    return [it["word"] for it in blank["suggestions"]]


def test_every_blank_shows_its_best_word(desk, predictor):
    text = "the ___ sat on the ___ ."
    desk.type(text)
    best = [words[0] for words in filled(predictor, text)]
    desk.wait(lambda: desk.rubies == best)


def test_the_caret_in_a_blank_shows_its_candidates(desk, predictor):
    text = "the ___ sat on the ___ ."
    desk.type(text)
    desk.put_caret(text.rindex("___") + 1)
    desk.wait_for_words(filled(predictor, text)[1])
    assert desk.ghost == ""
    desk.put_caret(text.index("___"))
    desk.wait_for_words(filled(predictor, text)[0])


def test_a_click_on_a_blank_shows_its_candidates(desk, predictor):
    text = "the ___ sat on the mat ."
    desk.type(text)
    desk.wait(lambda: desk.rubies != [""])
    place = desk.box(".blank")
    desk.page.mouse.click(
        place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    )
    desk.wait_for_words(filled(predictor, text)[0])


@pytest.mark.parametrize("keys", [["Tab"], ["Alt+3"]])
def test_a_candidate_replaces_the_blank(desk, predictor, keys):
    text = "the ____ sat on the mat ."
    desk.type(text)
    desk.put_caret(6)
    words = filled(predictor, text)[0]
    desk.wait_for_words(words)
    desk.press(*keys)
    word = words[0 if keys == ["Tab"] else 2]
    assert desk.text == f"the {word} sat on the mat ."
    desk.press("Control+z")
    assert desk.text == text


def test_letters_beside_a_blank_are_replaced_with_it(desk, predictor):
    text = "it is r___ing"
    desk.type(text)
    desk.put_caret(8)
    words = filled(predictor, "it is r___ing")[0]
    desk.wait_for_words(words)
    if words:
        desk.press("Tab")
        assert desk.text == f"it is {words[0]}"


@pytest.mark.parametrize(
    "text", ["Lon___ .", "in Lon___", "(___)", "___'s", "cat___dog"]
)
def test_the_page_sees_the_letters_beside_a_blank_as_the_server_does(desk, text):
    """Both read them; whoever differs would put a word beside its own beginning."""
    pieces, letters = split_at_blanks(text)
    begin = len(pieces[0])
    given = letters[0]
    end = begin + len(given.prefix) + 3 + len(given.suffix)
    found = desk.page.evaluate(
        "async text => (await import('/blanks.js')).blanksIn(text)", text
    )
    assert found == [{"begin": begin, "end": end}]


def test_blanks_are_asked_about_once_a_person_pauses(desk):
    with desk.asked("/api/fill") as asked:
        desk.type("the ___ is on the mat .")
        desk.wait(lambda: desk.rubies not in ([], [""]))
        desk.rest()
    assert len(asked) <= 3


def test_a_paragraph_without_blanks_is_not_asked_about(desk):
    with desk.asked("/api/fill") as asked:
        desk.type("it rained .\nthe ___ is\nit rained .")
        desk.wait(lambda: desk.rubies not in ([], [""]))
        desk.rest()
    assert {it["text"] for it in asked} == {"the ___ is"}


def test_too_many_blanks_are_told_about(forgiving_page, server):
    desk = Desk(forgiving_page(server.address))
    desk.type("___ " * 21)
    desk.wait(lambda: "at most 20" in desk.status)


@pytest.mark.parametrize("ask", ["Alt+p", "Control+Space", "#phrases"])
def test_phrases_come_on_request(desk, predictor, ask):
    desk.type("the cat ")
    desk.wait_for_words(next_words(predictor, "the cat "))
    with desk.asked("/api/complete") as asked:
        desk.click(ask) if ask.startswith("#") else desk.press(ask)
        desk.wait(lambda: len(asked) == 1)
        desk.rest()
    assert desk.words == phrases(predictor, "the cat ")
    assert [it["words"] for it in asked] == [6]
    assert desk.ghost == desk.words[0]
    best = desk.words[0]
    desk.press("Tab")
    assert desk.text == f"the cat {best} "


def test_phrases_finish_a_half_typed_word(desk, predictor):
    desk.type("it is in lon")
    desk.wait_for_words(["London"])
    desk.press("Alt+p")
    desk.wait_for_words(phrases(predictor, "it is in lon", typing=True))
    best = desk.words[0]
    desk.press("ArrowRight")
    assert desk.text == f"it is in {best} "


@pytest.mark.parametrize("width", [1280, 320])
def test_a_text_that_is_written_on_can_be_taken_word_by_word(open_page, server, width):
    desk = Desk(open_page(server.address, width=width))
    desk.type("the cat ")
    seed, whole = drawn(server, "the cat ", re.compile(r"\w+ \w").match)
    desk.draw(seed)
    first, _, others = whole.partition(" ")
    desk.press("Control+ArrowRight")
    assert desk.text == f"the cat {first} "
    assert desk.ghost == others
    desk.press("Tab")
    assert desk.text == f"the cat {whole} "
    desk.press("Control+z")
    assert desk.text == f"the cat {first} "


@pytest.fixture
def marked(server):
    """A seed that draws a text of several words behind a closing mark, and the text."""
    begins_with_mark = re.compile(r"[.,!?] \S+ \S").match
    return drawn(server, "the cat", begins_with_mark)


def test_a_text_that_begins_with_a_mark_closes_up_with_the_word_before(desk, marked):
    seed, text = marked
    desk.type("the cat ")
    desk.draw(seed)
    assert desk.ghost == text
    desk.press("Tab")
    assert desk.text == f"the cat{text} "
    assert desk.caret == len(desk.text)
    desk.press("Control+z")
    assert (desk.text, desk.caret) == ("the cat ", len("the cat "))


def test_a_mark_that_is_taken_alone_closes_up_and_the_rest_stays_on_offer(desk, marked):
    seed, text = marked
    mark, first, *_ = text.split()
    desk.type("the cat ")
    desk.draw(seed)
    desk.press("Control+ArrowRight")
    assert desk.text == f"the cat{mark} "
    assert desk.ghost == text[2:]
    desk.press("Control+ArrowRight")
    assert desk.text == f"the cat{mark} {first} "
    desk.press("Control+z", "Control+z")
    assert (desk.text, desk.caret) == ("the cat ", len("the cat "))


def test_a_mark_is_offered_right_behind_a_word_without_a_space(desk, marked):
    seed, text = marked
    desk.type("the cat")
    desk.draw(seed)
    assert desk.ghost == text
    desk.press("Tab")
    assert desk.text == f"the cat{text} "


# What stands there once the only choice is taken, the whole or its first word.
TAKEN = """async ([text, word, movesMarks, isWhole]) => {
  const { taking, takingOneWord } = await import("/offers.js");
  const end = text.length;
  const choices = [{ word, probability: 1 }];
  const offer = { kind: "phrase", begin: end, end, choices };
  const it = isWhole
    ? taking(offer, 0, text, movesMarks)
    : takingOneWord(offer, text, end, movesMarks);
  return text.slice(0, it.begin) + it.inserted + text.slice(it.end);
}"""


@pytest.mark.parametrize(
    ("text", "moves_marks", "taken"),
    [
        ("cat ", True, "cat, one "),
        ("cat ", False, "cat , one "),  # tokens that are given stay apart
        ("cat", True, "cat, one "),
        ("cat  ", True, "cat  , one "),  # more than the space between two words
        ("cat\n", True, "cat\n, one "),
        (" ", True, " , one "),
        ("", True, ", one "),
    ],
)
def test_one_space_behind_a_word_makes_way_for_a_mark(desk, text, moves_marks, taken):
    given = [text, ", one", moves_marks]
    assert desk.page.evaluate(TAKEN, [*given, True]) == taken
    mark = taken.replace(", one", ",")
    assert desk.page.evaluate(TAKEN, [*given, False]) == mark


def test_a_word_that_begins_like_a_mark_keeps_its_space(desk):
    given = ["a ", ".22 rifle", True]
    assert desk.page.evaluate(TAKEN, [*given, True]) == "a .22 rifle "


def test_the_temperature_is_sent_with_what_is_written_on(desk):
    desk.set("#temperature", 0.3)
    with desk.asked("/api/write") as asked:
        desk.click("#write-on")
        desk.rest()
    assert [it["temperature"] for it in asked] == [0.3]


def test_a_text_is_written_on_behind_its_blanks(desk):
    desk.type("the ___ is on the mat. It ")
    with desk.asked("/api/write") as asked:
        desk.click("#write-on")
        desk.rest()
    assert [it["text"] for it in asked] == [" is on the mat. It "]


def test_typing_what_a_phrase_says_keeps_it_and_anything_else_ends_it(desk):
    desk.type("the cat ")
    desk.write_on()
    whole = desk.ghost
    desk.type(whole[0])
    assert desk.ghost == whole[1:]
    desk.type("§")
    desk.wait(
        lambda: desk.ghost != whole[2:] and all(" " not in it for it in desk.words)
    )
