"""The personal memory as a file: readable JSON, whole or not there at all.

Every change reads the file, changes it and replaces it while no other process can, so
that two that learn at the same time lose nothing of each other's. Nobody but its owner
may read the file.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.files.lock import acquire, release
from app.files.whole_file import whole_file
from app.suggestion.memory import Count, Memory, Word

_FORMAT = "nextword memory 1"
_OWNER_ALONE = 0o600

logger = logging.getLogger(__name__)


def load_memory(path: Path) -> Memory:
    """The memory in a file; empty where there is none yet.

    Raises:
        UserError: the file is damaged or something else.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Memory()
    except IsADirectoryError as error:
        raise UserError(f"{path} is a folder. Name the file of a memory.") from error
    try:
        return _read(json.loads(content.decode("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path} is no memory, or damaged: {_what(error)}. Put back an exported "
            "one, or remove the file to begin with an empty memory."
        ) from error


def save_memory(memory: Memory, path: Path) -> None:
    """Writes a memory in the place of whatever was there."""
    with whole_file(path) as file:
        Path(file.name).chmod(_OWNER_ALONE)
        text = json.dumps(_described(memory), ensure_ascii=False, indent=1)
        # Half characters can be typed, but not stored.
        file.write(text.encode("utf-8", "replace") + b"\n")


@contextlib.contextmanager
def changing(path: Path) -> Iterator[Memory]:
    """The memory in a file, which is written again when the block has ended well.

    Raises:
        UserError: the file is damaged, or its folder is not there.
    """
    if not path.parent.is_dir():
        raise UserError(f"{path}: there is no folder {path.parent}. Make it first.")
    lock = acquire(path, wait=True)
    if lock is None:
        logger.warning(
            "Files cannot be locked here: let one program at a time use %s.", path
        )
    try:
        memory = load_memory(path)
        yield memory
        save_memory(memory, path)
    finally:
        release(path, lock)


def _described(memory: Memory) -> dict[str, Any]:
    """A memory as it is written."""
    return {
        "format": _FORMAT,
        "accepted": memory.accepted,
        "words": {
            key: {
                "written": word.written,
                "count": _pair(word.count),
                "following": {k: _pair(it) for k, it in word.following.items()},
            }
            for key, word in memory.words.items()
        },
    }


def _pair(count: Count) -> list[float]:
    return [round(count.weight, 6), count.last]


def _read(content: Any) -> Memory:
    """The memory that `_described` wrote.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it did not write this.
    """
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(f'it does not say "format": "{_FORMAT}"')
    memory = Memory()
    memory.accepted = _whole_number(content["accepted"])
    for key, facts in content["words"].items():
        following = {
            k: _count(it, memory.accepted) for k, it in facts["following"].items()
        }
        written = facts["written"]
        if not isinstance(written, str):
            raise ValueError(f"the word {key!r} is written {written!r}")
        memory.words[key] = Word(
            written, _count(facts["count"], memory.accepted), following
        )
    for word in memory.words.values():
        if unknown := word.following.keys() - memory.words.keys():
            raise ValueError(f"the word {min(unknown)!r} follows one and is missing")
    return memory


def _count(pair: Any, accepted: int) -> Count:
    weight, last = pair
    is_number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
    if not (is_number and math.isfinite(weight) and weight >= 0):
        raise ValueError(f"{weight!r} is no count")
    if _whole_number(last) > accepted:
        raise ValueError(f"{last} is more than the {accepted} tokens accepted")
    return Count(float(weight), last)


def _whole_number(value: Any) -> int:
    if type(value) is not int or value < 0:  # True is an int to isinstance
        raise ValueError(f"{value!r} is no whole number")
    return value


def _what(error: Exception) -> str:
    """What is wrong with a file, in words."""
    if isinstance(error, KeyError):
        return f"the entry {error} is missing"
    if isinstance(error, ValueError):
        return str(error)
    return "it is built in another way"
