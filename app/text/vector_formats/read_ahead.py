"""Unpacking beside the work on what is unpacked: bz2, which takes longer than parsing.

Packed bytes enter, a stream leaves whose next pieces another thread has ready. This
module does not know what the bytes mean.
"""

from __future__ import annotations

import bz2
import io
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

# Bytes that are unpacked in one call, without the interpreter's lock. Of the 8 KiB
# that BZ2File takes, each would wait for the lock longer than it works: 5 ms.
_PACKED_PIECE = 2**20
_PIECE = 2**22
_NUM_READY = 4  # pieces


def open_bz2(path: Path) -> BinaryIO:
    """The content of a .bz2 file, unpacked while the piece before is worked on."""
    return cast(BinaryIO, _ReadAhead(path.open("rb")))


class _ReadAhead(io.RawIOBase):
    """A stream that is unpacked in a thread; its errors are raised where it is read."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._ready: queue.Queue[bytes | Exception] = queue.Queue(_NUM_READY)
        self._left: bytes | Exception = b""  # of the piece that is being read
        self._is_over = False
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._unpack, daemon=True)
        self._thread.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._left and not self._is_over:
            self._left = self._ready.get()
            self._is_over = not self._left
        if isinstance(self._left, Exception):
            raise self._left
        data, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._is_closing.set()
        self._thread.join()
        self._packed.close()
        super().close()

    def _unpack(self) -> None:
        try:
            for piece in _pieces(self._packed):
                self._put(piece)
                if self._is_closing.is_set():
                    return
            self._put(b"")
        except Exception as error:
            self._put(error)

    def _put(self, piece: bytes | Exception) -> None:
        """Waits until there is room for a piece, or nobody who wants it."""
        while not self._is_closing.is_set():
            try:
                return self._ready.put(piece, timeout=0.1)
            except queue.Full:
                continue


def _pieces(packed: BinaryIO) -> Iterator[bytes]:
    """Yields what is in a .bz2 file, streams that follow each other as one."""
    unpacker = bz2.BZ2Decompressor()
    while True:
        data = b""
        if unpacker.eof:
            data = unpacker.unused_data or packed.read(_PACKED_PIECE)
            if not data.startswith(b"BZh"):  # the end, or what bzip2 ignores too
                return
            unpacker = bz2.BZ2Decompressor()
        elif unpacker.needs_input:
            data = packed.read(_PACKED_PIECE)
            if not data:
                raise EOFError("it ended before its end mark was reached")
        if piece := unpacker.decompress(data, _PIECE):
            yield piece
