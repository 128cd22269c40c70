"""Folders that are whole or not there at all, and that notice when they were damaged.

A folder is filled beside its place, gets a manifest (size and SHA-256 of each file
that matters), and is renamed: whoever is killed leaves the old folder or the new one
and never a mixture. This module refuses to know what the files hold.
"""

from __future__ import annotations

import csv
import ctypes
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.errors import UserError

MANIFEST = "MANIFEST.json"
PARTIAL = ".partial"  # how the names of unfinished folders end


def write_whole(folder: Path, fill: Callable[[Path], Iterable[str]]) -> None:
    """Makes `folder`, or replaces it, at one stroke.

    Args:
        folder: what stands there stays as it is until the new one is whole.
        fill: is called with an empty folder to write into; gives the names of the
            files, relative to it, that the manifest shall vouch for.

    Raises:
        OSError: the disk refuses; it names a file or the folder.
    """
    folder = folder.absolute()
    fresh = folder.with_name(f".{folder.name}.new{PARTIAL}")
    _remove(fresh)  # left by a run that was killed
    try:
        fresh.mkdir(parents=True)
        seal(fresh, fill(fresh))
        _move_into_place(fresh, folder)
    except OSError as error:
        error.filename = error.filename or str(folder)  # a write names no file
        raise
    finally:
        _remove(fresh)


def seal(folder: Path, names: Iterable[str]) -> None:
    """Writes the manifest of a folder that is full, and waits for the disk.

    Args:
        folder: is renamed afterwards.
        names: files, relative to it, that the manifest shall vouch for.
    """
    files = {name: _describe(folder / name) for name in names}
    write_json(folder / MANIFEST, {"files": files})
    _flush(folder)


def check_files(
    folder: Path, *, verify: bool, is_wanted: Callable[[str], bool]
) -> list[str]:
    """Names in the manifest of `folder`, each file compared with what it says.

    Args:
        folder: made by `write_whole`.
        verify: compare the hashes too (about 1 ms a MB), not only the sizes.
        is_wanted: which names; the other files are not looked at.

    Raises:
        UserError: naming the file that fails.
    """
    files = read_json(folder / MANIFEST).get("files")
    if not isinstance(files, dict):
        raise damaged(folder / MANIFEST, "it lists no files")
    wanted = {name: facts for name, facts in files.items() if is_wanted(name)}
    for name, facts in wanted.items():
        path = folder / name
        if not isinstance(facts, dict) or ".." in path.parts or name.startswith("/"):
            raise damaged(folder / MANIFEST, f"it says nonsense about {name!r}")
        if not path.is_file():
            raise damaged(path, "it is missing")
        size = path.stat().st_size
        if size != facts.get("size"):
            raise damaged(path, f"it has {size} bytes instead of {facts.get('size')}")
        if verify and _sha256(path) != facts.get("sha256"):
            raise damaged(path, f"its bytes are not those that {MANIFEST} vouches for")
    return list(wanted)


def write_json(path: Path, value: object) -> None:
    """Writes `value` for people and programs to read."""
    # ASCII, because a command line may hold bytes that are no characters.
    text = json.dumps(value, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="ascii")


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file `path`.

    Raises:
        UserError: there is no such file, or no object in it.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise damaged(path, "it is missing") from error
    except ValueError as error:  # no JSON, or not even text
        raise damaged(path, str(error)) from error
    if not isinstance(value, dict):
        raise damaged(path, "it holds no object")
    return value


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes `rows`, at least one, which all have the same keys."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def damaged(path: Path, what: str) -> UserError:
    """The error to raise about the file `path`."""
    return UserError(f"{path} is damaged: {what}. Copy it again, or make it anew.")


def _describe(path: Path) -> dict[str, Any]:
    return {"size": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    """Waits for the disk, or a rename could outlive a power cut and its bytes not."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:  # Windows flushes what can be written to
                os.fsync(file.fileno())


def _move_into_place(fresh: Path, folder: Path) -> None:
    """Gives `fresh` the name `folder`; what had it before is removed."""
    if not os.path.lexists(folder):
        fresh.rename(folder)
        return
    if _exchange(fresh, folder):
        return  # the old one is at `fresh` now and removed by the caller
    old = folder.with_name(f".{folder.name}.old{PARTIAL}")
    _remove(old)
    folder.rename(old)
    fresh.rename(folder)
    _remove(old)


def _exchange(first: Path, second: Path) -> bool:
    """Swaps two names in one step where the system can (Linux); False elsewhere."""
    try:
        renameat2 = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD of <fcntl.h>, RENAME_EXCHANGE of <linux/fs.h>
    return renameat2(here, bytes(first), here, bytes(second), exchange) == 0


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
