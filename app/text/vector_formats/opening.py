"""Bytes of a file, unpacked where it is packed, read forward in bounded pieces.

A path enters, a stream leaves. The packing is recognised by the first bytes, because
names lie. This module does not know what the bytes mean.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from app.errors import UserError

_PIECE = 2**20  # bytes asked for at a time
_ENCRYPTED = 0x1


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """Yields the content of `path` as a stream; .gz, .bz2, .xz, .zip are unpacked.

    Raises:
        UserError: it cannot be read to its end, there or in the body of the `with`.
    """
    try:
        with _open(path) as stream:
            # gzip and its kin read 8 KiB at a time in Python; lines are found in C.
            yield cast(BinaryIO, io.BufferedReader(stream, _PIECE))
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        if isinstance(error, OSError) and error.errno:  # the disk's, not gzip's
            raise UserError(f"{path}: cannot be read: {error.strerror}.") from error
        raise UserError(
            f"{path}: cannot be read to its end: {error}. The file is probably cut "
            "short; copy or download it again."
        ) from error


def read_head(path: Path, size: int) -> bytes:
    """The first `size` bytes of the content, fewer where it is shorter."""
    with unpacked(path) as stream:
        return stream.read(size)


def cut_short(path: Path, offset: int, what: str) -> UserError:
    """What to raise where a file ends too early.

    Args:
        path: of the file.
        offset: bytes of its content that were there.
        what: what was expected behind them.
    """
    return UserError(
        f"{path}, byte {offset:,}: ends where {what} should be. The file is cut short "
        "or damaged; copy or download it again."
    )


class Cursor:
    """Reads fields of a binary file one behind the other.

    Args:
        path: named in messages.
        stream: where the bytes come from.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream
        self._buffer = b""
        self._at = 0  # where in the buffer the next field begins
        self._before = 0  # bytes of the file before the buffer

    @property
    def offset(self) -> int:
        """Bytes of the content that are behind us."""
        return self._before + self._at

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes, which the message calls `what`."""
        while len(self._buffer) - self._at < size:
            if not self._fill(max(_PIECE, size)):
                raise cut_short(self._path, self._before + len(self._buffer), what)
        start, self._at = self._at, self._at + size
        return self._buffer[start : self._at]

    def take_until(self, mark: bytes, limit: int, what: str) -> bytes:
        """The bytes before the next `mark`, at most `limit`; the mark is passed."""
        while (end := self._buffer.find(mark, self._at, self._at + limit + 1)) < 0:
            if len(self._buffer) - self._at > limit:
                raise UserError(
                    f"{self._path}, byte {self.offset:,}: {what} is longer than "
                    f"{limit:,} bytes. The file is damaged; download it again."
                )
            if not self._fill(_PIECE):
                raise cut_short(self._path, self._before + len(self._buffer), what)
        start, self._at = self._at, end + 1
        return self._buffer[start:end]

    def rest(self, limit: int) -> bytes:
        """What follows, at most `limit` bytes of it."""
        while len(self._buffer) - self._at < limit and self._fill(limit):
            pass
        return self._buffer[self._at : self._at + limit]

    def _fill(self, size: int) -> bool:
        piece = self._stream.read(size)
        self._before += self._at
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    if head.startswith(b"BZh"):
        return cast(BinaryIO, bz2.open(path, "rb"))
    if head.startswith(b"\xfd7zXZ\0"):
        return cast(BinaryIO, lzma.open(path, "rb"))
    if head.startswith(b"PK\x03\x04"):
        return _open_zip(path)
    return path.open("rb", buffering=0)


def _open_zip(path: Path) -> BinaryIO:
    """The only member of an archive; of several nobody can say which is meant."""
    try:
        with zipfile.ZipFile(path) as archive:
            # The archive stays open as long as its member does.
            return cast(BinaryIO, archive.open(_only_member(path, archive)))
    except (NotImplementedError, IndexError, struct.error) as error:
        raise UserError(
            f"{path}: is damaged, or packed in a way that Python cannot unpack "
            f"({error}). Unpack it first."
        ) from error


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) != 1:
        names = ", ".join(info.filename for info in members[:6])
        raise UserError(
            f"{path}: holds {len(members)} files ({names}), but --embeddings wants "
            "one. Unpack it and name the file you mean."
        )
    if members[0].flag_bits & _ENCRYPTED:
        raise UserError(f"{path}: asks for a password. Unpack it first.")
    return members[0]
