"""`python -m app memory` as a person meets it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from app.__main__ import main


@pytest.fixture
def mine(tmp_path, monkeypatch, capsys) -> str:
    """A memory of three words in a folder to work in."""
    monkeypatch.chdir(tmp_path)
    assert main(["memory", "mine.json", "accept", "Grosvenor Square, Grosvenor"]) == 0
    assert "Learned from 4 words and marks" in capsys.readouterr().err
    return "mine.json"


def shown(capsys, *arguments: str) -> list[list[str]]:
    assert main(["memory", *arguments]) == 0
    out, _ = capsys.readouterr()
    return [line.split("\t") for line in out.splitlines()]


def test_words_are_listed_with_their_counts_and_what_followed(mine, capsys):
    assert shown(capsys, mine, "list") == [
        ["Grosvenor", "2.0", "Square"],
        [",", "1.0", "Grosvenor"],
        ["Square", "1.0", ","],
    ]


def test_words_are_found_by_a_part_of_them(mine, capsys):
    assert shown(capsys, mine, "search", "VENOR") == [["Grosvenor", "2.0", "Square"]]
    assert shown(capsys, mine, "search", "zebra") == []


def test_a_word_is_forgotten(mine, capsys):
    assert main(["memory", mine, "forget", "grosvenor"]) == 0
    assert capsys.readouterr().err == "Forgotten: grosvenor.\n"
    assert "rosvenor" not in Path(mine).read_text()
    assert main(["memory", mine, "forget", "grosvenor"]) == 2
    assert "does not hold 'grosvenor'" in capsys.readouterr().err
    assert main(["memory", mine, "forget", "don't know"]) == 2
    assert "one by one; here these: do, n't, know" in capsys.readouterr().err


def test_everything_is_forgotten(mine, capsys):
    assert main(["memory", mine, "clear"]) == 0
    assert shown(capsys, mine, "list") == []


def test_a_memory_is_exported_and_imported(mine, capsys):
    assert main(["memory", mine, "export", "copy.json"]) == 0
    assert main(["memory", "new.json", "import", "copy.json"]) == 0
    assert main(["memory", mine, "import", "copy.json"]) == 0
    capsys.readouterr()
    assert [it[1] for it in shown(capsys, "new.json", "list")] == ["2.0", "1.0", "1.0"]
    assert [it[1] for it in shown(capsys, mine, "list")] == ["4.0", "2.0", "2.0"]
    assert main(["memory", mine, "export", "copy.json"]) == 2
    assert "copy.json is there already" in capsys.readouterr().err


def test_text_is_accepted_from_standard_input(mine, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a zebra\nand another zebra"))
    assert main(["memory", mine, "accept", "-"]) == 0
    assert shown(capsys, mine, "search", "zebra")[0][:2] == ["zebra", "2.0"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "what"], "list needs nothing more"),
        (["search"], "search needs one thing more: WORD"),
        (["forget", ""], "forget needs one thing more"),
        (["import", "nowhere.json"], "nowhere.json is not there"),
    ],
)
def test_what_cannot_work_is_told(mine, capsys, arguments, message):
    before = Path(mine).read_bytes()
    assert main(["memory", mine, *arguments]) == 2
    assert message in capsys.readouterr().err
    assert Path(mine).read_bytes() == before


def test_a_memory_that_is_not_there_is_told(mine, capsys):
    for action in (["list"], ["clear"], ["forget", "it"], ["export", "copy.json"]):
        assert main(["memory", "other.json", *action]) == 2
        assert "there is no memory yet" in capsys.readouterr().err
    assert not Path("other.json").exists() and not Path("copy.json").exists()
