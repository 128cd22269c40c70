"""The text that Presage was measured on has the keys that were counted then."""

from __future__ import annotations

import json

import pytest

from app.evaluation.keystrokes.rules import TypistRules
from tests.benchmarks import presage_text


@pytest.fixture
def patents(data_folder, monkeypatch):
    monkeypatch.setattr(presage_text, "PATENTS", data_folder / "patents")


def test_the_abstracts_cost_21013_keys_without_help(patents):
    """One of them is that of the empty word behind the last full stop."""
    typed = presage_text.typed_abstracts()
    rules = TypistRules.presage()
    assert len(typed) == 25
    assert sum(len(rules.as_typed(abstract)) for abstract in typed) + 1 == 21_013


def test_the_parts_are_written_with_their_marks_and_as_words(patents, tmp_path):
    presage_text.write_texts(tmp_path)
    for part, number in (("train", 2818), ("valid", 352), ("test", 352)):
        for kind in ("marks", "words"):
            path = tmp_path / kind / f"{part}.jsonl"
            lines = path.read_text(encoding="utf-8").splitlines()
            assert len(lines) == number
            assert all('"' not in json.loads(line)["text"] for line in lines)
