"""Every format in every package, recognised by its name and by its content."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path
from random import Random

import pyarrow
import pytest
from pyarrow import parquet

from app.errors import UserError
from app.settings import FORMATS as FORMAT_NAMES
from app.text.readers.formats import FORMATS
from tests.text.readers.making import (
    PACKERS,
    RAIN,
    SUN,
    TEXTS,
    docx,
    docx_paragraph,
    epub,
    mbox,
    message,
    read,
    texts_of,
    wiki,
    write,
    zipped,
)

LONG = " ".join([RAIN, SUN] * 5)


def parquet_bytes(rows: list[dict]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


ROWS = [{"id": i, "body": text} for i, text in enumerate(TEXTS)]
# Format: its extension, a file of it, and the documents in that file.
FILES: dict[str, tuple[str, bytes, list[tuple[str, ...]]]] = {
    "text": (".txt", f"{RAIN}\n\n{SUN}\n".encode(), [TEXTS]),
    "lines": ("", f"{RAIN}\n\n{SUN}\n".encode(), [(RAIN,), (SUN,)]),
    "markdown": (".md", f"# Rain\n{RAIN}\n".encode(), [("Rain", RAIN)]),
    "csv": (".csv", f'id,body\n1,"{RAIN}"\n2,"{SUN}"\n3,\n'.encode(), None),
    "tsv": (".tsv", f"id\tbody\n1\t{RAIN}\n2\t{SUN}\n".encode(), None),
    "jsonl": (".jsonl", "".join(json.dumps(r) + "\n" for r in ROWS).encode(), None),
    "json": (".json", json.dumps({"rows": ROWS}, indent=1).encode(), None),
    "parquet": (".parquet", parquet_bytes(ROWS), None),
    "html": (".html", f"<html><p>{RAIN}<p>{SUN}</html>".encode(), [TEXTS]),
    "mbox": (".mbox", mbox(*map(message, TEXTS)).encode(), None),
    "eml": (".eml", message(RAIN).encode(), [(RAIN,)]),
    "epub": (
        ".epub",
        epub({f"{n}.xhtml": f"<body><p>{t}</p><p>{LONG}</p></body>"
              for n, t in enumerate(TEXTS)}),
        [(RAIN, LONG), (SUN, LONG)],
    ),
    "docx": (".docx", docx("".join(map(docx_paragraph, TEXTS))), [TEXTS]),
    "wiki": (".xml", wiki({"Rain": LONG, "Talk:Rain": LONG}).encode(), [(LONG,)]),
}  # fmt: skip
ONE_EACH = [(RAIN,), (SUN,)]


def expected(name: str) -> list[tuple[str, ...]]:
    return FILES[name][2] or ONE_EACH


def test_the_settings_name_the_formats_that_are_read():
    assert set(FORMAT_NAMES) == {"auto", *FORMATS} == {"auto", *FILES}


@pytest.mark.parametrize("name", [name for name in FILES if name != "lines"])
@pytest.mark.parametrize("packer", ["", *PACKERS])
def test_a_format_is_known_by_its_name(tmp_path: Path, name: str, packer: str):
    extension, data, _ = FILES[name]
    if packer == "zip":
        data = zipped({f"folder/a{extension}": data, "folder/": b""})
    elif packer:
        data = PACKERS[packer](data)
    suffix = f"{extension}.{packer}" if packer else extension
    assert texts_of(write(tmp_path / f"a{suffix}", data)) == expected(name)


@pytest.mark.parametrize("name", [n for n in FILES if n not in ("lines", "markdown")])
@pytest.mark.parametrize("packer", ["", *PACKERS])
def test_a_format_is_known_by_its_content(monkeypatch, caplog, name: str, packer: str):
    data = FILES[name][1]
    data = PACKERS[packer](data) if packer else data
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with caplog.at_level(logging.INFO):
        found = texts_of("-")
    assert found == expected(name)
    shown = "csv" if name == "tsv" else name
    assert name == "text" or f"looks like {shown} (--format)" in caplog.text


@pytest.mark.parametrize("name", list(FILES))
def test_a_format_is_read_as_it_is_called(tmp_path: Path, name: str):
    source = write(tmp_path / "file", FILES[name][1])
    assert texts_of(source, file_format=name) == expected(name)


@pytest.mark.parametrize("name", list(FILES))
def test_no_file_that_is_cut_anywhere_is_a_crash(tmp_path: Path, name: str):
    data = FILES[name][1]
    for end in range(1, len(data), max(len(data) // 25, 1)):
        source = write(tmp_path / f"cut{end}", data[:end])
        try:
            read(source, file_format=name)
        except UserError as error:
            assert source in str(error)


def damaged(data: bytes, random: Random) -> bytes:
    """`data` with a few bytes changed, put in, taken out or repeated."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 2, 5, 20))):
        at, length = random.randrange(len(changed) + 1), random.randrange(1, 40)
        changed[at : at + random.choice((0, 1, length))] = random.choice(
            (b"", b"\0", b'"', b"<", b"\xff", b"\n", b"{", changed[:length])
        )
    return bytes(changed)


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("packer", ["", *PACKERS])
def test_no_damaged_file_is_a_crash(tmp_path: Path, name: str, packer: str):
    data = PACKERS[packer](FILES[name][1]) if packer else FILES[name][1]
    random = Random(name + packer)
    for number in range(20 if not packer else 5):
        source = write(tmp_path / f"damaged{number}", damaged(data, random))
        try:
            read(source, file_format=random.choice((name, "auto")))
        except UserError as error:
            assert source in str(error)


