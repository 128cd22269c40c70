"""Locks of the operating system: gone when their process is gone, however that ended.

So nobody ever has to remove one by hand. The file that is locked is a small one beside
what it protects, because that is replaced as a whole and never locked itself.
"""

from __future__ import annotations

import errno
import os
from io import FileIO
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

# What a file system without locks says (some network file systems).
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def lock_path(path: Path) -> Path:
    """The file that is locked to protect `path`: `.NAME.lock` beside it."""
    return path.with_name(f".{path.name}.lock")


def acquire(path: Path, *, wait: bool) -> FileIO | None:
    """The lock file that protects `path`, held; None where there are no locks.

    Args:
        path: a file or folder; its own folder is there.
        wait: until whoever holds it lets go, else it is refused at once.

    Raises:
        BlockingIOError: another process holds it.
    """
    path = lock_path(path)
    while fcntl is not None:
        file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            file.close()
            if error.errno not in _NO_LOCKS:
                raise
            path.unlink(missing_ok=True)
            break
        if _is_still_there(file, path):
            return file
        file.close()  # its last owner removed it just now; the name is free again
    return None


def release(path: Path, file: FileIO | None) -> None:
    """Gives back what `acquire` gave for `path`."""
    if file is not None:
        lock_path(path).unlink(missing_ok=True)  # while it is still ours
        file.close()


def _is_still_there(file: FileIO, path: Path) -> bool:
    """Whether `path` is still the name of the open `file`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
