"""Files that are whole or not there at all.

A file is written beside its place, flushed to the disk and renamed: whoever is killed,
or runs out of room, leaves the old file or the new one and never a mixture.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.errors import UserError


def check_place(path: Path) -> None:
    """Refuses a file that cannot be written, before there is work that would be lost.

    Raises:
        UserError: it is a folder, or there is no folder to write it into.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder. Give the name of a file in it.")
    if not path.parent.is_dir():
        raise UserError(
            f"{path}: there is no folder {path.parent}. Make it, or choose another "
            "place."
        )


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which gets the name `path` when the block has ended well.

    Args:
        path: what has this name stays as it is until then.

    Raises:
        OSError: the disk refuses; it names `path`, which the error of a write lacks.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
