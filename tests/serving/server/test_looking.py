"""Why this word, and what is inside: over HTTP, and as a form from a page."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from app.evaluation.explain.command import explain_text
from app.evaluation.explain.explanation import explain
from app.evaluation.explain.why import why
from app.settings import ExplainSettings
from tests.tiny import tiny_architecture

TEXT = "The clouds are on the"
JSON = {"Content-Type": "application/json"}
LONG = "the cat and the dog sat on the mat . " * 20


@pytest.fixture(scope="module")
def written(predictor, tmp_path_factory):
    """What `python -m app explain` writes."""
    folder = tmp_path_factory.mktemp("explained")

    def write(text: str, ending: str, word: str | None = None) -> str:
        target = folder / f"it.{ending}"
        settings = ExplainSettings("tiny", text, str(target), word)
        explain_text(predictor, "tiny", tiny_architecture(), settings)
        return target.read_text("utf-8")

    return write


@pytest.mark.parametrize("word", ["sky", "The", "don't"])
def test_why_is_told_as_it_is_found(server, predictor, word):
    answer = server.ask("/api/why", text=TEXT, word=word).raise_for_status().json()
    told = why(predictor, TEXT, word)
    assert answer["word"] == word
    assert answer["token"] == told.token
    assert answer["probability"] == pytest.approx(told.probability, rel=1e-5)
    assert answer["parts"] == pytest.approx(told.parts, rel=1e-5)
    assert [it["token"] for it in answer["words"]] == TEXT.split()
    bits = [it.bits for it in told.words]
    assert [it["bits"] for it in answer["words"]] == pytest.approx(bits, abs=1e-4)
    assert answer["remarks"] == told.remarks
    assert answer["model"] == {"name": "tiny", "version": 1}


def test_a_word_that_only_the_text_has_is_told_in_a_sentence(server):
    response = server.ask("/api/why", text="Zaphod sat . Then", word="Zaphod")
    assert response.status_code == 422
    assert "finished because the text has it" in response.json()["error"]


def test_the_picture_is_that_of_explain_on_the_paper_asked_for(server, written):
    expected = written(TEXT, "svg")
    body = expected[expected.index("</style>") :]
    pictures = []
    for scheme in ({}, {"scheme": "light"}, {"scheme": "dark"}):
        response = server.ask("/api/inside", text=TEXT, **scheme).raise_for_status()
        assert response.headers["content-type"].startswith("image/svg+xml")
        assert "nextword-remarks" not in response.headers
        pictures.append(response.text)
        assert response.text.endswith(body)
    preferred, light, dark = pictures
    assert preferred == expected
    assert "prefers-color-scheme" not in light + dark
    assert light != dark


def test_of_a_long_text_the_last_words_are_drawn_which_a_header_says(server, predictor):
    response = server.ask("/api/inside", text=LONG).raise_for_status()
    assert "the last 40 of 200 words" in response.headers["nextword-remarks"]
    root = ElementTree.fromstring(response.text)
    best = explain(predictor, "lstm", LONG).likeliest
    title = root.find("{http://www.w3.org/2000/svg}title").text
    assert f": “{best.word}”, " in title  # which may be a comma


@pytest.mark.parametrize("word", [None, "sky"])
def test_the_page_and_the_numbers_are_those_of_explain(server, written, word):
    asked = {"text": TEXT, "word": word}
    page = server.ask("/api/inside", format="html", **asked).raise_for_status()
    assert page.text == written(TEXT, "html", word)
    numbers = server.ask("/api/inside", format="json", **asked).raise_for_status()
    assert numbers.json() == json.loads(written(TEXT, "json", word))


def test_a_form_is_answered_like_an_object(server, written):
    fields = {"text": TEXT, "word": "sky", "format": "html", "model": "", "scheme": ""}
    response = server.client.post("/api/inside", data=fields).raise_for_status()
    assert response.text == written(TEXT, "html", "sky")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"data": {"word": "sky"}}, "text: Field required"),
        ({"data": {"text": "a", "tpo": "5"}}, "tpo: Extra inputs"),
        ({"data": {"text": "a", "format": "png"}}, "format: Input should be"),
        ({"data": {str(it): "a" for it in range(20)}}, "more than a request does"),
        ({"json": {"text": "a", "word": 5}}, "word: Input should be a valid string"),
        ({"content": rb'{"text": "\ud800"}', "headers": JSON}, "is no character"),
        ({"json": [1, 2]}, "valid dictionary"),
        ({"json": {"text": ""}}, "There is no word to explain"),
        ({"json": {"text": "the", "word": "qqq"}}, "not one word that this model"),
        ({"json": {"text": "a ___ and ___"}}, "has 2 blanks"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(server, sent, said):
    response = server.client.post("/api/inside", **sent)
    assert response.status_code == 422
    assert said in response.json()["error"]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        ("{", "application/json", "no JSON"),
        ("", "application/json; charset=utf-8", "no JSON"),
        ("[" * 100_000, "application/json", ""),
        ('{"text": "the"}', "text/plain", "must be application/json"),
        ('{"text": "the"}', "", "must be application/json"),
        (b"\xff\xfe\x00", "application/json", "no JSON"),
    ],
)
def test_what_is_neither_is_refused(server, content, kind, said):
    headers = {"Content-Type": kind}
    response = server.client.post("/api/inside", content=content, headers=headers)
    assert response.status_code == 422
    assert said in response.json()["error"]


def test_words_of_a_text_stay_words(server):
    text = "<script>alert(1)</script> & the"
    page = server.ask("/api/inside", text=text, format="html").text
    assert page.count("<script") == 1
    picture = server.ask("/api/inside", text=text).text
    assert "<script" not in picture
    ElementTree.fromstring(picture)


_SUBMIT = """([text, format]) => {
  const form = document.createElement("form")
  Object.assign(form, {method: "post", action: "/api/inside", target: "_blank"})
  for (const [name, value] of Object.entries({text, format})) {
    const field = document.createElement("textarea")
    Object.assign(field, {name, value})
    form.append(field)
  }
  document.body.append(form)
  form.submit()
}"""


def opened_by_a_form(visit, kind):
    """The tab that a form opened, and what it complains about."""
    complaints = []
    visit.page.context.on("console", lambda it: complaints.append(it.text))
    with visit.page.context.expect_page() as opening:
        visit.page.evaluate(_SUBMIT, [TEXT, kind])
    opening.value.wait_for_load_state()
    return opening.value, complaints


def test_a_form_opens_the_page_in_a_tab_where_it_works(open_page, server):
    visit = open_page(f"{server.address}/healthz")
    page, complaints = opened_by_a_form(visit, "html")
    assert page.url == f"{server.address}/api/inside"
    assert page.inner_text("h1") == "Inside tiny"
    assert page.evaluate("getComputedStyle(document.body).display") == "grid"
    assert page.is_visible("#scheme")  # shown by the script
    assert complaints == []


def test_a_picture_in_a_tab_of_its_own_is_painted(open_page, server):
    visit = open_page(f"{server.address}/healthz")
    page, complaints = opened_by_a_form(visit, "svg")
    fill = "getComputedStyle(document.querySelector('.paper')).fill"
    assert page.evaluate(fill) == "rgb(253, 253, 251)"
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_painted_in_an_image(open_page, server, scheme):
    visit = open_page(f"{server.address}/healthz")
    page = visit.page
    colour = page.evaluate(
        """async ([text, scheme]) => {
          const sent = JSON.stringify({text, scheme})
          const headers = {"Content-Type": "application/json"}
          const asked = {method: "POST", headers, body: sent}
          const found = await fetch("/api/inside", asked)
          const image = new Image()
          image.src = URL.createObjectURL(await found.blob())
          await image.decode()
          const canvas = document.createElement("canvas")
          const drawing = canvas.getContext("2d")
          drawing.drawImage(image, 0, 0)
          return [...drawing.getImageData(1, 1, 1, 1).data]
        }""",
        [TEXT, scheme],
    )
    assert colour == {"light": [253, 253, 251, 255], "dark": [20, 23, 28, 255]}[scheme]
