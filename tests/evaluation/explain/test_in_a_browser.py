"""The page as a person meets it: mouse and keyboard, dark and light, small and printed.

`open_page` fails a test whose page asks anybody for anything, or complains.
"""

import pytest

from app.evaluation.explain.command import explain_text
from app.settings import ExplainSettings
from tests.evaluation.explain.made_by_hand import tiny_predictor
from tests.tiny import tiny_architecture

LONG = "The clouds , which he saw ( and she did not ) , are on the " * 8
TEXTS = {
    "next": "The clouds are on the",
    "long": LONG,
    "blank": "the cat ___ on the mat .",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    found = {}
    for name, text in TEXTS.items():
        target = folder / f"{name}.html"
        settings = ExplainSettings("tiny", text, str(target))
        attention = 5 if name == "long" else None
        predictor = tiny_predictor(two_sided=name == "blank", attention=attention)
        explain_text(predictor, "tiny", tiny_architecture(), settings)
        found[name] = target.as_uri()
    return found


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_nobody_is_shut_out_and_nothing_is_asked_for(
    open_page, pages, name, scheme, width
):
    visit = open_page(pages[name], color_scheme=scheme, width=width, height=700)
    assert visit.requests == [pages[name]]
    for details in visit.page.query_selector_all("details"):
        details.evaluate("it => it.open = true")
    assert visit.violations() == []


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("width", [320, 800, 1280, 1920])
def test_a_page_is_as_wide_as_its_window(open_page, pages, name, width):
    visit = open_page(pages[name], width=width)
    for details in visit.page.query_selector_all("details"):
        details.evaluate("it => it.open = true")
    assert visit.overflow() <= 0


def readings(page):
    return [it.inner_text() for it in page.query_selector_all(".moment .reading")]


def test_arrow_keys_in_the_text_move_every_picture(open_page, pages):
    page = open_page(pages["next"]).page
    assert all(it.startswith("the ") for it in readings(page) if it)
    page.locator(".cursor .words").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert all(it.startswith("are ") for it in readings(page) if it)
    marked = page.locator(".now").evaluate_all(
        """all => all.map(it => (it.getAttribute("x") - it.parentNode.dataset.gutter)
             / it.parentNode.dataset.column)"""
    )
    assert marked == pytest.approx([3] * len(marked), abs=0.01)


def test_pointing_at_a_picture_chooses_its_word(open_page, pages):
    page = open_page(pages["next"]).page
    plot = page.locator("#belt .plot")
    plot.scroll_into_view_if_needed()
    width = float(plot.get_attribute("data-column"))
    gutter = float(plot.get_attribute("data-gutter"))
    plot.hover(position={"x": gutter + 2.5 * width, "y": 100})
    assert page.locator(".word.chosen").inner_text() == "clouds"
    assert "clouds" in readings(page)[0]
    chosen = page.locator(".band.its").get_attribute("data-source")
    assert chosen == "2"


def test_another_prediction_can_be_explained(open_page, pages):
    page = open_page(pages["next"]).page
    visible = page.locator("[data-choice]:visible")
    assert visible.count() == 1
    page.locator(".choice input").nth(2).check()
    assert visible.count() == 1
    assert visible.get_attribute("data-choice") == "2"


def test_paper_shows_all_of_a_picture_and_its_names(open_page, pages):
    page = open_page(pages["long"]).page
    page.locator("#belt .wide:has(.plot)").evaluate("it => it.scrollLeft = 200")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})
    plot = page.locator("#belt .plot").bounding_box()
    names = page.locator("#belt .gutter").bounding_box()
    assert 500 < plot["width"] <= 688
    assert names["x"] == pytest.approx(plot["x"], abs=1)


def test_a_long_text_is_scrolled_together(open_page, pages):
    page = open_page(pages["long"], width=800).page
    page.locator("#gates .wide").first.evaluate("it => it.scrollLeft = 120")
    page.wait_for_function(
        """() => [...document.querySelectorAll(".wide:has(.plot)")]
             .filter(it => it.offsetParent && it.scrollWidth > it.clientWidth)
             .every(it => Math.abs(it.scrollLeft - 120) < 2)"""
    )
