"""How the page looks, and to whom: every window, light and dark, without sight."""

import re

import httpx
import pytest

from app.serving.server.page import PAGE
from tests.serving.server.page_desk import Desk, drawn

SCHEMES = ["light", "dark"]


# By how much the page has moved since it was opened, as browsers measure it.
LAYOUT_SHIFT = """() => new Promise((done) => {
  const observer = new PerformanceObserver((list) =>
    done(list.getEntries().reduce((sum, it) => sum + it.value, 0)));
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(done, 500, 0);
})"""
# How long anything on it takes to move.
DURATIONS = """() => [...document.querySelectorAll("*")].flatMap((it) =>
  [null, "::before"].map((part) => getComputedStyle(it, part).transitionDuration))"""


@pytest.fixture
def full_desk(open_page, server):
    """Opens a page on which everything is to be seen."""

    def open_it(**options) -> Desk:
        desk = Desk(open_page(server.address, **options))
        desk.type("the ___ sat on the mat . it is in ")
        desk.wait(lambda: len(desk.words) == 5 and desk.rubies not in ([], [""]))
        desk.press("Alt+w")
        desk.wait(lambda: "Why “" in desk.page.locator("#why-title").text_content())
        desk.click("#look-inside")
        desk.wait(desk.page.locator("#inside img").is_visible)
        desk.click("summary")
        return desk

    return open_it


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_nobody_is_shut_out(open_page, server, full_desk, scheme, width):
    bare = Desk(open_page(server.address, color_scheme=scheme, width=width))
    assert bare.visit.violations() == []
    desk = full_desk(color_scheme=scheme, width=width)
    assert desk.visit.violations() == []


@pytest.mark.parametrize("width", [320, 390, 700, 1000, 1920])
def test_the_page_is_as_wide_as_its_window(full_desk, width):
    desk = full_desk(width=width)
    assert desk.visit.overflow() <= 0
    desk.write_on()
    assert desk.visit.overflow() <= 0


@pytest.mark.parametrize("size", [(320, 568), (390, 664)])
def test_the_suggestions_stand_above_the_fold_of_a_phone(open_page, server, size):
    width, height = size
    touch = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    desk = Desk(open_page(server.address, width=width, height=height, **touch))
    desk.wait(lambda: len(desk.words) == 5)
    place = desk.box("#suggestions li:last-child")
    assert place["y"] + place["height"] <= height
    assert place["height"] >= 44  # for a thumb


def test_a_tap_takes_a_word(open_page, server):
    desk = Desk(open_page(server.address, width=390, has_touch=True, is_mobile=True))
    desk.wait(lambda: len(desk.words) == 5)
    word = desk.words[1]
    desk.page.locator(".take").nth(1).tap()
    assert desk.text == f"{word} "


@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_jumps_while_somebody_types(open_page, server, width):
    desk = Desk(open_page(server.address, width=width))
    desk.wait(lambda: len(desk.words) == 5)
    watched = (
        "#text",
        "#suggestions",
        "#suggestions li:nth-child(5)",
        "#phrases",
        "#status",
    )
    places = [desk.box(it) for it in watched]
    for letter in "the ___ is in Lon. § it \n was . ":
        desk.type(letter)
        assert [desk.box(it) for it in watched] == places
    desk.rest()
    assert [desk.box(it) for it in watched] == places
    assert desk.page.evaluate(LAYOUT_SHIFT) < 0.05  # good is up to 0.1


# Where letters of the last paragraph stand.
LETTERS = """([begin, end]) => {
  const range = document.createRange();
  const text = document.querySelector(".lines > div:last-child").firstChild;
  range.setStart(text, begin);
  range.setEnd(text, end);
  const { x, y, width } = range.getBoundingClientRect();
  return { x, y, width };
}"""


@pytest.mark.parametrize("lines", [0, 1, 30], ids=["alone", "below", "scrolled"])
@pytest.mark.parametrize("words", [0, 21], ids=["first row", "further row"])
def test_the_grey_text_stands_right_behind_the_caret(open_page, server, lines, words):
    """As if the rest of the word had been typed."""
    desk = Desk(open_page(server.address))
    before = f"{'it is on ' * words}in Lon"
    desk.page.keyboard.insert_text("it rained .\n" * lines)
    desk.type(before)
    desk.wait(lambda: desk.ghost == "don")
    grey = desk.box(".ghost")
    paper = desk.box(".sheet")
    assert paper["y"] < grey["y"] < paper["y"] + paper["height"] - grey["height"]
    desk.type("don")
    desk.wait(lambda: desk.ghost != "don")
    typed = desk.page.evaluate(LETTERS, [len(before), len(before) + 3])
    assert typed == pytest.approx({it: grey[it] for it in typed}, abs=1)


