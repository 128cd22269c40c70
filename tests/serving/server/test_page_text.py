"""Whatever is written stays text, is counted right, and costs no time."""

import numpy as np
import pytest

from app.text.vocabulary import RESERVED, Vocabulary
from tests.serving.server.page_desk import TEXT, Desk, next_words
from tests.serving.server.running import Server
from tests.tiny import write_tiny_model

# A word begins with a letter or a digit; what follows is anything.
HOSTILE = (
    "a<script>alert(1)</script>",
    "b<img/src=x/onerror=alert(1)>",
    '1"onfocus="alert(1)"autofocus="',
    "c</span></ol></textarea><script>alert(1)</script>",
    "d<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "e&lt;b&gt;",
    "f{{7*7}}${alert(1)}",
)
TYPED = '<img src=x onerror="alert(1)"> </textarea><script>alert(1)</script> '


@pytest.fixture
def desk(open_page, server):
    return Desk(open_page(server.address))


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory):
    """A server whose model has learned nothing but markup."""
    counts = np.array([0, 1, 1, 1, 0, *range(90, 90 - len(HOSTILE), -1)], np.int64)
    tokens = (*RESERVED, *HOSTILE)
    vocabulary = Vocabulary(tokens, counts, tokens, pretokenized=True)
    folder = tmp_path_factory.mktemp("models") / "a&amp;b"
    with Server(write_tiny_model(folder, vocabulary=vocabulary)) as running:
        yield running


@pytest.fixture
def hostile(open_page, hostile_server):
    visit = open_page(hostile_server.address)
    visit.page.on("dialog", lambda it: visit.complaints.append(f"dialog: {it.message}"))
    return Desk(visit)


def elements(desk):
    """How many elements there are that markup could have made."""
    return desk.page.evaluate("document.querySelectorAll('script, img, svg, b').length")


def test_nothing_is_said_of_a_text_that_the_server_made_up_itself(hostile_server):
    assert "is in the vocabulary" not in hostile_server.log


def test_words_of_the_model_are_shown_as_text(hostile):
    before = elements(hostile)
    hostile.set("#top", 10)
    hostile.wait(lambda: sorted(hostile.words) == sorted(HOSTILE))
    assert hostile.ghost in HOSTILE
    hostile.press("Alt+w")
    hostile.wait(lambda: "Why" in hostile.page.locator("#why-title").text_content())
    hostile.rest()
    assert elements(hostile) == before


def test_taken_words_and_blanks_stay_text(hostile):
    before = elements(hostile)
    hostile.wait(lambda: len(hostile.words) == 5)
    hostile.press("Tab")
    hostile.type("___ ")
    hostile.wait(lambda: hostile.rubies != [] and hostile.rubies[0] in HOSTILE)
    assert elements(hostile) == before
    assert hostile.text.split(" ")[0] in HOSTILE


def test_markup_that_a_person_types_stays_text(hostile):
    before = elements(hostile)
    hostile.type(TYPED)
    hostile.wait(lambda: len(hostile.words) == 5)
    hostile.press("Alt+w")
    words = hostile.page.locator("#why .words")
    hostile.wait(lambda: "</textarea><script>" in words.text_content())
    hostile.rest()
    assert elements(hostile) == before
    assert hostile.text == TYPED


def test_marks_stay_apart_where_tokens_are_given(hostile):
    hostile.wait(lambda: len(hostile.words) == 5)
    hostile.press("Tab")
    hostile.type(".")
    assert hostile.text.endswith(" .")


