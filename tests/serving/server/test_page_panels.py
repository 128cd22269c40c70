"""Settings, the count of keys, why a word, a look inside, the memory."""

import pytest

import app
from tests.serving.server.page_desk import Desk, next_words
from tests.serving.server.running import Server
from tests.tiny import write_tiny_model


@pytest.fixture
def desk(open_page, server):
    return Desk(open_page(server.address))


# -- settings --------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3, 10])
def test_as_many_words_are_offered_as_wanted(desk, predictor, number):
    desk.type("the ")
    desk.set("#top", number)
    desk.wait_for_words(next_words(predictor, "the ", number))
    assert desk.page.locator("label[for=top] + output").text_content() == str(number)


def test_below_the_confidence_nothing_is_offered(desk, server):
    desk.type("the ")
    desk.set("#confidence", 4)
    asked = {"text": "the ", "top": 5, "confidence": 0.04}
    [blank] = server.ask("/api/complete", **asked).json()["blanks"]
    desk.wait_for_words([it["word"] for it in blank["suggestions"]])
    assert desk.page.locator("label[for=confidence] + output").text_content() == "4 %"


def test_the_temperature_changes_the_probabilities(desk, server):
    desk.type("the ")
    desk.set("#temperature", 0.5)
    asked = {"text": "the ", "top": 5, "temperature": 0.5}
    [blank] = server.ask("/api/complete", **asked).json()["blanks"]
    share = f"{blank['suggestions'][0]['probability']:.1%}".replace("%", " %")
    shown = desk.page.locator(".share").first
    desk.wait(lambda: shown.text_content() == share)


def test_what_a_model_lacks_is_switched_off_and_explained(desk):
    for name, reason in (
        ("ngrams", "This model was trained without them."),
        ("cache", "This model was trained without one."),
        ("memory", "This server keeps none: start it with --memory FILE."),
    ):
        desk.wait(lambda name=name: desk.page.locator(f"#{name}").is_disabled())
        assert desk.page.locator(f"#{name}-note").inner_text() == reason


def test_settings_are_kept_and_the_text_is_not(desk):
    desk.type("the secret cat ")
    desk.set("#top", 3)
    desk.set("#temperature", 0.7)
    desk.click("#scheme")
    kept = desk.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert "secret" not in kept
    desk.page.reload()
    again = Desk(desk.visit)
    assert again.text == ""
    again.wait(lambda: len(again.words) == 3)
    assert again.page.locator("#temperature").input_value() == "0.7"
    assert again.page.evaluate("document.documentElement.dataset.scheme") == "dark"


@pytest.mark.parametrize(
    "kept", ["nonsense", "null", "[1]", '"a"', '{"top": "x", "temperature": 1e9}']
)
def test_spoilt_settings_are_no_obstacle(desk, kept):
    desk.page.evaluate("it => localStorage.setItem('nextword.settings', it)", kept)
    desk.page.reload()
    again = Desk(desk.visit)
    again.wait(lambda: len(again.words) == 5)


def test_a_browser_that_keeps_nothing_is_no_obstacle(open_page, server):
    visit = open_page(server.address)
    visit.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new DOMException('no', 'SecurityError') } })"
    )
    visit.page.reload()
    desk = Desk(visit)
    desk.set("#top", 2)
    desk.wait(lambda: len(desk.words) == 2)


def test_there_is_a_choice_where_there_are_several_models(
    open_page, model_path, tmp_path, predictor
):
    other = write_tiny_model(tmp_path / "other", seed=1)
    with Server(model_path, other) as server:
        desk = Desk(open_page(server.address))
        desk.type("the ")
        desk.wait_for_words(next_words(predictor, "the "))
        desk.page.locator("#model").select_option("other")
        desk.wait_for_words(next_words(app.load(other), "the "))
        desk.wait(lambda: desk.status.startswith("other: "))


def test_a_single_model_needs_no_choice(desk):
    assert not desk.page.locator("#model").is_visible()


# -- keys saved ------------------------------------------------------------------------


def test_keys_are_counted_as_they_were_pressed(desk):
    desk.type("it is in Lo")  # 11
    desk.wait_for_words(["London"])
    desk.press("Tab")  # 12; "it is in London " has 16 characters
    assert desk.counted == "12 keys for 16 characters"
    assert desk.page.locator("#saved").text_content() == "25 %"
    desk.type(".")  # 13 for 17
    assert desk.counted == "13 keys for 17 characters"
    desk.press("Backspace", "Backspace")  # deleting costs keys, too
    assert desk.counted == "15 keys for 15 characters"
    desk.press("Control+z")
    assert desk.counted.startswith("16 keys for ")
    desk.press("ArrowLeft", "Escape")
    assert desk.counted.startswith("16 keys for ")


def test_keys_are_counted_anew(desk):
    desk.type("the cat")
    desk.click("summary")
    desk.click("#restart")
    assert desk.counted == "0 keys for 0 characters"
    desk.click("#text")
    desk.press("End")
    desk.type("s😀")
    assert desk.counted == "2 keys for 2 characters"


def test_pasted_text_counts_as_if_it_had_been_typed(desk):
    desk.page.keyboard.insert_text("the cat sat")
    desk.wait(lambda: desk.counted == "11 keys for 11 characters")
    desk.press("Control+a", "Control+c", "End", "Control+v")
    desk.wait(lambda: desk.counted == "22 keys for 22 characters")


def test_a_click_costs_a_key(desk, predictor):
    desk.type("the ")
    desk.wait_for_words(next_words(predictor, "the "))
    word = desk.words[1]
    desk.page.locator(".take").nth(1).click()
    assert desk.counted == f"5 keys for {5 + len(word)} characters"


