"""`python -m app evaluate`, called as the door calls it."""

from __future__ import annotations

import json

import pytest

from app.__main__ import main
from tests.test_model_folder import with_ngrams, write

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
    assert shown.keys() == {"test", "baselines"}
    assert shown["baselines"].keys() == {"most_common_word", "unigram"}
    test = shown["test"]
    # 7 + 11 tokens, for "isn't" is two, and EOS; 7 tokens and EOS
    assert (test["documents"], test["tokens"], test["oov_tokens"]) == (1, 27, 0)
    assert test["perplexity"] > 1
    assert test.keys() == shown["baselines"]["unigram"].keys()


def test_the_figures_are_printed_as_a_table(model, book, capsys):
    assert evaluate_with(model, book) == 0
    shown = capsys.readouterr().out
    assert "this model" in shown
    assert "most common word" in shown
    assert "unigram" in shown


def test_the_n_grams_of_a_model_are_measured_beside_it(tmp_path, book, capsys):
    folder = with_ngrams(tmp_path / "models" / "tiny")
    assert evaluate_with(folder, book, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    ngrams = shown["baselines"]["kneser_ney_5"]
    assert ngrams["tokens"] == 27
    assert ngrams.keys() == shown["test"].keys()
    assert evaluate_with(folder, book) == 0
    table = capsys.readouterr().out
    assert "Kneser-Ney 5-gram" in table
    # The weights are random, and random words are better guessed by counting.
    assert table.splitlines()[-1].startswith("The 5-gram wins: the network's")
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
