"""Corpora that were read before: kept as tokens, found again by a fingerprint.

Files and ways of reading enter; a `TokenizedText` leaves, made now or by an earlier
run. The fingerprint holds the path, size and times of every file, and the very code
that reads and cuts them: when one of these changes, the corpus is read anew. A folder
that is damaged or half written is as good as none. It holds a person's whole text, so
only a few are kept, in a place that the person is told of.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from app.text.array_file import cannot_write
from app.text.readers import ReadOptions, num_bytes, statuses
from app.text.tokenized import TokenizedText

logger = logging.getLogger(__name__)

TOKENIZED = Path("models", ".tokenized")
"""Where the program keeps the corpora that it has cut."""

WORTH_KEEPING = 4 << 20  # bytes; a smaller corpus is read again in a few seconds
_CODE = Path(__file__).parent  # the room that reads and cuts
_MOST_CORPORA = 3
_FRESH = "new-"  # how the names of folders begin that are not whole yet
_ABANDONED = 86_400.0  # s; by a run that was killed


def tokenized(
    sources: Sequence[str],
    options: ReadOptions,
    make: Callable[[Path], TokenizedText],
    store: Path | None = None,
) -> TokenizedText:
    """The tokens of `sources`.

    Args:
        sources: see `read_documents`.
        options: how they are read.
        make: writes them into an empty folder and loads them from it.
        store: where they are kept for the next time, if they are worth it; None:
            nowhere. Standard input cannot be known again.

    Raises:
        UserError: a source cannot be read, or the disk is full.
    """
    is_worth_it = "-" not in sources and num_bytes(sources) >= WORTH_KEEPING
    if store is None or not is_worth_it:
        return _made_for_now(make)
    folder = store / _fingerprint(sources, options)
    text = _kept(folder)
    if text is not None:
        logger.info(
            "Not read again: %s holds the tokens of these very files; remove it to "
            "have them read anew.",
            folder,
        )
        return text
    return _made_to_keep(make, folder)


def _kept(folder: Path) -> TokenizedText | None:
    try:
        text = TokenizedText.load(folder)
        os.utime(folder)  # the least recently used goes first
    except (OSError, ValueError):
        return None
    return text


def _made_for_now(make: Callable[[Path], TokenizedText]) -> TokenizedText:
    """Tokens that are gone when nobody uses them any more."""
    folder = tempfile.mkdtemp(prefix="nextword-")
    try:
        text = make(Path(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(text, shutil.rmtree, folder, ignore_errors=True)
    return text


def _made_to_keep(make: Callable[[Path], TokenizedText], folder: Path) -> TokenizedText:
    """Tokens in `folder`, which is whole or not there."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=_FRESH, dir=folder.parent))
    except OSError as error:
        raise cannot_write(folder.parent, error) from error
    try:
        make(fresh)
        shutil.rmtree(folder, ignore_errors=True)  # damaged, or `_kept` had taken it
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        with contextlib.suppress(OSError):  # it holds others, or a first one failed
            folder.parent.rmdir()
    _keep_newest(folder.parent)
    return TokenizedText.load(folder)


def _keep_newest(store: Path) -> None:
    """Removes all but the corpora that were used last; each is as large as its text."""
    used = {folder: folder.stat().st_mtime for folder in store.iterdir()}
    whole = [folder for folder in used if not folder.name.startswith(_FRESH)]
    outdated = sorted(whole, key=used.__getitem__)[:-_MOST_CORPORA]
    abandoned = [
        folder
        for folder in used.keys() - whole
        if time.time() - used[folder] > _ABANDONED
    ]
    for folder in outdated + abandoned:
        shutil.rmtree(folder, ignore_errors=True)


def _fingerprint(sources: Sequence[str], options: ReadOptions) -> str:
    """Twenty hexadecimal digits that stand for the files and for how they are read."""
    facts = {
        "sources": list(sources),
        "options": asdict(options),
        "files": [
            (str(path.resolve()), it.st_size, it.st_mtime_ns, it.st_ctime_ns)
            for path, it in statuses(sources)
        ],
    }
    digest = hashlib.sha256(json.dumps(facts).encode())
    for path in sorted(_CODE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]
