"""Sources to documents, bad input included."""

from __future__ import annotations

import gzip
import io
import logging
import sys
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.corpus import read_documents, read_parts
from app.text.readers import ReadOptions

FRENCH = "Le café était fermé, mais la fenêtre du troisième étage restait éclairée.\n"


def write(path: Path, content: str | bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def paragraphs_of(*sources: str, pretokenized: bool = False) -> list[tuple[str, ...]]:
    found = read_documents(sources, ReadOptions(pretokenized=pretokenized))
    return [document.paragraphs for document in found]


# --- reading


def test_blank_lines_part_paragraphs_and_wrapped_lines_are_joined(tmp_path: Path):
    source = write(tmp_path / "a.txt", "One is\r\nwrapped.\r\n \r\n\r\n  Two.\r\n")
    assert paragraphs_of(source) == [("One is wrapped.", "Two.")]


def test_without_blank_lines_each_line_is_a_paragraph(tmp_path: Path):
    assert paragraphs_of(write(tmp_path / "a.txt", "One.\rTwo.\r")) == [
        ("One.", "Two.")
    ]


def test_a_folder_is_read_in_order_of_paths_without_hidden_files(tmp_path: Path):
    for name in ("b.txt", "a/z.txt", ".git/config", ".hidden", "c.md"):
        write(tmp_path / name, name)
    assert paragraphs_of(str(tmp_path)) == [("a/z.txt",), ("b.txt",), ("c.md",)]


def test_a_pattern_stands_for_the_files_that_match_it(tmp_path: Path):
    for name in ("b.txt", "a.txt", "a.md"):
        write(tmp_path / name, name)
    assert paragraphs_of(str(tmp_path / "*.txt")) == [("a.txt",), ("b.txt",)]


def test_a_file_named_twice_is_read_once(tmp_path: Path):
    source = write(tmp_path / "a.txt", "One.")
    assert paragraphs_of(source, str(tmp_path), source) == [("One.",)]


def test_gzip_is_unpacked_whatever_its_name(tmp_path: Path):
    packed = gzip.compress(b"One.")
    sources = [write(tmp_path / name, packed) for name in ("a.txt.gz", "b.txt")]
    assert paragraphs_of(*sources) == [("One.",), ("One.",)]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch):
    stdin = io.TextIOWrapper(io.BytesIO("Ünder.\n\nTwo.".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert paragraphs_of("-") == [("Ünder.", "Two.")]


def test_pretokenized_lines_are_documents_kept_as_they_stand(tmp_path: Path):
    source = write(tmp_path / "a.txt", "a  <unk> B\n\n \ncafe\u0301 c\n")
    found = paragraphs_of(source, pretokenized=True)
    assert found == [("a  <unk> B",), ("cafe\u0301 c",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_the_same_in_every_encoding(tmp_path: Path, encoding: str):
    source = write(tmp_path / "a.txt", FRENCH.encode(encoding))
    assert paragraphs_of(source) == [(FRENCH.strip(),)]


def test_accents_are_composed_as_keyboards_write_them(tmp_path: Path):
    assert paragraphs_of(write(tmp_path / "a.txt", "cafe\u0301")) == [("café",)]


def test_a_guessed_encoding_is_remarked_once_with_a_count(tmp_path, caplog):
    for name in ("a.txt", "b.txt"):
        write(tmp_path / name, FRENCH.encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        paragraphs_of(str(tmp_path))
    (record,) = caplog.records
    assert "2 files are not UTF-8" in record.message
    assert "a.txt as cp1252" in record.message


def test_a_binary_file_in_a_folder_is_skipped_with_a_remark(tmp_path, caplog):
    write(tmp_path / "a.txt", "One.")
    write(tmp_path / "b.png", b"\x89PNG\0\0")
    with caplog.at_level(logging.WARNING):
        assert paragraphs_of(str(tmp_path)) == [("One.",)]
    assert "1 file: is not a text file" in caplog.text
    assert "b.png" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n\t\n", "is empty"),
        (b"\x7fELF\0\0\0", "is not a text file"),
        (b"abc \0 def", "is not a text file"),
        (bytes(range(1, 32)) * 9, "is not a text file"),
        (b"\x81\x8d\x8f\x90\x9d" * 40 + b"\xff\xfe\xfd", "is not a text file"),
        (gzip.compress(b"One. " * 99, mtime=0)[:-9], "cannot be unpacked.*cut short"),
        (b"\x1f\x8bgarbage", "cannot be unpacked"),
    ],
)
def test_a_named_file_without_text_is_refused(tmp_path, content, message):
    source = write(tmp_path / "bad.txt", content)
    with pytest.raises(UserError, match=message) as caught:
        paragraphs_of(source)
    assert source in str(caught.value)


@pytest.mark.parametrize("name", ["missing.txt", "no/such/*.txt"])
def test_a_missing_source_is_refused(tmp_path: Path, name: str):
    with pytest.raises(UserError, match="there is no such file, folder or pattern"):
        paragraphs_of(str(tmp_path / name))


def test_a_folder_without_text_is_refused(tmp_path: Path):
    write(tmp_path / "a.png", b"\0")
    with pytest.raises(UserError, match="No text was found in"):
        paragraphs_of(str(tmp_path))


# --- given parts


def test_given_parts_that_share_text_are_remarked_on(tmp_path: Path, caplog):
    learned = write(tmp_path / "train.txt", "a b c\nd e f\n")
    valid = write(tmp_path / "valid.txt", "d  e f\ng h i\n")
    parts = read_parts([learned], ReadOptions(pretokenized=True), valid=valid)
    assert parts.valid.num_documents == 2  # as given
    assert "1 of the paragraphs to validate" in caplog.text


# --- scripts


@pytest.mark.parametrize(
    ("text", "is_remarked_on"),
    [("他在南京出生后来到北京大学学习物理学。", True), ("He was born in 南京.", False)],
)
def test_a_text_without_spaces_gets_one_remark(tmp_path, caplog, text, is_remarked_on):
    paragraphs = "\n\n".join(f"{text} {number}" for number in range(40))
    read_parts([write(tmp_path / "a.txt", paragraphs)], ReadOptions())
    remarks = [r for r in caplog.records if "without spaces" in r.message]
    assert len(remarks) == is_remarked_on
