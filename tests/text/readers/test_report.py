"""The screen at the end, and what the whole way from a source to ids gives."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.corpus import read_parts
from app.text.counting import count_types
from app.text.encoding import encode
from app.text.readers.document import Document, ReadOptions
from app.text.readers.report import Report
from app.text.splitting import Parts
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import Vocabulary
from tests.text.readers.making import RAIN, SUN, read, write

MAX_SCREEN = 24  # lines


def screen_of(caplog, report: Report) -> list[str]:
    with caplog.at_level(logging.INFO):
        report.show(["a"])
    return "\n".join(record.getMessage() for record in caplog.records).split("\n")


def test_a_clean_corpus_is_one_line(caplog, tmp_path: Path):
    with caplog.at_level(logging.INFO):
        read(write(tmp_path / "a.txt", f"{RAIN}\n\n{SUN}"))
    (line,) = [record.getMessage() for record in caplog.records]
    assert (
        line == f"Read 1 document (1 text): 2 paragraphs, {len(RAIN + SUN)} characters"
    )


def test_everything_that_can_go_wrong_fits_on_one_screen(caplog):
    report = Report()
    report.read("text", Document("a", (RAIN,)))
    for number in range(50):
        for _ in range(number + 1):
            report.skip("row", f"is odd in way {number}", f"{'x' * 999}, line {number}")
        report.recode(f"file {number}", "cp1252")
        report.change(f"things of kind {number} went", "a", number)
    lines = screen_of(caplog, report)
    assert len(lines) <= MAX_SCREEN
    assert max(map(len, lines)) < 200
    assert "  50 rows: is odd in way 49; the first is ..." in "\n".join(lines)
    assert "for 42 more reasons" in lines[-1]


def test_a_corpus_without_text_says_why(tmp_path: Path):
    write(tmp_path / "a.pdf", b"%PDF-1.7")
    write(tmp_path / "b.pdf", b"%PDF-1.7")
    with pytest.raises(
        UserError, match=r"No text was found in .*2 files: is a PDF file"
    ):
        read(str(tmp_path))


def test_a_file_of_a_pattern_that_cannot_be_read_is_counted(tmp_path: Path, caplog):
    write(tmp_path / "a.jsonl", '{"body": "Hello, all of you."}\n')
    write(tmp_path / "b.jsonl", '{"text": "Hello, all of you."}\n')
    with caplog.at_level(logging.WARNING):
        assert len(read(str(tmp_path / "*.jsonl"), field="body")) == 1
    assert "1 file: has no field 'body'; the first is" in caplog.text


# --- from a source to ids. The figures in the README were measured on these: whoever
# changes them changes what is measured, and has to measure anew.


def fingerprint(parts: Parts, folder: Path, *, pretokenized: bool) -> str:
    tokenizer = Tokenizer(pretokenized=pretokenized)
    counts = count_types(parts.train)
    vocabulary = Vocabulary.build(counts, tokenizer, size=20_000, min_count=2)
    digest = hashlib.sha256()
    for name, part in parts.named().items():
        text = encode(part, vocabulary, folder, name)
        digest.update(text.ids.tobytes() + text.document_ends.tobytes())
    return digest.hexdigest()


def test_the_bundled_sample_gives_the_ids_it_always_gave(tmp_path: Path):
    parts = read_parts([], ReadOptions())
    assert (
        fingerprint(parts, tmp_path, pretokenized=False)
        == "74aa08b8f6ce368f364cbf29ecab42c4c87378718709d4094feb078a529a436a"
    )


def test_the_patents_give_the_ids_they_always_gave(data_folder: Path, tmp_path: Path):
    train, valid, test = (
        str(data_folder / "patents" / f"{name}.txt")
        for name in ("train", "valid", "test")
    )
    options = ReadOptions(pretokenized=True)
    parts = read_parts([train], options, valid=valid, test=test)
    assert (
        fingerprint(parts, tmp_path, pretokenized=True)
        == "b2e8c5ab8cb4d5502f801f2b3981fb4477426712a0296411b46a63adf5c52523"
    )