def test_more_keys_than_characters_are_no_saving(desk):
    desk.type("the")
    desk.press("Backspace")
    assert desk.page.locator("#saved").text_content() == "−100 %"


# -- why, and inside -------------------------------------------------------------------


def test_why_tells_the_shares_and_the_words_that_mattered(desk, server, predictor):
    desk.type("the cat sat on the ")
    desk.wait_for_words(next_words(predictor, "the cat sat on the "))
    word = desk.words[0]
    desk.press("Alt+w")
    title = desk.page.locator("#why-title")
    desk.wait(lambda: word in title.text_content())
    told = server.ask("/api/why", text="the cat sat on the ", word=word).json()
    assert desk.page.locator("#why .words").text_content().split() == [
        it["token"] for it in told["words"]
    ]
    shares = desk.page.locator("#why .legend li").all_text_contents()
    assert [it.split()[0] for it in shares] == list(told["parts"])
    bits = desk.page.locator("#why .words .token").first.get_attribute("title")
    assert bits.lstrip("+−") == f"{abs(told['words'][0]['bits']):.1f} bits"


def test_every_word_of_the_list_can_be_asked_about(desk, predictor):
    desk.type("the ")
    desk.wait_for_words(next_words(predictor, "the "))
    word = desk.words[3]
    desk.page.locator("#suggestions .why").nth(3).click()
    desk.wait(lambda: word in desk.page.locator("#why-title").text_content())
    assert desk.text == "the "
    desk.click("#why .close")
    assert not desk.page.locator("#why").is_visible()


def test_why_goes_with_the_text_that_it_explains(desk):
    why = desk.page.locator("#why")
    desk.type("the cat ")
    desk.wait(lambda: len(desk.words) == 5)
    desk.press("Alt+w")
    desk.wait(lambda: why.is_visible())
    desk.type("sat ")
    desk.rest()
    assert why.is_visible()  # what it explains still stands there
    desk.press("Control+a", "Delete")
    desk.wait(lambda: not why.is_visible())


def test_a_half_typed_word_is_explained_from_in_front_of_its_letters(desk):
    desk.type("it is in lon")
    desk.wait_for_words(["London"])
    with desk.asked("/api/why") as asked:
        desk.press("Alt+w")
        desk.rest()
    assert [(it["text"], it["word"]) for it in asked] == [("it is in ", "London")]


def test_the_picture_follows_the_sentence(desk):
    with desk.asked("/api/inside") as asked:
        desk.type("it rained . the cat ")
        desk.rest()
        assert asked == []  # nobody looks
        desk.click("#look-inside")
        picture = desk.page.locator("#inside img")
        desk.wait(picture.is_visible)
        assert picture.evaluate("it => it.complete && it.naturalWidth > 0")
        first = picture.get_attribute("src")
        desk.click("#text")
        desk.press("End")
        desk.type("sat")
        desk.wait(lambda: picture.get_attribute("src") != first)
    assert asked[0]["text"] == "the cat"
    assert asked[-1]["text"] == "the cat sat"
    assert "the cat sat" in picture.get_attribute("alt")
    assert len(asked) <= 4
    desk.click("#inside .close")
    assert desk.page.locator("#look-inside").get_attribute("aria-expanded") == "false"


def test_the_picture_is_as_dark_as_the_page(desk):
    desk.type("the cat ")
    with desk.asked("/api/inside") as asked:
        desk.click("#look-inside")
        desk.wait(desk.page.locator("#inside img").is_visible)
        desk.click("#scheme")
        desk.wait(lambda: len(asked) == 2)
    assert [it["scheme"] for it in asked] == ["light", "dark"]


def test_the_whole_page_opens_in_a_tab_of_its_own(desk):
    desk.type("the cat ")
    desk.click("#look-inside")
    desk.wait(desk.page.locator("#inside img").is_visible)
    with desk.page.context.expect_page() as opened:
        desk.click("#inside form button")
    page = opened.value
    page.wait_for_load_state()
    words = page.locator(".words").first.text_content().split()
    assert {"the", "cat"} <= set(words)
    assert page.locator("#scheme").is_visible()  # its script has run
    assert page.evaluate("window.opener") is None


def test_nothing_to_look_at_is_said(desk):
    desk.click("#look-inside")
    desk.wait(
        lambda: "Write something" in desk.page.locator("#inside .note").text_content()
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("One. Two three ", "Two three"),
        ("One.\nTwo", "Two"),
        ("One", "One"),
        ("One. ", "One."),
        ('He said "no." She ', "She"),
        ("3.14 is it? Yes", "Yes"),
    ],
)
def test_the_last_sentence_is_looked_at(desk, text, sentence):
    found = desk.page.evaluate(
        "async text => (await import('/inside.js')).lastSentence(text)", text
    )
    assert found == sentence


# -- the memory ------------------------------------------------------------------------


def test_a_paragraph_is_remembered_where_that_is_wanted(
    open_page, model_path, tmp_path
):
    with Server(model_path, "--memory", tmp_path / "memory.json") as server:
        desk = Desk(open_page(server.address))
        desk.wait(lambda: desk.page.locator("#memory").is_enabled())
        with desk.asked("/api/remember") as asked:
            desk.type("Zanzibar is it\n")
            desk.rest()
            assert asked == []  # nobody has asked for it
            desk.set("#memory", True)
            desk.click("#text")
            desk.press("Control+End")
            desk.type("we have Zanzibar\nZan ___ it\n\n")
            desk.rest()
        assert [it["text"] for it in asked] == ["we have Zanzibar"]
        desk.press("Control+a", "Delete")
        desk.type("Zan")
        desk.wait(lambda: "Zanzibar" in desk.words)
