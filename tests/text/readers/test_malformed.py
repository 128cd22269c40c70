"""Whatever a file is, it is read, counted or refused in a sentence: no traceback."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import logging
import lzma
import os
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.readers import ReadOptions, read_sources
from tests.text.readers.making import (
    PACKERS,
    RAIN,
    SUN,
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
from tests.text.readers.test_formats import FILES

ROOT = Path(__file__).parents[3]
LAUGHS = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
) + "]>"  # fmt: skip
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


# --- sources that are no files


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/random"])
def test_a_device_is_refused(name: str):
    if not Path(name).exists():
        pytest.skip(f"{name} is missing here")
    with pytest.raises(UserError, match="is a device or a socket, not a file"):
        read(name)


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # the names of sockets must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        with pytest.raises(UserError, match="is a device or a socket"):
            read("s")


def test_a_named_pipe_is_read(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(RAIN,))
    writer.start()
    assert texts_of(str(pipe)) == [(RAIN,)]
    writer.join()


def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path / "a.txt", RAIN)
    assert texts_of(str(tmp_path)) == [(RAIN,)]


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "-"])
def test_standard_input_has_several_names(name: str):
    program = (
        "import sys\nfrom app.text.readers import ReadOptions, read_sources\n"
        "print([d.paragraphs for d in read_sources(sys.argv[1:], ReadOptions())])"
    )
    command = [sys.executable, "-c", program, name]
    done = subprocess.run(
        command, cwd=ROOT, input=RAIN, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{[(RAIN,)]}\n"


def test_a_link_to_itself_is_no_file(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UserError, match="there is no such file"):
        read(str(tmp_path / "a"))


def test_a_folder_that_links_to_itself_is_read_once(tmp_path: Path):
    write(tmp_path / "a.txt", RAIN)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert texts_of(str(tmp_path)) == [(RAIN,)]


@pytest.mark.parametrize(
    "name", ["", " ", "a\0b", "x" * 5000, "[", "**/[", "/dev/fd/77", RAIN, "\udcff"]
)
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(UserError, match="there is no such file|An empty name"):
        read(name)


def test_the_advice_about_a_missing_file_suits_every_command():
    with pytest.raises(UserError) as caught:
        read("/nope")
    assert "sample" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["a b.txt", "ä\u0308.txt", "\udcff.txt", "-.txt", "new\nline.txt", "*.txt"]
)
def test_odd_names_are_names(tmp_path: Path, name: str):
    assert texts_of(write(tmp_path / name, RAIN)) == [(RAIN,)]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, caplog):
    source = Path(write(tmp_path / "a.txt", RAIN))
    write(tmp_path / "b.txt", SUN)
    source.chmod(0)
    with pytest.raises(UserError, match="cannot be read: Permission denied"):
        read(str(source))
    with caplog.at_level(logging.WARNING):
        assert texts_of(str(tmp_path)) == [(SUN,)]
    assert "1 file: cannot be read" in caplog.text


def test_a_file_that_goes_away_meanwhile_is_counted(tmp_path: Path, caplog):
    for name in "abc":
        write(tmp_path / f"{name}.txt", f"{name} {RAIN}")
    documents = read_sources([str(tmp_path)], ReadOptions())
    next(documents)
    (tmp_path / "b.txt").unlink()
    with caplog.at_level(logging.WARNING):
        assert [d.paragraphs for d in documents] == [(f"c {RAIN}",)]
    assert "1 file: cannot be read; the first is" in caplog.text


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc here")
def test_a_file_that_fails_while_it_is_read_is_told():
    with pytest.raises(UserError, match="cannot be read: Input/output error"):
        read("/proc/self/mem")


# --- contents


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("data", [b"", b" \n\t\r\n  \n", b"\0" * 999, os.urandom(9999)])
def test_nothing_and_noise_are_refused(tmp_path: Path, name: str, data: bytes):
    source = write(tmp_path / "a", data)
    with pytest.raises(UserError) as caught:
        read(source, file_format=name)
    assert source in str(caught.value)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("size", [8, 20, 0.5, -1])
def test_a_package_that_is_cut_short_is_told(tmp_path: Path, pack, size):
    data = pack("\n".join(f"{n} {RAIN}" for n in range(5_000)).encode())
    end = int(size * len(data)) if isinstance(size, float) else size
    with pytest.raises(UserError, match="cannot be unpacked|is not a text file"):
        read(write(tmp_path / "a", data[:end]))


@pytest.mark.parametrize("name", ["parquet", "docx", "epub"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_binary_file_that_is_cut_short_is_told(tmp_path: Path, name: str, share):
    extension, data, _ = FILES[name]
    source = write(tmp_path / f"a{extension}", data[: int(share * len(data))])
    with pytest.raises(UserError, match="cut short"):
        read(source)


@pytest.mark.parametrize("document_type", [LAUGHS, OUTSIDE])
@pytest.mark.parametrize("name", ["wiki", "docx", "epub"])
def test_no_entity_is_ever_expanded(tmp_path: Path, name: str, document_type: str):
    long = f"&l9;&f; {RAIN} " * 20
    data = {
        "wiki": wiki({"Rain": long}, before=document_type).encode(),
        "docx": docx(docx_paragraph(long), before=document_type),
        "epub": epub({"a.xhtml": f"<p>{long}"}, entity=document_type),
    }[name]
    with pytest.raises(UserError, match="defines the entity .* not safe to read"):
        read(write(tmp_path / "a", data), file_format=name)


def test_a_bomb_of_zips_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.text.readers.inputs._FREE_BYTES", 1 << 20)
    bomb = zipped({"a.txt": b"\n" * (8 << 20)})
    data = zipped({f"{n}.zip": bomb for n in range(9)} | {"b.txt": RAIN})
    with pytest.raises(UserError, match="unpacks to more than 200 times its size"):
        read(write(tmp_path / "a.zip", data))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_odd_names_in_an_archive_are_names(tmp_path: Path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a.txt", "a.txt", "../a.txt", "x" * 9999, "\x1b[2J"):
            archive.writestr(name, RAIN)
    assert len(texts_of(write(tmp_path / "a.zip", buffer.getvalue()))) == 5


# --- JSON


@pytest.mark.parametrize("text", ['{"a":' * 99_999, "[" * 99_999, '{"a":' * 999 + "1"])
@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_deep_json_is_refused(tmp_path: Path, name: str, text: str):
    with pytest.raises(UserError, match="is not JSON"):
        read(write(tmp_path / "a", text), file_format=name)


def test_json_closed_a_thousand_levels_deep_is_text_or_refused(tmp_path: Path):
    source = write(tmp_path / "a.json", '{"text":' * 900 + f'"{RAIN}"' + "}" * 900)
    with pytest.raises(UserError, match="no field that looks like text|holds no text"):
        read(source)


def test_a_line_of_100_mb_is_refused(tmp_path: Path):
    source = tmp_path / "a.jsonl"
    with source.open("w") as file:
        file.write('{"text": "')
        for _ in range(100):
            file.write("so on and on " * 80_000)
        file.write('"}\n')
    with pytest.raises(UserError, match="has a line of more than 64 MiB"):
        read(str(source))


def test_lone_surrogates_of_json_are_no_crash(tmp_path: Path):
    row = json.dumps({"text": f"{RAIN} \ud83d."})
    (paragraphs,) = texts_of(write(tmp_path / "a.jsonl", row + "\n"))
    paragraphs[0].encode()  # what is written to a file later must be text


# --- tables


def test_a_zero_in_a_table_is_told_with_its_line(tmp_path: Path):
    source = write(tmp_path / "a.csv", f'id,body\n1,"{RAIN}"\n2,"a\0b"\n')
    with pytest.raises(UserError, match="line 3: is not a text file"):
        read(source)


def test_a_row_of_a_million_columns_is_counted(tmp_path: Path, caplog):
    content = f'id,body\n1,"{RAIN}"\n' + "x," * 999_999 + f'x\n2,"{SUN}"\n'
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.csv", content)) == [(RAIN,), (SUN,)]
    assert "1000000 instead of 2" in caplog.text


def test_a_table_of_a_hundred_thousand_columns_is_no_crash(tmp_path: Path):
    content = "\n".join([",".join(f"c{n}" for n in range(100_000)), "1,2", ""])
    with pytest.raises(UserError):
        read(write(tmp_path / "a.csv", content))


def test_a_table_of_nothing_but_quotation_marks_ends(tmp_path: Path):
    rows = "".join(f'{n},"{RAIN}" x\n"\n' for n in range(9_000))
    with pytest.raises(UserError, match="quotation mark"):
        read(write(tmp_path / "a.csv", "id,body\n" + rows), field="body")


# --- mail and pages

BROKEN_MAIL = [
    "Content-Type: multipart/mixed; boundary=x\n",
    "Content-Type: multipart/mixed\n",
    "Content-Type: text/plain; charset=no-such-charset\n",
    "Content-Type: text/plain; charset*=broken''%ZZ\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Content-Transfer-Encoding: no-such\n",
    "Content-Type: message/rfc822\n",
    "Subject: =?utf-8?b?not base64?=\n",
]


@pytest.mark.parametrize("headers", BROKEN_MAIL)
def test_a_broken_message_costs_no_other(tmp_path: Path, headers: str):
    broken = message("=ZZ \udcff\n--x\n--x--\n", headers=headers)
    data = mbox(broken, message(RAIN)).encode(errors="surrogateescape")
    assert (RAIN,) in texts_of(write(tmp_path / "a.mbox", data))


@pytest.mark.slow
def test_pages_without_end_tags_are_read_however_long(tmp_path: Path):
    source = tmp_path / "a.html"
    with source.open("w") as file:
        file.write("<html><body>")
        for number in range(60_000):
            file.write(f"<div><p><b><i>{number} " + RAIN * 5)
    (document,) = read(str(source))
    assert len(document.paragraphs) == 60_000


@pytest.mark.parametrize("packer", list(PACKERS))
def test_a_package_of_nothing_is_refused(tmp_path: Path, packer: str):
    with pytest.raises(UserError, match="is empty|holds no text"):
        read(write(tmp_path / "a", PACKERS[packer](b"")))
