"""Writing on the live page: grey text, the list, the keys that take words, undo."""

import pytest

from tests.serving.server.page_desk import Desk, next_words


@pytest.fixture
def desk(open_page, server) -> Desk:
    return Desk(open_page(server.address))


@pytest.fixture
def offered(predictor):
    """What is offered behind a text: five words."""
    return lambda text: next_words(predictor, text)


def test_an_empty_page_offers_first_words(desk, offered):
    desk.wait_for_words(offered(""))
    assert desk.ghost == desk.words[0]


def test_typing_shows_the_next_words_and_the_best_of_them_in_grey(desk, offered):
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    assert desk.ghost == desk.words[0]
    assert desk.text == "the cat "


def test_the_rest_of_a_half_typed_word_is_grey(desk, offered):
    desk.type("it is in Lon")
    desk.wait_for_words(["London"])
    assert desk.ghost == "don"


def test_every_row_tells_its_probability(desk, predictor):
    desk.type("the cat ")
    desk.wait_for_words(next_words(predictor, "the cat "))
    [blank] = predictor.complete("the cat ")["blanks"]
    shares = desk.page.locator(".share").all_text_contents()
    assert shares == [
        f"{it['probability']:.1%}".replace("%", " %") for it in blank["suggestions"]
    ]


@pytest.mark.parametrize("key", ["Tab", "ArrowRight", "Control+ArrowRight", "Alt+1"])
def test_a_key_takes_the_best_word_with_a_space(desk, offered, key):
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    word = desk.words[0]
    desk.press(key)
    assert desk.text == f"the cat {word} "
    assert desk.caret == len(desk.text)
    desk.wait_for_words(offered(desk.text))


def test_a_taken_word_replaces_the_letters_typed_of_it(desk):
    desk.type("it is in lon")
    desk.wait_for_words(["London"])
    desk.press("Tab")
    assert desk.text == "it is in London "


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_alt_and_a_digit_take_that_word_of_the_list(desk, offered, number):
    desk.type("we have ")
    desk.wait_for_words(offered("we have "))
    desk.press(f"Alt+Digit{number}")
    assert desk.text == f"we have {offered('we have ')[number - 1]} "


def test_a_click_takes_a_word_and_leaves_the_focus_in_the_text(desk, offered):
    desk.type("we have ")
    desk.wait_for_words(offered("we have "))
    desk.page.locator(".take").nth(2).click()
    desk.type("x")
    assert desk.text == f"we have {offered('we have ')[2]} x"


def test_a_word_is_taken_inside_a_text_where_the_caret_stands(desk, offered):
    desk.type("the  mat")
    desk.put_caret(4)
    desk.wait_for_words(offered("the "))
    assert desk.ghost == ""  # something stands behind the caret
    desk.press("Alt+2")
    assert desk.text == f"the {offered('the ')[1]} mat"
    assert desk.caret == len(desk.text) - len("mat")


def test_grey_text_stands_at_the_end_of_any_line(desk, offered):
    desk.type("the cat \nit is")
    desk.put_caret(len("the cat "))
    desk.wait_for_words(offered("the cat "))
    assert desk.ghost == desk.words[0]


FOCUSED = "document.activeElement.id || document.activeElement.className"


def test_escape_hides_the_grey_text_and_lets_tab_move_on(desk, offered):
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    desk.press("Escape")
    assert desk.ghost == ""
    desk.press("Tab")
    assert desk.text == "the cat "
    assert desk.page.evaluate(FOCUSED) == "take"
    desk.press("Shift+Tab")
    desk.type("s")
    desk.wait_for_words(offered("the cat s"))
    assert desk.ghost != ""


def test_escape_before_an_answer_has_come_frees_the_tab_key_too(desk):
    desk.type("the cat ")
    desk.press("Escape", "Tab")
    assert desk.text == "the cat "
    assert desk.page.evaluate(FOCUSED) != "text"


