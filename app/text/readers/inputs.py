"""Bytes with a name: files, standard input, and what lies packed inside them.

A stream enters, `Input`s leave, unpacked as often as it takes (`.gz`, `.bz2`, `.xz`,
`.zip`, one inside another). Nothing is ever written under a name that an archive
holds, so `../../x` in one is a name like any other. This module does not know what
the bytes mean.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import IO, cast

from app.text.readers.document import Unreadable
from app.text.readers.report import Report

HEAD_BYTES = 1 << 16  # enough for every signature and for a hundred rows
_MAX_NESTING = 4  # a.zip, in it b.zip, in it c.txt.gz, and one to spare
_SPOOLED_IN_MEMORY = 1 << 24  # bytes; larger ones wait in a temporary file
# Text packs 3 to 10 times, logs 50 times; bombs start at 1,000.
_MAX_RATIO = 200
_FREE_BYTES = 100 << 20  # may always come out, however small the file
_WHAT_UNPACKING_RAISES = (
    OSError,
    EOFError,
    RuntimeError,  # zipfile: a password is needed
    NotImplementedError,  # zipfile: a method of compression it does not know
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_PACKERS: tuple[tuple[bytes, str, Callable[[IO[bytes]], IO[bytes]]], ...] = (
    (b"\x1f\x8b", ".gz", lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream))),
    (b"BZh", ".bz2", lambda stream: cast(IO[bytes], bz2.BZ2File(stream))),
    (b"\xfd7zXZ\0", ".xz", lambda stream: cast(IO[bytes], lzma.LZMAFile(stream))),
)


class _Budget:
    """How many bytes may still be unpacked from one file, all its members together."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._left = _FREE_BYTES
        self.num_packed = 0
        if packed.seekable():
            position = packed.tell()
            self.grow(packed.seek(0, io.SEEK_END))
            packed.seek(position)

    def grow(self, num_packed: int) -> None:
        self._left += _MAX_RATIO * num_packed

    def spend(self, num_bytes: int, name: str) -> None:
        self._left -= num_bytes
        if self._left < 0:
            raise Unreadable(
                name,
                f"unpacks to more than {_MAX_RATIO} times its size, which no text does",
                "It is probably a zip bomb. If you trust it, unpack it and name the "
                "files in it.",
            )


