"""`python -m app evaluate`, called as the door calls it."""

from __future__ import annotations

import json

import pytest

from app.__main__ import main
from app.files.whole_folder import write_json
from tests.test_model_folder import renew_manifest, with_ngrams, write

TEXT = """\
The cat sat on the mat. It is in London, and the dog isn't.

They had clouds in the sky.
"""


@pytest.fixture
def model(tmp_path) -> str:
    return str(write(tmp_path / "models" / "tiny"))


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    return path


def evaluate_with(*arguments: object) -> int:
    return main(["evaluate", *(str(argument) for argument in arguments)])


def test_the_figures_are_printed_as_one_json_object(model, book, capsys):
    assert evaluate_with(model, book, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.keys() == {"test", "baselines", "comparisons", "keystrokes", "blanks"}
    assert shown["baselines"].keys() == {"most_common_word", "unigram"}
    test = shown["test"]
    # 7 + 11 tokens, for "isn't" is two, and EOS; 7 tokens and EOS
    assert (test["documents"], test["tokens"], test["oov_tokens"]) == (1, 27, 0)
    assert test["perplexity"] > 1
    assert test["characters"] == len(TEXT) - 1  # the empty line is none of them
    assert test["keystroke_savings"] == shown["keystrokes"]["savings"]
    assert test.keys() - shown["baselines"]["unigram"].keys() == {"keystroke_savings"}


def test_the_figures_are_printed_as_a_table(model, book, capsys):
    assert evaluate_with(model, book) == 0
    shown = capsys.readouterr().out
    assert "this model" in shown
    assert "most common word" in shown
    assert "word frequencies" in shown
    assert "by kind of word" in shown
    assert "keys saved, by words in the list" in shown
    assert "words blanked out" in shown


def test_the_n_grams_of_a_model_are_measured_beside_it(tmp_path, book, capsys):
    folder = with_ngrams(tmp_path / "models" / "tiny")
    assert evaluate_with(folder, book, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    ngrams = shown["baselines"]["kneser_ney_5"]
    assert ngrams["tokens"] == 27
    assert evaluate_with(folder, book) == 0
    table = capsys.readouterr().out
    # The weights are random, and so is who is better.
    assert "Kneser-Ney 5-gram beats this model: " in table or (
        "Kneser-Ney 5-gram and this model are level: " in table
    )
    damaged = folder / "ngrams" / "keys_3.npy"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert evaluate_with(folder, book) == 2
    assert capsys.readouterr().err.startswith(f"error: {damaged} is damaged")


def test_texts_are_counted_as_they_are_given_copies_and_all(model, book, capsys):
    copy = book.with_name("copy.txt")
    copy.write_text(TEXT)
    assert evaluate_with(model, book, copy, "--json") == 0
    assert json.loads(capsys.readouterr().out)["test"]["documents"] == 2


def test_an_unknown_model_and_a_missing_text_are_told_in_one_line(
    model, book, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for arguments in (["poems", book], [model, tmp_path / "nowhere.txt"]):
        assert evaluate_with(*arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("error: ")
        assert err.count("\n") == 1


def test_a_field_of_a_table_is_measured(model, tmp_path, capsys):
    path = tmp_path / "posts.data"
    rows = [{"id": i, "title": "On rain", "body": f"The dog {i}."} for i in range(3)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    figures = []
    for field in ("body", "title,body"):
        flags = ("--format", "jsonl", "--field", field, "--json")
        assert evaluate_with(model, path, *flags) == 0
        figures.append(json.loads(capsys.readouterr().out)["test"])
    assert [test["documents"] for test in figures] == [3, 3]
    assert figures[0]["tokens"] == 3 * 5
    assert figures[1]["tokens"] == 3 * (5 + 3)


def test_a_field_that_is_not_there_names_those_that_are(model, tmp_path, capsys):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"body": "The dog."}\n')
    assert evaluate_with(model, path, "--field", "text") == 2
    assert "no field 'text', but 'body'" in capsys.readouterr().err


def test_several_models_are_compared_on_the_same_text(tmp_path, book, capsys):
    names = [str(write(tmp_path / "models" / name)) for name in ("one", "two")]
    page = tmp_path / "both.html"
    flags = "--keystrokes", "50", "--page", page
    assert evaluate_with(*names, book, "--json", *flags) == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown["models"]) == names
    first, second = shown["models"].values()
    assert first == second
    [compared] = shown["comparisons"]
    assert (compared["better"], compared["than"]) == (names[0], names[1])
    assert compared["nats"] == 0
    assert "<h1" in page.read_text()
    picture = tmp_path / "both.svg"
    assert evaluate_with(*names, book, "--keystrokes", "0", "--page", picture) == 0
    table = capsys.readouterr().out
    assert f"{names[0]} " in table
    assert "keys saved" not in table
    assert picture.read_text().startswith("<svg")


def test_one_model_gets_its_report_and_no_picture(model, book, tmp_path, capsys):
    page = tmp_path / "report.html"
    flags = "--keystrokes", "0", "--blanks", "0"
    assert evaluate_with(model, book, *flags, "--page", page) == 0
    assert "<h1" in page.read_text()
    assert evaluate_with(model, book, *flags, "--page", tmp_path / "x.svg") == 2
    assert "the picture is of several" in capsys.readouterr().err
    assert evaluate_with(model, book, "--page", tmp_path / "x.pdf") == 2
    assert "ends in .html" in capsys.readouterr().err


def test_models_that_cut_texts_differently_are_not_compared(tmp_path, book, capsys):
    names = [write(tmp_path / "models" / name) for name in ("one", "given")]
    config = json.loads((names[1] / "config.json").read_text())
    config["vocabulary"]["pretokenized"] = True
    write_json(names[1] / "config.json", config)
    renew_manifest(names[1])
    assert evaluate_with(*names, book) == 2
    assert "do not predict the same tokens" in capsys.readouterr().err


def test_models_without_a_text_are_told_what_is_missing(model, capsys):
    assert evaluate_with(model, model) == 2
    assert "There are only models" in capsys.readouterr().err


def test_a_number_below_0_is_refused(model, book, capsys):
    for flag in ("--blanks", "--keystrokes"):
        assert evaluate_with(model, book, flag, "-1") == 2
        assert flag in capsys.readouterr().err