def test_the_list_is_reached_with_tab_and_a_word_taken_with_enter(desk, offered):
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    desk.press("Escape", "Tab", "Tab", "Tab", "Enter")
    assert desk.text == f"the cat {offered('the cat ')[1]} "
    assert desk.page.evaluate(FOCUSED) == "text"


def test_shift_tab_always_moves_back(desk, offered):
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    desk.press("Shift+Tab")
    assert desk.page.evaluate("document.activeElement.id") == "scheme"


def test_undo_takes_a_whole_word_back_and_nothing_else(desk, offered):
    desk.type("we have ")
    desk.wait_for_words(offered("we have "))
    desk.press("Tab", "Control+z")
    assert desk.text == "we have "
    desk.press("Control+Shift+z")
    assert desk.text == f"we have {offered('we have ')[0]} "


def test_undo_gives_back_the_letters_that_a_word_replaced(desk):
    desk.type("it is in lon")
    desk.wait_for_words(["London"])
    desk.press("Tab", "Control+z")
    assert desk.text == "it is in lon"
    desk.type("x")  # nothing was selected that this would delete
    assert desk.text == "it is in lonx"


def test_two_words_taken_are_two_steps_of_undo(desk, offered):
    desk.type("we have ")
    desk.wait_for_words(offered("we have "))
    desk.press("Tab")
    once = desk.text
    desk.wait_for_words(offered(once))
    desk.press("Tab", "Control+z")
    assert desk.text == once


@pytest.mark.parametrize("mark", list(".,;:!?)]}"))
def test_a_closing_mark_moves_in_front_of_the_space_that_a_word_brought(desk, mark):
    desk.type("it is in Lon")
    desk.wait_for_words(["London"])
    desk.press("Tab")
    desk.type(f"{mark}it")
    assert desk.text == f"it is in London{mark} it"


def test_a_space_that_a_person_typed_is_left_where_it_is(desk):
    desk.type("it is in London .")
    assert desk.text == "it is in London ."


def test_a_space_typed_out_of_habit_behind_a_taken_word_is_not_doubled(desk):
    desk.type("it is in Lon")
    desk.wait_for_words(["London"])
    desk.press("Tab", "Space")
    assert desk.text == "it is in London "
    desk.press("Space")
    assert desk.text == "it is in London  "


def test_an_answer_to_an_older_text_is_never_shown(desk, offered):
    """Whatever the order in which a fast typist and a slow server meet."""
    text = "the cat sat on the mat and it is not raining in London . "
    desk.type(text)
    desk.wait_for_words(offered(text))
    desk.rest()
    assert desk.words == offered(text)


def test_editing_in_the_middle_is_answered_as_a_text_that_is_read_anew(desk, offered):
    desk.type("the cat sat on the mat")
    desk.put_caret(len("the cat "))
    desk.press("Delete", "Delete", "Delete", "Delete")
    desk.type("is ")
    assert desk.text == "the cat is on the mat"
    desk.wait_for_words(offered("the cat is "))


def test_a_selection_offers_nothing(desk, offered):
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    desk.press("Control+a")
    desk.wait(lambda: desk.words == [] and desk.ghost == "")


def test_the_keyboard_alone_reaches_everything(desk):
    desk.wait(lambda: len(desk.words) == 5)
    desk.press("Escape")
    reached = []
    for _ in range(17):
        desk.press("Tab")
        reached.append(desk.page.evaluate(FOCUSED))
    assert reached[:10] == ["take", "why"] * 5
    assert reached[10:13] == ["phrases", "write-on", "look-inside"]
    assert reached[14:] == ["top", "temperature", "confidence"]


def test_the_best_word_is_read_out_once_a_person_pauses(desk, offered):
    voice = desk.page.locator("#voice")
    desk.type("the cat ")
    desk.wait_for_words(offered("the cat "))
    said = voice.text_content()
    assert said == "" or not said.startswith(desk.words[0])
    desk.wait(lambda: voice.text_content().startswith(desk.words[0]))
