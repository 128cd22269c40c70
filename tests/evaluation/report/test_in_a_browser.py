"""The page as a person meets it: in a real browser, dark and light, small and printed.

`open_page` fails a test whose page asks anybody for anything, or complains.
"""

import pytest

from app.evaluation.report.comparison import comparison_page
from app.evaluation.report.report import report_html
from tests.evaluation.report.made_up import comparison, examples, facts, metrics

A4_WIDTH, A4_HEIGHT = 688, 1000  # inside the margins, at 96 pixels an inch


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(facts()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    path = tmp_path_factory.mktemp("compared") / "comparison.html"
    some = metrics()
    models = {"large": some["test"], "standard": some["network_only"]}
    told = [comparison("large", "standard", 0.3, 0.02)]
    path.write_text(comparison_page(models, told), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("page", ["report", "compared"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_nobody_is_shut_out_and_nothing_is_asked_for(
    open_page, request, page, scheme, width
):
    url = request.getfixturevalue(page)
    visit = open_page(url, color_scheme=scheme, width=width, height=700)
    assert visit.requests == [url]
    for details in visit.page.query_selector_all("details"):
        details.evaluate("it => it.open = true")
    assert visit.violations() == []


@pytest.mark.parametrize("page", ["report", "compared"])
@pytest.mark.parametrize("width", [320, 375, 800, 1280, 1920])
def test_a_page_is_as_wide_as_its_window(open_page, request, page, width):
    visit = open_page(request.getfixturevalue(page), width=width)
    for details in visit.page.query_selector_all("details"):
        details.evaluate("it => it.open = true")
    assert visit.overflow() <= 0


def test_letters_in_pictures_can_be_read_on_a_phone(open_page, report):
    page = open_page(report, width=320).page
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll("svg")]
          .filter(it => it.getBoundingClientRect().width > 0)
          .map(it => it.getBoundingClientRect().width / it.viewBox.baseVal.width * 12)
        )"""
    )
    assert smallest >= 10  # pixels


def background(page):
    root = "getComputedStyle(document.documentElement)"
    return page.evaluate(f"{root}.backgroundColor")


def test_dark_or_light_is_the_systems_choice_until_the_button_is_pressed(
    open_page, report
):
    page = open_page(report, color_scheme="dark").page
    dark = background(page)
    page.get_by_role("button", name="Light page").click()
    light = background(page)
    assert light != dark
    page.get_by_role("button", name="Dark page").press("Enter")
    assert background(page) == dark
    page.reload()
    assert background(page) == dark
    page.emulate_media(color_scheme="light")
    page.locator("html[data-scheme=light]").wait_for()
    assert background(page) == light
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


def plain(locator):
    """What is read there, every space the same."""
    return " ".join(locator.inner_text().split())


def test_pointing_at_a_word_shows_what_was_expected(open_page, report):
    page = open_page(report).page
    sentence = page.locator(".sentence").nth(3)
    told = sentence.locator(".told")
    assert told.inner_text() == ""
    sentence.locator(".word", has_text="wrote").hover()
    assert told.inner_text().startswith("wrote 0.")
    assert "Expected: the 30.0 % · a 15.0 %" in plain(told)
    assert "<b>sky</b> 7.5 %" in plain(told)
    sentence.locator(".word", has_text="slept").hover()
    assert told.inner_text().startswith("slept ")
    assert sentence.locator(".chosen").inner_text() == "slept"


def test_the_same_with_the_keyboard_alone(open_page, report):
    page = open_page(report).page
    sentence = page.locator(".sentence").nth(4)
    words, told = sentence.locator(".words"), sentence.locator(".told")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    words.focus()
    assert told.inner_text().startswith("A ")
    page.keyboard.press("ArrowRight")
    assert told.inner_text().startswith("dog ")
    page.keyboard.press("End")
    assert told.inner_text().startswith(". ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert told.inner_text().startswith("night ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert told.inner_text().startswith("A ")
    for _ in range(2):  # back to the sentence before, past its table
        page.keyboard.press("Shift+Tab")
    assert (
        page.locator(".sentence .words")
        .nth(3)
        .evaluate("it => it === document.activeElement")
    )


def test_a_finger_does_what_the_mouse_does(open_page, report):
    page = open_page(report, width=320, has_touch=True).page
    sentence = page.locator(".sentence").nth(4)
    sentence.locator(".word", has_text="barked").tap()
    assert sentence.locator(".told").inner_text().startswith("barked ")


def test_nothing_jumps_when_a_word_is_pointed_at(open_page, report):
    page = open_page(report).page
    before = page.evaluate("document.documentElement.scrollHeight")
    page.locator(".sentence .word").first.hover()
    assert page.evaluate("document.documentElement.scrollHeight") == before


def test_without_scripts_everything_is_there_but_the_pointing(open_page, report):
    page = open_page(report, java_script_enabled=False).page
    assert not page.locator("#scheme").is_visible()
    sentence = page.locator(".sentence").nth(3)
    sentence.locator("summary").click()
    assert "<script>alert(1)</script>" in sentence.locator("table").inner_text()
    assert "<b>sky</b> 7.5 %" in plain(sentence.locator("table"))


def test_a_table_that_is_too_wide_can_be_scrolled_with_the_keyboard(open_page, report):
    page = open_page(report, width=320).page
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll(".wide")]
          .filter(it => it.scrollWidth > it.clientWidth).map(it => it.tabIndex)"""
    )
    assert len(too_wide) > 3
    assert set(too_wide) == {0}
    page.set_viewport_size({"width": 1920, "height": 900})
    page.locator(".wide[tabindex]:visible").first.wait_for(state="hidden")


def test_what_is_printed_is_light_whole_and_without_what_needs_a_mouse(
    open_page, report
):
    page = open_page(report, color_scheme="dark", width=A4_WIDTH).page
    page.emulate_media(media="print")
    assert background(page) == "rgb(255, 255, 255)"
    for hidden in ("#scheme", "nav", ".told", "details"):
        assert not page.locator(hidden).first.is_visible()
    boxes = page.evaluate(
        """() => [...document.querySelectorAll("svg")]
          .map(it => [it.getBoundingClientRect(), getComputedStyle(it).breakInside])
          .filter(([box]) => box.width)
          .map(([box, rule]) => [box.right, box.height, rule])
        """
    )
    assert len(boxes) > 12
    for right, height, rule in boxes:
        assert right <= A4_WIDTH + 1 and height < A4_HEIGHT
        assert rule == "avoid"
    tables = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("table")]
          .map(it => it.getBoundingClientRect().right))"""
    )
    assert tables <= A4_WIDTH + 1
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_nothing_moves_for_those_who_ask_for_it(open_page, report):
    how = "getComputedStyle(document.documentElement).scrollBehavior"
    assert open_page(report, reduced_motion="reduce").page.evaluate(how) == "auto"
    assert open_page(report, reduced_motion="no-preference").page.evaluate(how) == (
        "smooth"
    )


def test_words_that_look_like_scripts_are_words(open_page, report):
    visit = open_page(report)
    shown = visit.page.locator(".sentence").nth(3).inner_text()
    assert "<script>alert(1)</script>" in shown
    assert visit.page.locator("script").count() == 1
    assert visit.page.locator("body i, body b").count() == 0
    assert visit.page.locator("dt", has_text="<script>alert(2)</script>").count() == 1


def test_long_words_and_names_do_not_break_out(open_page, tmp_path):
    name = "n" * 180
    shown = examples()
    token = shown["worst"][0]["tokens"][0]
    token["token"] = "x" * 300
    token["alternatives"][0]["word"] = "y" * 300
    shown["neighbours"][0]["word"] = "z" * 300
    shown["missed_words"][0]["word"] = "w" * 300
    config = facts().config | {"name": name, "command": ["train.py", "/" + "p" * 300]}
    path = tmp_path / "long.html"
    path.write_text(report_html(facts(config=config, examples=shown)), "utf-8")
    visit = open_page(path.as_uri(), width=320)
    assert visit.overflow() <= 0