def test_emoji_and_combining_marks_keep_the_place(desk, predictor):
    """JavaScript counts an emoji as two, the server as one."""
    text = "the 😀 cat 👩‍👩‍👧 cafe\u0301 🇬🇧 sat o"
    desk.page.keyboard.insert_text(text)
    desk.wait_for_words(next_words(predictor, text))
    word = desk.words[0]
    desk.press("Tab")
    assert desk.text == f"{text[:-1]}{word} "
    desk.put_caret(len("the 😀".encode("utf-16-le")) // 2)
    desk.type("😀 ")
    left = "the 😀😀 "
    desk.wait_for_words(next_words(predictor, left))
    desk.press("Alt+1")
    assert desk.text.startswith(f"{left}{next_words(predictor, left)[0]} ")


def test_half_an_emoji_is_never_sent(desk, predictor):
    """Two that begin with the same unit differ in their second one alone."""
    desk.page.keyboard.insert_text("the 😀")
    desk.press("Backspace")
    desk.page.keyboard.insert_text("😁 ")
    desk.wait_for_words(next_words(predictor, "the 😁 "))
    desk.press("Control+a")
    desk.page.keyboard.insert_text("the 😀 ")
    desk.wait_for_words(next_words(predictor, "the 😀 "))
    assert desk.status.startswith("tiny: ")


def test_an_input_method_is_left_alone(desk, predictor):
    desk.type("the ")
    desk.wait_for_words(next_words(predictor, "the "))
    sent = []
    devtools = desk.page.context.new_cdp_session(desk.page)
    devtools.send("Network.enable")
    devtools.on("Network.webSocketFrameSent", lambda it: sent.append(it))
    for text in ("n", "ni", "你"):
        place = {"selectionStart": len(text), "selectionEnd": len(text)}
        devtools.send("Input.imeSetComposition", {"text": text, **place})
        desk.page.wait_for_timeout(60)
        assert (desk.ghost, desk.words) == ("", [])
    assert (sent, desk.text) == ([], "the 你")


@pytest.mark.parametrize("key", ["Tab", "ArrowRight", "Escape"])
def test_keys_of_an_input_method_are_not_taken_from_it(desk, predictor, key):
    desk.type("the ")
    desk.wait_for_words(next_words(predictor, "the "))
    for told in ({"isComposing": True}, {"keyCode": 229}):
        given = {"key": key, "cancelable": True, **told}
        is_left = desk.page.evaluate(
            f"told => {TEXT}.dispatchEvent(new KeyboardEvent('keydown', told))", given
        )
        assert is_left
    assert desk.text == "the "


def test_what_an_input_method_puts_in_is_answered(desk, predictor):
    desk.type("the ")
    devtools = desk.page.context.new_cdp_session(desk.page)
    place = {"selectionStart": 2, "selectionEnd": 2}
    devtools.send("Input.imeSetComposition", {"text": "ni", **place})
    devtools.send("Input.insertText", {"text": "你好"})
    desk.wait(lambda: desk.text == "the 你好")
    desk.type(" ")
    desk.wait_for_words(next_words(predictor, "the 你好 "))
    assert desk.counted == "7 keys for 7 characters"


def test_the_letters_of_a_phone_s_keyboard_are_answered_as_they_come(desk, predictor):
    """It composes every word; its keys have no names."""
    devtools = desk.page.context.new_cdp_session(desk.page)
    desk.type("it is in ")
    desk.wait_for_words(next_words(predictor, "it is in "))
    for text in ("l", "lo", "lon"):
        key = {"key": "Unidentified", "windowsVirtualKeyCode": 229}
        devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
        place = {"selectionStart": len(text), "selectionEnd": len(text)}
        devtools.send("Input.imeSetComposition", {"text": text, **place})
    desk.wait_for_words(["London"])
    assert desk.ghost == "don"
    desk.page.locator(".take").first.click()
    assert desk.text == "it is in London "
    assert desk.counted == "13 keys for 16 characters"
    desk.type("x")
    assert desk.text == "it is in London x"


def paste(desk, text):
    """Puts in a text at once, as from the clipboard."""
    desk.page.evaluate(
        "text => { document.getElementById('text').focus(); "
        "document.execCommand('insertText', false, text) }",
        text,
    )


PARAGRAPHS = "\n".join(
    "the cat sat on the mat and it rained . " * 5 for _ in range(103)
)
LONG = {"paragraphs": PARAGRAPHS, "line": PARAGRAPHS.replace("\n", "")}

# Milliseconds from a key until the page is drawn anew, over some keys: the median.
KEY_TIMES = """async () => {
  const area = document.getElementById("text");
  const times = [];
  for (const letter of "it is raining") {
    const begin = performance.now();
    document.execCommand("insertText", false, letter);
    area.getBoundingClientRect();
    times.push(performance.now() - begin);
    await new Promise((done) => setTimeout(done, 60));
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}"""


@pytest.mark.parametrize("kind", LONG)
def test_twenty_thousand_characters_stay_quick(desk, predictor, kind):
    text = LONG[kind]
    assert len(text) > 20_000
    paste(desk, text)
    desk.wait_for_words(next_words(predictor, text))
    median = desk.page.evaluate(KEY_TIMES)
    desk.wait_for_words(next_words(predictor, f"{text}it is raining"))
    assert median < 50  # a person notices 100; busy machines are slow


def test_an_undo_from_elsewhere_on_the_page_leaves_no_caret_behind_the_text(
    desk, predictor
):
    desk.type("the cat is")
    desk.page.focus("#phrases")
    desk.press("Control+z")
    desk.wait(lambda: len(desk.text) < len("the cat is"))
    desk.wait_for_words(next_words(predictor, desk.text))
    assert "caret" not in desk.status


# Heights of the text in the mirror and in the writing area, and their widths.
MEASURES = """() => {
  const lines = document.querySelector(".lines");
  const area = document.getElementById("text");
  area.style.height = "1px";
  const heights = [lines.offsetHeight, area.scrollHeight];
  const found = [...heights, lines.offsetWidth, area.clientWidth];
  area.style.height = "";
  return found;
}"""


@pytest.mark.parametrize("width", [320, 1280])
def test_the_mirror_wraps_as_the_writing_area_does(open_page, server, width):
    desk = Desk(open_page(server.address, width=width))
    text = f"{'the cat is on the ' * 20}\n\n{'x' * 300}  {'mat ' * 9}\n{'it , ' * 200}"
    for end in (30, 200, len(text)):
        desk.press("Control+a", "Delete")
        paste(desk, text[:end])
        desk.wait(lambda: desk.page.locator(".lines > div").count() > 0)
        height, area_height, line_width, width = desk.page.evaluate(MEASURES)
        assert (height, line_width) == (area_height, width)
