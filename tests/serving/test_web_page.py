"""The page of the ONNX export in a real browser: what it offers is what Python offers.

It needs onnxruntime-web, whose files are no part of an export: NEXTWORD_ORT_WEB names
their folder, and without it they are looked for where npm puts them.
"""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from app.language.network import Network
from app.serving.export_onnx import write
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.conftest import ROOT, missing
from tests.serving.conftest import tiny_model
from tests.serving.texts import all_texts

RUNTIME = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
TEXTS = [
    "",
    "The cat ",
    "It's raining in London. ",
    "He ca",
    "they don",
    "they don'",
    "I'",
    "the cat a",
    "the cat ON",
    "Is it the D",
    "in lond",
    "It rained . (",
    "they can’t run — “not” now … ",
    "the clouds are in the sky and the rain is on the mat . " * 4,
]

ANSWERS = "document.getElementById('suggestions').dataset.answers === {!r}"


@pytest.fixture(scope="session")
def runtime() -> Path:
    """The folder of onnxruntime-web's files."""
    places = [
        os.environ.get("NEXTWORD_ORT_WEB"),
        ROOT / "node_modules/onnxruntime-web/dist",
    ]
    for place in filter(None, places):
        if all((Path(place) / name).is_file() for name in RUNTIME):
            return Path(place)
    missing(
        "browser",
        "onnxruntime-web is missing: npm install --no-save onnxruntime-web, "
        "or set NEXTWORD_ORT_WEB to its folder dist",
    )
    raise AssertionError


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory, runtime) -> Iterator[str]:
    """The address of two exports behind any server of files: /exact/ and /small/."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("exact", "small", "bare"):
        (folder / name).mkdir()
        write(tiny_model("lstm"), folder / name)
        for file in RUNTIME if name != "bare" else ():
            shutil.copy(runtime / file, folder / name / file)
    page = folder / "exact" / "index.html"
    page.write_text(page.read_text().replace("step-int8", "step-float32"))
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_ready(open_page, url, **options):
    visit = open_page(url, **options)
    visit.page.wait_for_selector("#text:enabled")
    return visit


def typed(page, text):
    """Words and shares that the page offers after `text`, as it shows them."""
    page.fill("#text", text)
    page.wait_for_function(ANSWERS.format(text))
    return page.evaluate(
        "[...document.querySelectorAll('#suggestions button')].map((it) =>"
        " [it.firstChild.data, parseFloat(it.querySelector('span').textContent)])"
    )


def expected(text, top=5):
    model = tiny_model("lstm")
    network = Network(model.architecture, model.weights)
    predictor = Predictor(model.vocabulary, model.tokenizer, network)
    (blank,) = predictor.complete(text, top=top, typing=True)["blanks"]
    return blank["suggestions"]


def test_words_are_those_of_python_while_typing(open_page, site):
    page = open_ready(open_page, f"{site}/exact/").page
    for text in TEXTS:
        offered, wanted = typed(page, text), expected(text)
        assert [word for word, _ in offered] == [it["word"] for it in wanted], text
        shares = [100 * it["probability"] for it in wanted]
        np.testing.assert_allclose([it for _, it in offered], shares, atol=0.051)


def test_probabilities_are_those_of_python(open_page, site):
    page = open_ready(open_page, f"{site}/exact/").page
    answers = page.evaluate(
        """async (texts) => {
          const { Nextword } = await import("./nextword.js");
          const ort = await import("./ort.wasm.min.mjs");
          const nextword = await Nextword.load(ort, ".", "step-float32.onnx");
          const answers = [];
          for (const it of texts) answers.push(await nextword.suggest(it, 10));
          return answers;
        }""",
        TEXTS,
    )
    for text, answer in zip(TEXTS, answers, strict=True):
        wanted = expected(text, top=10)
        assert [it["word"] for it in answer] == [it["word"] for it in wanted], text
        np.testing.assert_allclose(
            [it["probability"] for it in answer],
            [it["probability"] for it in wanted],
            atol=1e-5,
        )


def test_every_text_is_cut_as_python_does(open_page, site):
    visit = open_page(f"{site}/bare/")  # whose page waits for no model
    texts, tokenizer = all_texts(), Tokenizer()
    cut = visit.page.evaluate(
        """async (texts) => {
          const { Tokenizer } = await import("./nextword.js");
          const tokenizer = new Tokenizer(await (await fetch("tokenizer.json")).json());
          const pair = (token) => [token, tokenizer.key(token)];
          return texts.map((text) => tokenizer.tokens(text).map(pair));
        }""",
        texts,
    )
    for text, tokens in zip(texts, cut, strict=True):
        wanted = tokenizer.tokenize(text)
        assert tokens == [[it, tokenizer.fold(it)] for it in wanted], ascii(text)
    visit.complaints.clear()  # the browser's own remark on the missing runtime


def test_keys_take_words_and_escape_frees_tab(open_page, site):
    page = open_ready(open_page, f"{site}/small/").page
    first = typed(page, "The cat i")[0][0]
    page.keyboard.press("Tab")
    assert page.input_value("#text") == f"The cat {first} "
    page.wait_for_function(ANSWERS.format(f"The cat {first} "))
    second = page.inner_text("#suggestions li:nth-child(2) button").split("\n")[0]
    page.keyboard.press("Alt+2")
    assert page.input_value("#text") == f"The cat {first} {second} "
    page.keyboard.press("Control+z")
    assert page.input_value("#text") == f"The cat {first} "
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"


def test_no_text_is_too_strange(open_page, site):
    page = open_ready(open_page, f"{site}/small/").page
    for text in ("<b>zebra</b> & ", "\ud83d\ude00 ", "a" * 5000, "the cat " * 700):
        typed(page, text)
    assert "Nothing you type" in page.inner_text("#status")


def test_the_page_is_accessible_and_fits(open_page, site):
    visit = open_ready(open_page, f"{site}/small/")
    typed(visit.page, "The cat ")
    for scheme in ("light", "dark"):
        for width in (320, 1280):
            visit.page.emulate_media(color_scheme=scheme)
            visit.page.set_viewport_size({"width": width, "height": 800})
            assert visit.violations() == []
            assert visit.overflow() <= 0


def test_without_the_runtime_the_page_says_what_to_do(open_page, site):
    visit = open_page(f"{site}/bare/")
    visit.page.wait_for_selector("#status.is-wrong")
    assert "onnxruntime-web" in visit.page.inner_text("#status")
    assert visit.violations() == []
    visit.complaints.clear()  # the browser's own remark on the missing file
