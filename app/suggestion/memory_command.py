"""`python -m app memory`: lines to print about a memory, and changes to it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.errors import UserError
from app.settings import MemorySettings
from app.suggestion.memory import Memory, Word
from app.suggestion.memory_file import changing, load_memory, save_memory
from app.text.tokenizer import Tokenizer

_FOLLOWING_SHOWN = 5

logger = logging.getLogger(__name__)


def use_memory(settings: MemorySettings) -> Iterator[str]:
    """Does what was asked for.

    Yields:
        A line for each word: as it is written, what it counts now, and what followed
        it most often, with tabs between them.

    Raises:
        UserError: there is no such memory, word or file, or it is damaged.
    """
    path, argument = Path(settings.file), settings.argument or ""
    if settings.action not in ("accept", "import") and not path.exists():
        raise UserError(
            f"{path}: there is no memory yet. Name another file, or let it learn: "
            f"python -m app memory {path} accept TEXT."
        )
    if settings.action == "list":
        memory = load_memory(path)
        yield from _lines(memory, memory.ranked())
    elif settings.action == "search":
        memory = load_memory(path)
        yield from _lines(memory, memory.search(argument))
    elif settings.action == "export":
        _export(load_memory(path), Path(argument))
    else:
        with changing(path) as memory:
            _change(memory, settings.action, argument)


def _change(memory: Memory, action: str, argument: str) -> None:
    """Accepts, forgets, clears or imports; says on stderr what was done."""
    if action == "accept":
        text = sys.stdin.read() if argument == "-" else argument
        tokens = Tokenizer().tokenize(text)
        memory.accept(tokens)
        logger.info("Learned from %s words and marks.", f"{len(tokens):,}")
    elif action == "forget":
        if not memory.forget(argument):
            raise _not_held(argument)
        logger.info("Forgotten: %s.", argument)
    elif action == "clear":
        logger.info("Forgotten: all %s words.", f"{len(memory.words):,}")
        memory.clear()
    else:
        other = Path(argument)
        if not other.exists():
            raise UserError(f"{other} is not there. Give the file of a memory.")
        memory.merge(load_memory(other))
        logger.info("The memory holds %s words now.", f"{len(memory.words):,}")


def _not_held(text: str) -> UserError:
    tokens = Tokenizer().tokenize(text)
    cure = "See what it holds with: list, or search."
    if len(tokens) > 1:
        parts = ", ".join(tokens)
        cure = f"It keeps words and parts of words one by one; here these: {parts}."
    return UserError(
        f"The memory does not hold {text!r}, so there is nothing to forget. {cure}"
    )


def _export(memory: Memory, path: Path) -> None:
    if path.exists():
        raise UserError(f"{path} is there already. Remove it, or name another file.")
    save_memory(memory, path)
    logger.info("Written: %s.", path)


def _lines(memory: Memory, ranked: Iterable[tuple[Word, float]]) -> Iterator[str]:
    for word, count in ranked:
        following = memory.following(word)[:_FOLLOWING_SHOWN]
        words = ", ".join(written for written, _ in following)
        yield f"{word.written}\t{count:.1f}\t{words}".rstrip("\t")
