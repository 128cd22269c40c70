"""`python -m app distance MODEL PATH` as a person calls it, and what it refuses."""

import json

import pytest

from app.__main__ import main
from tests.tiny import write_tiny_model

TEXT = "the cat and the dog sat on the mat in london and it was the cat . " * 6


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_tiny_model(tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture
def text(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(TEXT + "paris . " * number)
    return str(tmp_path)


SMALL = ["--context", "30", "--targets", "40", "--distances", "3,10"]


def test_it_prints_tables_and_writes_a_page(model, text, tmp_path, capsys):
    to = tmp_path / "out"
    assert main(["distance", model, text, *SMALL, "--to", str(to)]) == 0
    shown = capsys.readouterr().out
    assert "from 10 on" in shown
    assert "this model" in shown
    page = (to / "distance.html").read_text(encoding="utf-8")
    assert "How far back tiny looks" in page
    assert (to / "shuffled-720.svg").is_file()


def test_json_holds_the_same_figures_each_time(model, text, capsys):
    found = []
    for _ in range(2):
        assert main(["distance", model, text, *SMALL, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]
    assert found[0]["targets"] == 40
    assert found[0]["distances"] == [3, 10]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["tiny"], "give texts behind the model"),
        (["tiny", "a.txt", "--steps", "3"], "--steps has a meaning only without a"),
        (["--targets", "3"], "--targets has a meaning only with a model and texts"),
        (["--distances", "2,three"], "give numbers of words from 1 up"),
        (["--distances", "0"], "give numbers of words from 1 up"),
        (["--distances", "5"], "5 is odd"),
        (["--kinds", "lstm,mlp"], "there is no kind 'mlp'"),
        (["--seeds", "0"], "--seeds is 0, but must be 1 or more"),
        (["tiny", "a.txt", "--distances", "500"], "give --context 1000"),
        (["tiny", "a.txt", "--context", "0"], "--context is 0"),
        (["--units", "2"], "Give a larger number."),
        (["no-such-model", "a.txt"], "There is no model 'no-such-model'."),
    ],
)
def test_what_cannot_work_is_one_sentence_and_status_2(flags, told, capsys):
    assert main(["distance", *flags]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err


def test_texts_without_so_long_a_context_are_refused(model, text, capsys):
    assert main(["distance", model, text]) == 2
    assert "No document has a word with 300 words before it" in capsys.readouterr().err
