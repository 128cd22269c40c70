"""The page while its server stops, returns, refuses, or is asked by a stranger."""

import app
from tests.serving.server.page_desk import Desk, next_words
from tests.serving.server.running import Server
from tests.tiny import write_tiny_model

TOKEN = "a-token-of-enough-letters"


def test_writing_goes_on_while_the_server_is_away(
    forgiving_page, model_path, tmp_path, predictor
):
    with Server(model_path) as server:
        desk = Desk(forgiving_page(server.address))
        desk.type("the cat ")
        desk.wait_for_words(next_words(predictor, "the cat "))
    desk.wait(lambda: "asks again" in desk.status)
    desk.type("sat on the 😀 ")
    assert desk.text == "the cat sat on the 😀 "
    desk.press("Alt+p", "Control+z")
    other = write_tiny_model(tmp_path / "other", seed=1)
    desk.press("Control+Shift+z")
    text = desk.text
    with Server(other, "--port", str(server.port)):
        # All of the text is told anew, to whatever answers there now.
        desk.wait_for_words(next_words(app.load(other), text))
        assert desk.status.startswith("other: ")
        desk.type("i")
        desk.wait_for_words(next_words(app.load(other), f"{text}i"))


def test_a_page_without_its_server_does_not_keep_the_tab_key(
    forgiving_page, model_path
):
    with Server(model_path) as server:
        desk = Desk(forgiving_page(server.address))
        desk.wait(lambda: len(desk.words) == 5)
    desk.wait(lambda: "asks again" in desk.status)
    desk.type("§")
    desk.wait(lambda: desk.words == [])
    desk.press("Tab")
    assert desk.page.evaluate("document.activeElement.id") == "phrases"


def test_who_lacks_the_token_is_told_so(forgiving_page, model_path):
    with Server(model_path, "--token", TOKEN) as server:
        desk = Desk(forgiving_page(server.address))
        desk.wait(lambda: "token" in desk.status)
        assert desk.words == []


def test_who_opens_the_address_with_the_token_can_write(
    open_page, model_path, predictor
):
    with Server(model_path, "--token", TOKEN) as server:
        desk = Desk(open_page(f"{server.address}/?token={TOKEN}"))
        desk.type("the cat ")
        desk.wait_for_words(next_words(predictor, "the cat "))
        assert TOKEN not in desk.page.url
        assert TOKEN not in desk.page.evaluate("document.cookie")


def test_a_text_that_is_too_long_is_told_about_and_mended(
    forgiving_page, model_path, predictor
):
    with Server(model_path, "--limits", "text_characters=30") as server:
        desk = Desk(forgiving_page(server.address))
        desk.type("the cat sat on the mat and it rained . ")
        desk.wait(lambda: "at most 30" in desk.status)
        desk.press("Control+a", "Delete")
        desk.type("the cat ")
        desk.wait_for_words(next_words(predictor, "the cat "))
        desk.wait(lambda: desk.status.startswith("tiny: "))


def test_what_is_refused_is_told_about(forgiving_page, model_path):
    with Server(model_path, "--limits", "text_characters=8") as server:
        desk = Desk(forgiving_page(server.address))
        desk.type("the cat ")
        desk.wait(lambda: len(desk.words) == 5)
        desk.type("sat ")
        desk.click("#write-on")
        desk.wait(lambda: "at most 8" in desk.status)


def test_a_new_version_of_the_model_takes_over_on_an_open_page(open_page, tmp_path):
    folder = write_tiny_model(tmp_path / "tiny")
    with Server(folder) as server:
        desk = Desk(open_page(server.address))
        desk.type("the cat ")
        desk.wait_for_words(next_words(app.load(folder), "the cat "))
        newer = app.load(write_tiny_model(folder, seed=1))

        def answers_newly():
            desk.press("Backspace", "Space")
            desk.page.wait_for_timeout(100)
            return desk.words == next_words(newer, "the cat ")

        desk.wait(answers_newly)
        desk.rest()
        models = f"{server.address}/api/models"
        asked = desk.visit.requests.count(models)
        desk.type("sat on ")
        desk.rest()
        assert asked == desk.visit.requests.count(models) > 1


def test_everything_comes_from_the_server_itself(open_page, server):
    visit = open_page(server.address)
    Desk(visit).rest()
    assert all(it.startswith(server.address) for it in visit.requests)
    assert visit.refused == []


def test_nothing_may_run_but_the_page_s_own_files(open_page, server):
    visit = open_page(server.address)
    Desk(visit)
    visit.page.evaluate(
        "const it = document.createElement('script');"
        "it.textContent = 'window.ran = 1'; document.body.append(it)"
    )
    assert visit.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in it for it in visit.complaints)
    visit.complaints.clear()
