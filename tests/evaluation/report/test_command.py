"""`python -m app report`: from a model's folder to a file, whole or not at all."""

import csv
import json
import os

import pytest

from app.__main__ import main
from tests.evaluation.report.made_up import examples, history, metrics
from tests.test_main import write_tiny_model


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "tiny"
    write_tiny_model(folder)
    (folder / "metrics.json").write_text(json.dumps(metrics()))
    (folder / "examples.json").write_text(json.dumps(examples()))
    with (folder / "history.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(history()[0]))
        writer.writeheader()
        writer.writerows(history())
    return folder


def test_it_writes_the_page_into_the_folder_and_prints_where(model, capsys):
    assert main(["report", str(model)]) == 0
    assert capsys.readouterr().out == f"{model / 'report.html'}\n"
    page = (model / "report.html").read_text("utf-8")
    assert "<h1>tiny</h1>" in page
    for heading in ("In short", "How it learned", "Sentences, word by word"):
        assert f">{heading}</h2>" in page


def test_it_writes_to_where_it_is_told(model, tmp_path, capsys):
    target = tmp_path / "page.html"
    assert main(["report", str(model), "--to", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert target.read_bytes().startswith(b"<!doctype html>")
    assert not (model / "report.html").exists()


def test_a_folder_with_nothing_but_a_model_has_a_report_too(tmp_path):
    write_tiny_model(tmp_path / "bare")
    assert main(["report", str(tmp_path / "bare")]) == 0
    page = (tmp_path / "bare" / "report.html").read_text("utf-8")
    assert "What was trained on what" in page and "In short" not in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", "{"),
        ("metrics.json", "[]"),
        ("examples.json", "\x00"),
        ("history.csv", "epoch,seconds\n1,soon\n"),
        ("history.csv", "epoch,seconds\n1\n"),
    ],
)
def test_a_damaged_file_is_named_and_the_page_stays_as_it_was(
    model, name, content, capsys
):
    (model / "report.html").write_text("the old one")
    (model / name).write_text(content)
    assert main(["report", str(model)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {model / name} is damaged: ")
    assert (model / "report.html").read_text() == "the old one"


@pytest.mark.parametrize("place", ["no-such-folder/page.html", "weights"])
def test_a_place_that_cannot_be_written_is_named(model, place, capsys):
    target = model / place
    assert main(["report", str(model), "--to", str(target)]) == 2
    err = capsys.readouterr().err
    assert str(target) in err and "folder" in err


def test_nothing_but_the_page_is_written(model):
    before = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    assert main(["report", str(model)]) == 0
    after = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    after.pop(model / "report.html")
    assert after == before
    assert not [name for name in os.listdir(model) if name.endswith(".tmp")]
