"""Bytes with a name: a file, standard input, or what lies packed inside them.

Streams enter, `Input`s leave, whose first bytes can be looked at before all are read.
What is unpacked has a budget, so that a bomb of zeros ends early, and its damage is
told as a `UserError`. This module does not know what the bytes mean.
"""

from __future__ import annotations

import io
import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from functools import cached_property
from typing import IO, cast

from app.text.readers.document import Unreadable

HEAD_BYTES = 1 << 16  # enough for every signature and for a hundred rows
_SPOOLED_IN_MEMORY = 1 << 24  # bytes; larger ones wait in a temporary file
# Text packs 3 to 10 times, logs 50 times; bombs start at 1,000.
_MAX_RATIO = 200
_FREE_BYTES = 100 << 20  # may always come out, however small the file
_WHAT_UNPACKING_RAISES = (
    OSError,
    EOFError,
    RuntimeError,  # zipfile: a password is needed
    NotImplementedError,  # zipfile: a method of compression it does not know
    ValueError,  # zipfile: a number in a header that cannot be
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


class Budget:
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
        """Allows for that many more packed bytes."""
        self._left += _MAX_RATIO * num_packed

    def spend(self, num_bytes: int, name: str) -> None:
        """Takes that many unpacked bytes; `Unreadable` where they are too many."""
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

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
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

    def __init__(self, stream: IO[bytes], name: str, budget: Budget) -> None:
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
        original: the stream it was made of, whose first bytes are gone.
        is_member: whether it lies in an archive, beside others.
        is_recoded: whether it is in UTF-8 by now, whatever it says of itself.
    """

    def __init__(
        self,
        name: str,
        stream: IO[bytes],
        *,
        is_member: bool = False,
        is_recoded: bool = False,
    ) -> None:
        self.name = name
        self.is_member = is_member
        self.is_recoded = is_recoded
        self._copy: IO[bytes] | None = None
        self.original = stream
        self.head = stream.read(HEAD_BYTES)
        self.stream = io.BufferedReader(_Replayed(self.head, stream), HEAD_BYTES)

    def __enter__(self) -> Input:
        return self

    def __exit__(self, *_: object) -> None:
        """Drops the copy that `seekable` may have made; whoever opened it closes."""
        if self._copy is not None:
            self._copy.close()

    def read(self) -> bytes:
        """All bytes at once."""
        return self.stream.read()

    @cached_property
    def seekable(self) -> IO[bytes]:
        """The bytes as a file to jump about in, as zip and parquet need it."""
        if self.original.seekable():
            self.original.seek(0)
            return self.original
        self._copy = cast(IO[bytes], tempfile.SpooledTemporaryFile(_SPOOLED_IN_MEMORY))
        shutil.copyfileobj(self.stream, self._copy)
        self._copy.seek(0)
        return self._copy

    @cached_property
    def zip_names(self) -> frozenset[str]:
        """Names of the members where this is a zip archive, else none."""
        if not self.head.startswith(ZIP_MAGIC):
            return frozenset()
        with open_zip(self) as archive:
            return frozenset(archive.namelist())


def open_zip(source: Input) -> zipfile.ZipFile:
    """The archive in `source`.

    Raises:
        Unreadable: it is damaged.
    """
    try:
        return zipfile.ZipFile(source.seekable)
    except _WHAT_UNPACKING_RAISES as error:
        raise cannot_unpack(source.name, error) from error


def open_member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo | str,
    name: str,
    budget: Budget | None = None,
) -> io.BufferedReader:
    """The bytes of one file in an archive; damage in it becomes `Unreadable`."""
    if budget is None:
        budget = Budget(cast(IO[bytes], archive.fp))
    try:
        stream = archive.open(member)
    except (*_WHAT_UNPACKING_RAISES, KeyError) as error:
        raise cannot_unpack(name, error) from error
    return unpacked(stream, name, budget)


def unpacked(stream: IO[bytes], name: str, budget: Budget) -> io.BufferedReader:
    """What comes out of a packed stream, as far as the budget goes."""
    return io.BufferedReader(_Unpacked(stream, name, budget), HEAD_BYTES)


def counted(stream: IO[bytes], budget: Budget) -> io.BufferedReader:
    """`stream`, its budget growing as it is read: its size is not known before."""
    return io.BufferedReader(_Counted(stream, budget), HEAD_BYTES)


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
