"""What lies packed: nested, locked, damaged, dishonest."""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from app.errors import UserError
from tests.text.readers.making import RAIN, SUN, read, texts_of, write, zipped

ZEROS = bytes(1 << 20)


class Pipe(io.RawIOBase):
    """A stream that can only be read on, as standard input behind a `|`."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._data.readinto(buffer)


def pipe_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(Pipe(data)))
    monkeypatch.setattr(sys, "stdin", stdin)


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.text.readers.inputs._FREE_BYTES", 1 << 16)


def test_the_files_of_a_zip_are_documents_in_the_order_of_their_names(tmp_path: Path):
    data = zipped({"b/2.txt": SUN, "a.txt": RAIN, ".hidden": "x", "__MACOSX/a": "x"})
    found = read(write(tmp_path / "a.zip", data))
    assert [d.paragraphs for d in found] == [(RAIN,), (SUN,)]
    assert found[1].name.endswith("a.zip/b/2.txt")


def test_packages_inside_packages_are_unpacked(tmp_path: Path):
    inner = zipped({"a.txt.gz": gzip.compress(RAIN.encode())})
    data = lzma.compress(zipped({"inner.zip": inner, "b.txt.bz2": bz2.compress(b"Hi")}))
    assert texts_of(write(tmp_path / "a.zip.xz", data)) == [("Hi",), (RAIN,)]


def test_gzip_files_that_follow_each_other_are_one(tmp_path: Path):
    data = gzip.compress(b"One.\n\n") + gzip.compress(b"Two.")
    assert texts_of(write(tmp_path / "a.gz", data)) == [("One.", "Two.")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_pipe_is_read(monkeypatch: pytest.MonkeyPatch, pack):
    pipe_in(monkeypatch, pack(RAIN.encode()))
    assert texts_of("-") == [(RAIN,)]


def test_a_zip_archive_from_a_pipe_is_read(monkeypatch: pytest.MonkeyPatch):
    pipe_in(monkeypatch, zipped({"a.txt": RAIN, "b.txt": SUN}))
    assert texts_of("-") == [(RAIN,), (SUN,)]


def test_nesting_ends_somewhere(tmp_path: Path):
    data = RAIN.encode()
    for _ in range(6):
        data = gzip.compress(data)
    with pytest.raises(UserError, match="packed more than 4 times over.*Unpack it"):
        read(write(tmp_path / "a.gz", data))


def test_a_deep_zip_beside_text_is_counted(tmp_path: Path, caplog):
    data = zipped({"a.txt": RAIN})
    for _ in range(5):
        data = zipped({"a.zip": data, "b.txt": SUN})
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.zip", data)) == [(SUN,)] * 4
    assert "1 file: is packed more than 4 times over" in caplog.text


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_refused(tmp_path: Path, small_budget, pack):
    source = write(tmp_path / "a", pack(ZEROS * 8))
    with pytest.raises(UserError, match="more than 200 times its size.*zip bomb"):
        read(source)


def test_a_bomb_in_a_pipe_is_refused(monkeypatch, small_budget):
    pipe_in(monkeypatch, gzip.compress(ZEROS * 40))
    with pytest.raises(UserError, match="zip bomb"):
        read("-")


def test_the_members_of_an_archive_share_one_budget(
    tmp_path: Path, small_budget, caplog
):
    space = b" " * (1 << 18)  # each alone would be let through
    data = zipped({f"{n:02}.txt": RAIN.encode() + space for n in range(40)})
    with caplog.at_level(logging.WARNING):
        num_read = len(read(write(tmp_path / "a.zip", data)))
    assert 0 < num_read < 40
    assert f"{40 - num_read} files: unpacks to more than 200 times" in caplog.text


def test_text_that_packs_well_is_no_bomb(tmp_path: Path):
    data = gzip.compress("\n\n".join(f"{i} {RAIN}" for i in range(9999)).encode())
    assert len(texts_of(write(tmp_path / "a.txt.gz", data))[0]) == 9999


def locked(data: bytes) -> bytes:
    """The archive with the marks of a password on its members, in both places."""
    changed = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(magic, at + 1)) >= 0:
            (flags,) = struct.unpack_from("<H", data, at + offset)
            struct.pack_into("<H", changed, at + offset, flags | 1)
    return bytes(changed)


def test_a_password_is_told(tmp_path: Path):
    source = write(tmp_path / "a.zip", locked(zipped({"a.txt": RAIN})))
    with pytest.raises(UserError, match="1 file: is locked with a password.*a.txt"):
        read(source)


def test_a_locked_e_book_is_told(tmp_path: Path):
    data = locked(zipped({"META-INF/container.xml": "<x/>"}))
    with pytest.raises(UserError, match="is locked with a password"):
        read(write(tmp_path / "a.epub", data))


def test_names_that_climb_out_of_the_folder_are_only_names(tmp_path: Path):
    data = zipped({"../../up.txt": RAIN, "/etc/passwd": SUN, "C:\\x.txt": "Hi"})
    inside = tmp_path / "a" / "b"
    found = read(write(inside / "a.zip", data))
    assert {d.paragraphs for d in found} == {(RAIN,), (SUN,), ("Hi",)}
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [inside / "a.zip"]


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path, caplog):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.txt", RAIN)
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.zip", buffer.getvalue())) == [(RAIN,)]
    assert "1 file: is a link to another file; the first is" in caplog.text


def test_control_characters_in_a_name_do_not_reach_the_terminal(tmp_path: Path, caplog):
    data = zipped({"\x1b[31m.txt": b"", "a.txt": RAIN})
    with caplog.at_level(logging.WARNING):
        read(write(tmp_path / "a.zip", data))
    assert "1 file: is empty" in caplog.text
    assert "\x1b" not in caplog.text


def test_a_damaged_member_is_counted_and_the_others_read(tmp_path: Path, caplog):
    data = bytearray(zipped({"a.txt": RAIN * 50, "b.txt": SUN}))
    data[40] ^= 255  # in the deflated bytes of a.txt
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.zip", bytes(data))) == [(SUN,)]
    assert "1 file: cannot be unpacked; the first is" in caplog.text


@pytest.mark.parametrize("end", [10, 60, -1, -30])
def test_a_zip_that_is_cut_short_is_refused(tmp_path: Path, end: int):
    data = zipped({"a.txt": RAIN, "b.txt": SUN})
    with pytest.raises(UserError, match="cannot be unpacked: .*cut short"):
        read(write(tmp_path / "a.zip", data[:end]))


def test_a_damaged_file_among_others_is_counted(tmp_path: Path, caplog):
    write(tmp_path / "a.txt", RAIN)
    write(tmp_path / "b.gz", gzip.compress(RAIN.encode() * 99)[:-9])
    with caplog.at_level(logging.WARNING):
        assert texts_of(str(tmp_path)) == [(RAIN,)]
    assert "1 file: cannot be unpacked; the first is" in caplog.text


def test_a_member_without_a_name_is_passed_over(tmp_path: Path):  # by fuzzing
    data = zipped({"QQQQ": SUN, "a.txt": RAIN})
    data = data.replace(b"QQQQ", b"\0QQQ")  # zipfile ends a name at 0
    assert texts_of(write(tmp_path / "a.zip", data)) == [(RAIN,)]
