"""One run at a time for each model name.

Two runs that write the same `models/NAME.partial/` would destroy each other's work.
This module refuses to know what the run does.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from app.errors import UserError
from app.files.lock import acquire, lock_path, release

logger = logging.getLogger(__name__)

_CURE = (
    "Wait for its end, stop it with Ctrl-C and go on with --resume, or choose another "
    "--name."
)


@contextlib.contextmanager
def only_run_of(folder: Path, cure: str = _CURE) -> Iterator[None]:
    """Holds `folder` for this process while the block runs.

    Where the system or the disk has no locks, that is remarked on and nothing is
    protected: two runs of one name must then be kept apart by the person.

    Args:
        folder: the model folder that will be written; beside it, for the time of the
            run, lies the small file `.NAME.lock` with the number of the process.
        cure: what to do where another process holds it, as a sentence.

    Raises:
        UserError: another process holds it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = acquire(folder, wait=False)
    except BlockingIOError as error:
        raise _taken(folder, cure) from error
    if file is None:
        logger.warning(
            "Files cannot be locked here: do not start a second run of %s.", folder.name
        )
    else:
        with contextlib.suppress(OSError):  # a full disk; it is only for messages
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
    try:
        yield
    finally:
        release(folder, file)


def _taken(folder: Path, cure: str) -> UserError:
    number = ""
    with contextlib.suppress(OSError):  # it may just have been given back
        number = lock_path(folder).read_text("ascii", "replace")[:20].strip()
    who = f"process {number}" if number.isdecimal() else "another process"
    return UserError(f"{folder} is being trained by {who}. {cure}")
