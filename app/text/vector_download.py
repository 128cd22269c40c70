"""`gensim:NAME`: a file of vectors out of the collection that gensim publishes.

A name enters, the path of a checked file leaves. Only the data file is fetched, over
HTTPS; the code that lies beside it in that collection is neither fetched nor run.
Nothing is fetched unless the user asks for it by name, and nothing twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import logging
import os
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from app.errors import UserError

logger = logging.getLogger(__name__)

GENSIM_PREFIX = "gensim:"

# The same addresses as in gensim/downloader.py.
CATALOGUE = (
    "https://raw.githubusercontent.com/RaRe-Technologies/gensim-data/master/list.json"
)
RELEASES = "https://github.com/RaRe-Technologies/gensim-data/releases/download"

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_PIECE = 2**20
_MOST_CATALOGUE = 2**24  # bytes; it has 30,000
_MOST_PARTS = 10  # their numbers have one digit
_TIMEOUT = 30.0  # s without a byte
_REMARK_EVERY = 20.0  # s


def download_vectors(name: str, folder: Path) -> Path:
    """The file of the vectors `name`, fetched into `folder` unless it is there.

    Raises:
        UserError: no such vectors, no connection, or a wrong checksum.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"--embeddings {GENSIM_PREFIX}{name}: is no name. Expected one of gensim's "
            "list, for instance gensim:glove-twitter-25."
        )
    path = folder / f"{GENSIM_PREFIX[:-1]}-{name}.gz"
    if path.is_file():  # only a file with the right checksum ever got this name
        return path
    parts = _parts(name, _read_catalogue())
    logger.info("Downloading %s to %s ...", name, path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            for address, checksum in parts:
                _fetch(address, checksum, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _read_catalogue() -> dict[str, Any]:
    """The list that gensim publishes: names, parts and checksums of vectors."""
    with _reaching(CATALOGUE), _get(CATALOGUE) as answer:
        data = answer.read(_MOST_CATALOGUE)
    try:
        models = json.loads(data)["models"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{CATALOGUE}: is not gensim's list of vectors ({error}). Download the "
            "file yourself and give its path."
        ) from error
    return {key: value for key, value in models.items() if isinstance(value, dict)}


def _parts(name: str, models: dict[str, Any]) -> list[tuple[str, str]]:
    """Address and MD5 of each part; together they are one .gz."""
    if name not in models:
        names = ", ".join(sorted(key for key in models if not key.startswith("__")))
        raise UserError(
            f"--embeddings {GENSIM_PREFIX}{name}: gensim's list has no such vectors. "
            f"It has: {names}."
        )
    entry = models[name]
    number = entry.get("parts", 1)
    if not isinstance(number, int) or not 1 <= number <= _MOST_PARTS:
        raise UserError(
            f"--embeddings {GENSIM_PREFIX}{name}: gensim's list says that it has "
            f"{number!r} parts. Download the file yourself and give its path."
        )
    base = f"{RELEASES}/{name}/{name}.gz"
    if number == 1:
        parts = [(base, entry.get("checksum"))]
    else:
        parts = [(f"{base}_0{i}", entry.get(f"checksum-{i}")) for i in range(number)]
    if not all(isinstance(checksum, str) for _, checksum in parts):
        raise UserError(
            f"--embeddings {GENSIM_PREFIX}{name}: gensim's list has no checksum for "
            "it, so it cannot be checked. Download the file yourself and give its path."
        )
    return parts


def _fetch(address: str, checksum: str, file: BinaryIO) -> None:
    """Appends what lies at `address` to `file`; refuses another checksum.

    MD5 is all that the list has. It tells a damaged file; that nobody has swapped
    both, file and list, is left to HTTPS.
    """
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    remarked = time.monotonic()
    for piece in _pieces(address):
        digest.update(piece)
        file.write(piece)
        done += len(piece)
        if time.monotonic() - remarked > _REMARK_EVERY:
            logger.info("... %d MB", done // 1_000_000)
            remarked = time.monotonic()
    if digest.hexdigest() != checksum:
        raise UserError(
            f"{address}: what came ({done:,} bytes) has MD5 {digest.hexdigest()}, but "
            f"gensim's list says {checksum}. Try again; if it stays so, do not use it."
        )


def _pieces(address: str) -> Iterator[bytes]:
    with _reaching(address), _get(address) as answer:
        while piece := answer.read(_PIECE):
            yield piece


def _get(address: str) -> http.client.HTTPResponse:
    return urllib.request.urlopen(address, timeout=_TIMEOUT)


@contextlib.contextmanager
def _reaching(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise UserError(
            f"{address}: cannot be fetched: {error}. Check the connection, or download "
            "the file elsewhere and give its path."
        ) from error