class _Counted(io.RawIOBase):
    """A stream that cannot be measured: its budget grows while it is read."""

    def __init__(self, stream: IO[bytes], budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._budget.grow(len(data))
        buffer[: len(data)] = data
        return len(data)


class _Unpacked(io.RawIOBase):
    """What comes out of a packed stream; damage and bombs become `Unreadable`."""

    def __init__(self, stream: IO[bytes], name: str, budget: _Budget) -> None:
        self._stream = stream
        self._name = name
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read(len(buffer))
        except _WHAT_UNPACKING_RAISES as error:
            raise cannot_unpack(self._name, error) from error
        self._budget.spend(len(data), self._name)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Replayed(io.RawIOBase):
    """A stream whose first bytes were read already, from its beginning."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


class Input:
    """The bytes of one file, packed or not.

    Attributes:
        name: for messages; of a member, `archive.zip/member.txt`.
        head: the first bytes, for guessing; they are read again.
        stream: all bytes, to be read once.
        is_member: whether it lies in an archive, beside others.
    """

    def __init__(
        self, name: str, stream: IO[bytes], *, is_member: bool = False
    ) -> None:
        self.name = name
        self.is_member = is_member
        self._original = stream
        self.head = stream.read(HEAD_BYTES)
        self.stream = io.BufferedReader(_Replayed(self.head, stream), HEAD_BYTES)

    def read(self) -> bytes:
        """All bytes at once."""
        return self.stream.read()

    @cached_property
    def seekable(self) -> IO[bytes]:
        """The bytes as a file to jump about in, as zip and parquet need it."""
        if self._original.seekable():
            self._original.seek(0)
            return self._original
        spooled = tempfile.SpooledTemporaryFile(_SPOOLED_IN_MEMORY)
        shutil.copyfileobj(self.stream, spooled)
        spooled.seek(0)
        return cast(IO[bytes], spooled)

    @cached_property
    def zip_names(self) -> frozenset[str]:
        """Names of the members where this is a zip archive, else none."""
        if not self.head.startswith(_ZIP_MAGIC):
            return frozenset()
        with open_zip(self) as archive:
            return frozenset(archive.namelist())


def unpack(
    source: Input, report: Report, is_whole: Callable[[Input], bool]
) -> Iterator[Input]:
    """Yields the files inside `source`, or `source` where it is no package.

    Args:
        source: what may be packed.
        report: is told of members that are left out.
        is_whole: whether a zip archive is one file of its own kind, like .epub.
    """
    yield from _unpack(source, report, is_whole, None, 0)


def _unpack(
    source: Input,
    report: Report,
    is_whole: Callable[[Input], bool],
    budget: _Budget | None,
    depth: int,
) -> Iterator[Input]:
    opener = _opener(source)
    is_zip = source.head.startswith(_ZIP_MAGIC) and not is_whole(source)
    if opener is None and not is_zip:
        yield source
        return
    if depth == _MAX_NESTING:
        raise Unreadable(
            source.name,
            f"is packed more than {_MAX_NESTING} times over",
            "Unpack it and name the files in it.",
        )
    if is_zip:
        budget = budget or _Budget(source.seekable)
        yield from _members(source, report, is_whole, budget, depth)
        return
    if budget is None:
        budget = _Budget(source._original)
    packed: IO[bytes] = source.stream
    if depth == 0 and not source._original.seekable():
        packed = io.BufferedReader(_Counted(packed, budget))
    extension, open_packed = cast(tuple[str, Callable[[IO[bytes]], IO[bytes]]], opener)
    unpacked = _Unpacked(open_packed(packed), source.name, budget)
    inner = Input(
        source.name.removesuffix(extension),
        io.BufferedReader(unpacked, HEAD_BYTES),
        is_member=source.is_member,
    )
    yield from _unpack(inner, report, is_whole, budget, depth + 1)


def _opener(source: Input) -> tuple[str, Callable[[IO[bytes]], IO[bytes]]] | None:
    for magic, extension, opener in _PACKERS:
        if source.head.startswith(magic):
            return extension, opener
    return None


def _members(
    source: Input,
    report: Report,
    is_whole: Callable[[Input], bool],
    budget: _Budget,
    depth: int,
) -> Iterator[Input]:
    """The files in a zip archive, each unpacked further where it is packed itself."""
    with open_zip(source) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if info.is_dir() or _is_hidden(info.filename):
                continue
            name = f"{source.name}/{info.filename}"
            if info.flag_bits & 1:
                report.skip("file", "is locked with a password", name)
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                report.skip("file", "is a link to another file", name)
                continue
            try:
                with open_member(archive, info, name, budget) as stream:
                    inner = Input(name, stream, is_member=True)
                    yield from _unpack(inner, report, is_whole, budget, depth + 1)
            except Unreadable as error:
                report.skip("file", error.reason, error.name)


def open_zip(source: Input) -> zipfile.ZipFile:
    """The archive in `source`.

    Raises:
        Unreadable: it is damaged.
    """
    try:
        return zipfile.ZipFile(source.seekable)
    except (*_WHAT_UNPACKING_RAISES, ValueError) as error:
        raise cannot_unpack(source.name, error) from error


def open_member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo | str,
    name: str,
    budget: _Budget | None = None,
) -> io.BufferedReader:
    """The bytes of one file in an archive; damage in it becomes `Unreadable`."""
    if budget is None:
        budget = _Budget(cast(IO[bytes], archive.fp))
    try:
        stream = archive.open(member)
    except (*_WHAT_UNPACKING_RAISES, KeyError) as error:
        raise cannot_unpack(name, error) from error
    return io.BufferedReader(_Unpacked(stream, name, budget), HEAD_BYTES)


def cannot_unpack(name: str, error: BaseException) -> Unreadable:
    """The refusal of a damaged or locked package."""
    if isinstance(error, RuntimeError) and "password" in str(error):
        return Unreadable(
            name, "is locked with a password", "Unpack it and name the files in it."
        )
    return Unreadable(
        name,
        "cannot be unpacked",
        "The file is probably cut short; copy or download it again.",
        f": {error}",
    )


def _is_hidden(name: str) -> bool:
    """Names that begin with a dot, and what a Mac adds to every archive."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)
