"""One run at a time for each model name.

Two runs that write the same `models/NAME.partial/` would destroy each other's work. A
lock of the operating system keeps them apart: it is gone when its process is gone,
however that ended, so nobody ever has to remove it by hand. This module refuses to
know what the run does.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from app.errors import UserError

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)

# What a file system without locks says (some network file systems).
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


@contextlib.contextmanager
def only_run_of(folder: Path) -> Iterator[None]:
    """Holds `folder` for this process while the block runs.

    Where the system or the disk has no locks, that is remarked on and nothing is
    protected: two runs of one name must then be kept apart by the person.

    Args:
        folder: the model folder that will be written; beside it, for the time of the
            run, lies the small file `.NAME.lock` with the number of the process.

    Raises:
        UserError: another process holds it.
    """
    path = folder.with_name(f".{folder.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _locked(path, folder)
    try:
        yield
    finally:
        if file is not None:
            path.unlink(missing_ok=True)  # while it is still ours
            file.close()


def _locked(path: Path, folder: Path) -> FileIO | None:
    """The lock file, held; None where there are no locks."""
    while fcntl is not None:
        file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            with file:
                raise _taken(file, folder) from error
        except OSError as error:
            file.close()
            if error.errno not in _NO_LOCKS:
                raise
            path.unlink(missing_ok=True)
            break
        if _is_still_there(file, path):
            with contextlib.suppress(OSError):  # a full disk; it is only for messages
                file.truncate(0)
                file.write(f"{os.getpid()}\n".encode())
            return file
        file.close()  # its last owner removed it just now; the name is free again
    logger.warning(
        "Files cannot be locked here: do not start a second run of %s.", folder.name
    )
    return None


def _is_still_there(file: FileIO, path: Path) -> bool:
    """Whether `path` is still the name of the open `file`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _taken(file: FileIO, folder: Path) -> UserError:
    file.seek(0)
    number = file.read(20).decode("ascii", "replace").strip()
    who = f"process {number}" if number.isdecimal() else "another process"
    return UserError(
        f"{folder} is being trained by {who}. Wait for its end, stop it with Ctrl-C "
        "and go on with --resume, or choose another --name."
    )