# How many pixels of the grey text the sheet hides below, scrolled as far as it goes.
HIDDEN = """() => {
  const area = document.getElementById("text");
  area.scrollTop = area.scrollHeight;
  area.dispatchEvent(new Event("scroll"));
  const [grey, sheet] = [".ghost", ".sheet"].map((it) =>
    document.querySelector(it).getBoundingClientRect());
  return grey.bottom - sheet.bottom;
}"""


@pytest.mark.parametrize("size", [(390, 844), (390, 664), (1280, 900)])
@pytest.mark.parametrize("lines", [0, 30])
def test_all_of_a_long_grey_text_can_be_read(open_page, server, size, lines):
    """It was cut off at the bottom of the sheet."""
    width, height = size
    desk = Desk(open_page(server.address, width=width, height=height))
    desk.page.keyboard.insert_text("it rained .\n" * lines)
    desk.type("the cat sat on the mat and it is ")
    desk.wait(lambda: len(desk.words) == 5)
    watched = ("#text", ".sheet", "#suggestions li:nth-child(1)")
    places = [desk.box(it)["y"] for it in watched], desk.box(".sheet")["height"]
    seed, text = drawn(server, desk.text, lambda it: len(it) > 80)
    desk.draw(seed)
    assert desk.ghost == text
    grey, paper = desk.box(".ghost"), desk.box(".sheet")
    assert paper["y"] < grey["y"]  # in sight with nobody's help, from its begin
    assert grey["y"] + grey["height"] <= paper["y"] + paper["height"]
    assert desk.page.evaluate(HIDDEN) <= 0
    assert places == (
        [desk.box(it)["y"] for it in watched],
        desk.box(".sheet")["height"],
    )


# How much of what the rows say they hide, to the right and below.
CUT = """() => {
  const rows = [...document.querySelectorAll("#suggestions li:not(.is-empty)")];
  return rows.flatMap((row) => {
    const [word, take] = [".word", ".take"].map((it) => row.querySelector(it));
    const [said, there] = [word, row].map((it) => it.getBoundingClientRect());
    return [
      word.scrollWidth - word.clientWidth,
      word.scrollHeight - word.clientHeight,
      take.scrollHeight - take.clientHeight,
      said.bottom - there.bottom,
    ];
  });
}"""


# What a larger model would say: random numbers are sure of no phrase.
PHRASES = """(list) => {
  list.dataset.kind = "phrase";
  for (const it of list.querySelectorAll(".word"))
    it.textContent = "population of the city was estimated";
  for (const it of list.querySelectorAll(".why")) it.hidden = true;
}"""


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_phrases_of_the_list_can_be_read_in_whole(open_page, server, width):
    desk = Desk(open_page(server.address, width=width))
    desk.wait(lambda: len(desk.words) == 5)
    desk.page.locator("#suggestions").evaluate(PHRASES)
    assert max(desk.page.evaluate(CUT)) <= 1
    assert desk.box("#suggestions")["height"] == 5 * 44


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_texts_of_the_list_can_be_read_in_whole(open_page, server, width):
    desk = Desk(open_page(server.address, width=width))
    desk.type("the cat is ")
    seed, _ = drawn(server, desk.text, lambda it: len(it) > 80)
    desk.draw(seed)
    assert max(map(len, desk.words)) > 80
    assert max(desk.page.evaluate(CUT)) <= 1
    if width == 1280:  # nothing moves from under the mouse
        assert desk.box("#suggestions")["height"] == 5 * 44


def test_the_button_turns_the_page_and_the_system_turns_it_before(open_page, server):
    desk = Desk(open_page(server.address, color_scheme="dark"))
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    dark = desk.page.evaluate(paper)
    desk.click("#scheme")
    assert desk.page.evaluate(paper) != dark
    desk.page.emulate_media(color_scheme="light")
    desk.page.reload()
    desk = Desk(desk.visit)
    assert desk.page.evaluate(paper) != dark


def test_who_wants_no_motion_sees_none(open_page, server):
    desk = Desk(open_page(server.address, reduced_motion="reduce"))
    assert set(desk.page.evaluate(DURATIONS)) == {"0s"}


def test_no_colour_has_a_second_home(server):
    css = (PAGE / "page.css").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-f]{3,8}\b", css)
    sheet = httpx.get(f"{server.address}/page.css").raise_for_status().text
    declared = set(re.findall(r"--([\w-]+):", sheet))
    # A row's share stands in the row.
    assert set(re.findall(r"var\(--([\w-]+)", sheet)) <= declared | {"share"}


@pytest.mark.parametrize("file", sorted(PAGE.glob("*.html")), ids=lambda it: it.name)
def test_no_script_and_no_style_stands_in_the_page_itself(file):
    html = file.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)


@pytest.mark.parametrize("file", sorted(PAGE.glob("*.js")), ids=lambda it: it.name)
def test_a_module_reads_in_one_sitting_and_never_writes_markup(file):
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 220
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source
    )
