"""The personal memory of a server: a file that models listen to.

The file may be changed by others meanwhile, `python -m app memory` among them: what is
in it counts from the next question on.
"""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Lock

from app.errors import UserError
from app.files.whole_file import check_place
from app.suggestion.memory import Memory
from app.suggestion.memory_file import changing, load_memory
from app.text.characters import check_characters
from app.text.tokenizer import Tokenizer

_logger = logging.getLogger(__name__)


class PersonalMemory:
    """What a person has accepted so far.

    Args:
        path: of the file, which may be missing yet.

    Raises:
        UserError: the file is damaged or something else, or could not be written.
    """

    def __init__(self, path: Path) -> None:
        check_place(path)
        self._path = path
        self._lock = Lock()
        self._stamp = self._look()
        self._memory = load_memory(path)

    def now(self) -> Memory:
        """What is in the file; the same object as long as nothing changes there.

        A file that was damaged meanwhile is told of, and not listened to. What is wrong
        in it stays out of the log, since it may quote a word.
        """
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._memory = load_memory(self._path)
                except (UserError, OSError):
                    _logger.warning(
                        "%s is no memory any more, or damaged; what was in it before "
                        "is used. `python -m app memory %s list` tells more.",
                        self._path,
                        self._path,
                    )
            return self._memory

    def accept(self, text: str, tokenizer: Tokenizer) -> int:
        """Learns from a text; how many words it knows then.

        Raises:
            UserError: `text` holds what is no character, or the file is damaged.
        """
        check_characters(text)
        with changing(self._path) as memory:
            memory.accept(tokenizer.tokenize(text))
            return len(memory.words)

    def _look(self) -> tuple[int, ...] | None:
        """Changes with the file: number, size, time; None where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns
