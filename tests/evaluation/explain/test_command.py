"""`python -m app explain`: what is written, and what is refused."""

import json
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from app.__main__ import main
from tests.tiny import tiny_architecture, write_tiny_model

TEXT = "The clouds are on the"
KINDS = {
    "lstm": tiny_architecture("lstm"),
    "gru": tiny_architecture("gru"),
    "rnn": tiny_architecture("rnn"),
    "stacked": tiny_architecture("lstm", layers=2),
    "attention": tiny_architecture("lstm", attention_length=4),
    "classic": tiny_architecture("lstm", context_length=4),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def model(tmp_path):
    return write_tiny_model(tmp_path / "tiny")


def explain(model, text, target, *more):
    return main(["explain", str(model), text, "--to", str(target), *more])


def test_every_kind_of_network_is_explained_as_a_page(tmp_path, kind, capsys):
    model = write_tiny_model(tmp_path / kind, KINDS[kind])
    target = tmp_path / "page.html"
    assert explain(model, TEXT, target) == 0
    assert capsys.readouterr().out == f"{target}\n"
    page = target.read_text("utf-8")
    assert ("The conveyor belt</h2>" in page) == (kind != "rnn")
    assert ("Looking back</h2>" in page) == (kind == "attention")
    assert ("Layer 2" in page) == (kind == "stacked")
    assert "nothing decides what is kept" in page or kind != "rnn"


def test_every_kind_of_network_is_explained_in_numbers(tmp_path, kind):
    model = write_tiny_model(tmp_path / kind, KINDS[kind])
    target = tmp_path / "numbers.json"
    assert explain(model, TEXT, target) == 0
    found = json.loads(target.read_text("utf-8"))
    assert [it["token"] for it in found["words"][1:]] == TEXT.split()
    beliefs = [it["belief_after_each_word"] for it in found["suggestions"]]
    last = [it["probability"] for it in found["suggestions"]]
    assert [it[-1] for it in beliefs] == pytest.approx(last, rel=1e-3)
    assert last == sorted(last, reverse=True)
    for it in found["suggestions"]:
        assert sum(it["parts"].values()) == pytest.approx(it["probability"], rel=1e-3)


def test_the_belief_is_what_predict_says_of_the_text_so_far(tmp_path, model):
    from app.loading import predictor_of
    from app.model_folder import load_model_folder

    target = tmp_path / "numbers.json"
    explain(model, TEXT, target, "--word", "sky")
    first = json.loads(target.read_text("utf-8"))["suggestions"][0]
    assert first["word"] == "sky"
    predictor = predictor_of(load_model_folder(model))
    sky = int(predictor.vocabulary.encode(["sky"])[0])
    for read in range(6):
        ids = predictor.vocabulary.encode(TEXT.split()[:read])[None]
        states = predictor.model.read(predictor.model.start(1), ids)
        expected = float(np.exp(predictor.model.log_probabilities(states)[0, sky]))
        found = first["belief_after_each_word"][read]
        assert found == pytest.approx(expected, rel=1e-3)


def test_a_picture_is_an_svg_that_loads_nothing(tmp_path, model):
    target = tmp_path / "picture.svg"
    assert explain(model, TEXT, target) == 0
    root = ElementTree.parse(target).getroot()
    for image in root.iter("{http://www.w3.org/2000/svg}image"):
        assert image.get("href").startswith("data:image/png;base64,")
    assert "forget gate" in target.read_text("utf-8")


def test_a_png_without_what_draws_it_names_the_command(
    tmp_path, model, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert explain(model, TEXT, tmp_path / "picture.png") == 2
    assert "pip install resvg-py" in capsys.readouterr().err
    assert not (tmp_path / "picture.png").exists()


def test_a_png_is_drawn_where_it_can_be(tmp_path, model):
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    target = tmp_path / "picture.png"
    assert explain(model, TEXT, target) == 0
    assert target.read_bytes().startswith(b"\x89PNG")


def test_states_are_written_as_lstmvis_reads_them(tmp_path, capsys):
    import h5py

    model = write_tiny_model(tmp_path / "tiny", KINDS["stacked"])
    (tmp_path / "vis").mkdir()
    target = tmp_path / "vis" / "clouds.h5"
    assert explain(model, "The cat and the dog", target) == 0
    words = {}
    for row in (tmp_path / "vis" / "clouds.dict").read_text("utf-8").splitlines():
        word, number = row.split()
        words[int(number)] = word
    with h5py.File(target) as file:
        ids = file["word_ids"][:].tolist()
        assert [words[it] for it in ids] == ["The", "cat", "and", "the", "dog"]
        shapes = {name: file[name].shape for name in file if name != "word_ids"}
    names = ["output1", "output2", "states1", "states2"]
    assert shapes == dict.fromkeys(names, (5, 6))
    config = (tmp_path / "vis" / "lstm.yml").read_text("utf-8")
    assert "path: states2}" in config
    assert explain(model, "The dog", target) == 0  # again, into the same files
    assert explain(model, "The dog", tmp_path / "vis" / "other.h5") == 2
    assert "belongs to other states" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "There is no word to explain"),
        ("   ", "There is no word to explain"),
        ("a ___ and ___", "has 2 blanks"),
        ("the cl___ are", "letters stand right beside the blank"),
    ],
)
def test_a_text_that_cannot_be_explained_is_one_sentence(
    tmp_path, model, capsys, text, told
):
    target = tmp_path / "page.html"
    assert explain(model, text, target) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert told in err
    assert not target.exists()


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, model, capsys):
    assert explain(model, TEXT, tmp_path / "missing" / "page.html") == 2
    assert "there is no folder" in capsys.readouterr().err
    assert explain(model, TEXT, tmp_path / "page.txt") == 2
    assert "whose ending says nothing" in capsys.readouterr().err
    assert explain(model, TEXT, tmp_path / "p.html", "--word", "qqq") == 2
    assert "not one word that this model knows" in capsys.readouterr().err
    assert explain(model, TEXT, tmp_path / "p.html", "--over", "no.txt") == 2
    assert "cannot be read as a text" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["the", "qqq", "the ___", "___ the"])
def test_one_word_is_enough(tmp_path, model, text):
    for ending in ("html", "json", "svg"):
        assert explain(model, text, tmp_path / f"it.{ending}") == 0


def test_a_long_text_says_what_is_shown(tmp_path, model, capsys):
    target = tmp_path / "page.html"
    assert explain(model, "the cat sat . " * 2000, target) == 0
    err = capsys.readouterr().err
    assert "has 8,000 words and marks; the 5,000 closest" in err
    assert "the last 100 of 5,000" in err
    assert target.stat().st_size < 3e6
    assert "Surprise over the whole text" in target.read_text("utf-8")


def test_units_are_tested_over_another_text(tmp_path, model):
    over = tmp_path / "over.txt"
    over.write_text("The cat sat ( on 42 mats ) . It was not . " * 60, "utf-8")
    target = tmp_path / "numbers.json"
    assert explain(model, TEXT, target, "--over", str(over)) == 0
    units = json.loads(target.read_text("utf-8"))["units"]
    assert (units["tokens"], units["units_asked"]) == (780, 12)
    names = {it["property"] for it in units["findings"]}
    assert "whether it stands in brackets" in names
    page = tmp_path / "page.html"
    assert explain(model, TEXT, page, "--over", str(over)) == 0
    assert "12 states asked over 780 words and marks" in page.read_text("utf-8")


@pytest.mark.parametrize("odd", ["\a", "\ufffe", "\N{GRINNING FACE}", "x" * 3000])
def test_any_character_can_be_drawn(tmp_path, model, odd):
    target = tmp_path / "picture.svg"
    assert explain(model, f"the {odd} cat", target) == 0
    ElementTree.parse(target)


def test_words_of_the_text_stay_words(tmp_path, model):
    target = tmp_path / "page.html"
    explain(model, "<script>alert(1)</script> & the", target)
    page = target.read_text("utf-8")
    assert page.count("<script") == 1