@pytest.mark.parametrize("name", list(FILES))
def test_a_file_of_something_else_is_no_crash(tmp_path: Path, name: str):
    for other, (_, data, _) in FILES.items():
        source = write(tmp_path / other, data)
        try:
            read(source, file_format=name)
        except UserError as error:
            assert source in str(error)


def test_prose_with_commas_is_no_table(tmp_path: Path):
    lines = [f"When {i} came, it rained, as ever." for i in range(9)]
    source = write(tmp_path / "a", "\n".join(lines))
    assert texts_of(source) == [tuple(lines)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7 ...", "is a PDF file, which is not read. Convert it"),
        (b"{\\rtf1 Hello}", "is an RTF file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file, or a new"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"Rar!\x1a\x07", "is a RAR archive"),
        (b"\x28\xb5\x2f\xfd\x04", "is packed with zstd"),
        (b"a" * 257 + b"ustar", "is a tar archive"),
        (zipped({"xl/workbook.xml": "<x/>"}), "is an Excel file.*as .csv"),
        (
            zipped({"mimetype": "application/vnd.oasis", "content.xml": "<x/>"}),
            "is an OpenDocument file",
        ),
        (b"<?xml version='1.0'?><root>x</root>", "is XML, but no MediaWiki dump"),
    ],
)  # fmt: skip
def test_what_is_not_read_says_how_it_can_be(tmp_path: Path, data, message):
    with pytest.raises(UserError, match=message):
        read(write(tmp_path / "a.xml", data))


def test_a_folder_of_everything_is_one_corpus(tmp_path: Path, caplog):
    for name, (extension, data, _) in FILES.items():
        write(tmp_path / f"{name}{extension or '.log'}", data)
    write(tmp_path / "z.pdf", b"%PDF-1.7")
    write(tmp_path / "empty.txt", b"")
    with caplog.at_level(logging.INFO):
        num_documents = len(read(str(tmp_path)))
    assert num_documents == sum(len(expected(n)) for n in FILES if n != "lines") + 1
    assert f"Read {num_documents} documents" in caplog.text
    assert "1 file: is a PDF file, which is not read; the first is" in caplog.text
    assert "1 file: is empty; the first is" in caplog.text


def test_a_field_means_nothing_where_there_are_none(tmp_path: Path, caplog):
    source = write(tmp_path / "a.txt", RAIN)
    with pytest.raises(UserError, match="the format text has no fields"):
        read(source, file_format="text", field="body")
    with caplog.at_level(logging.INFO):
        assert texts_of(source, field="body") == [(RAIN,)]
    assert "knows no --field" in caplog.text
