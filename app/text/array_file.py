"""Arrays on disk: grown piece by piece, then read as if they were in memory.

Pieces enter, a `.npy` file leaves; reading maps it, so that a text of any length
needs no more memory than what is being looked at. Nothing here knows what the numbers
mean.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import DTypeLike

from app.errors import UserError

_HEADER_BYTES = 128  # what numpy takes for one axis, however long


class ArrayFile:
    """A one-dimensional `.npy` file that grows; whole when its `with` block ends.

    The header, which holds the length, is written last: until then it is a row of
    zeros, and numpy refuses the file.

    Args:
        path: of the file, which is replaced.
        dtype: of its numbers.
    """

    def __init__(self, path: Path, dtype: DTypeLike) -> None:
        self.path = path
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self.size = 0

    def __enter__(self) -> ArrayFile:
        self._file = self.path.open("wb", buffering=0)  # errors come at once
        self._file.seek(_HEADER_BYTES)  # a write could fail, and leave it open
        return self

    def append(self, values: np.ndarray) -> None:
        """Adds `values` [n] at the end."""
        self._write(np.ascontiguousarray(values, self.dtype).tobytes())
        self.size += len(values)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._file:
            if error is None:
                self._file.seek(0)
                self._write(self._header())

    def _header(self) -> bytes:
        buffer = io.BytesIO()
        facts = {
            "descr": self.dtype.str,
            "fortran_order": False,
            "shape": (self.size,),
        }
        np.lib.format.write_array_header_1_0(buffer, facts)
        return buffer.getvalue()

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:  # a nearly full disk takes a part before it refuses
                left = left[self._file.write(left) :]
        except OSError as error:
            raise cannot_write(self.path, error) from error


def read_array(path: Path) -> np.ndarray:
    """The array in a `.npy` file, mapped: pages are read when they are looked at.

    Raises:
        OSError, ValueError: there is no such file, or it is not whole.
    """
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{path} is of another version of numpy's format")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        start = file.tell()
    if path.stat().st_size != start + dtype.itemsize * int(np.prod(shape)):
        raise ValueError(f"{path} is cut short")
    if 0 in shape:
        return np.empty(shape, dtype)  # nothing can be mapped
    return np.asarray(np.memmap(path, dtype, "r", start, shape))


def write_arrays(
    paths: Sequence[Path],
    dtypes: Sequence[DTypeLike],
    blocks: Iterable[Sequence[np.ndarray]],
) -> list[np.ndarray]:
    """Several arrays that grow together, each in a file of its own; mapped.

    Args:
        paths: of the files, which are replaced.
        dtypes: of each array's numbers.
        blocks: yields the next piece [n] of every array.

    Raises:
        UserError: the disk is full.
    """
    with contextlib.ExitStack() as stack:
        files = [
            stack.enter_context(ArrayFile(path, dtype))
            for path, dtype in zip(paths, dtypes, strict=True)
        ]
        for pieces in blocks:
            for file, piece in zip(files, pieces, strict=True):
                file.append(piece)
    return [read_array(path) for path in paths]


def cannot_write(path: Path, error: OSError) -> UserError:
    """The refusal of a disk: what it said, and what can be done."""
    return UserError(
        f"{path}: cannot be written: {error.strerror or error}. Make room on the disk, "
        "or work in a folder on another one."
    )
