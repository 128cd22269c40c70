"""Vectors that were read before: one small file for each source and vocabulary.

A source's path, the wanted words and what was found enter; the same comes back, as
long as neither the file nor the vocabulary has changed. The file is HDF5 behind a
block of our own: HDF5's library has known holes, so it is shown nothing before a
digest says that the bytes are those that Nextword wrote. A file that is half
written, damaged or out of date is as good as none: it is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import time
from pathlib import Path

import numpy as np

from app.text.vector_formats.rows import Found, Wanted

logger = logging.getLogger(__name__)

ENDING = ".cache.h5"
_MAGIC = b"Nextword's cache of vectors, 1\n"
_BLOCK = 512  # the smallest user block of HDF5; ours holds magic, digest, padding
_SAMPLE = 2**16
_NUM_SAMPLES = 64
_MOST_FILES = 8
_UNFINISHED = ".tmp"
_ABANDONED = 3600.0  # s; writing one takes less than a second


def cache_path(
    folder: Path, source: Path, wanted: Wanted, beside: tuple[Path, ...] = ()
) -> Path:
    """Where the vectors of `wanted` out of `source` are kept.

    Args:
        folder: of all caches.
        source: the file of vectors.
        wanted: what is looked for in it.
        beside: further files that the vectors depend on.
    """
    digest = hashlib.sha256(_MAGIC)
    for path in (source, *beside):
        digest.update(_fingerprint(path))
    for words in (sorted(wanted.spellings), wanted.words):
        for word in words:
            digest.update(word.encode() + b"\0")
        digest.update(b"\1")
    return folder / f"{source.name[:80]}-{digest.hexdigest()[:20]}{ENDING}"


def load(path: Path) -> Found | None:
    """What `save` wrote to `path`; None where it did not or something is amiss."""
    try:
        with path.open("rb") as file:
            block = file.read(_BLOCK)
            expected = block[len(_MAGIC) : len(_MAGIC) + 32]
            if not block.startswith(_MAGIC):
                return None
            if hashlib.file_digest(file, "sha256").digest() != expected:
                logger.warning("%s: is damaged and made anew.", path)
                return None
    except OSError:
        return None
    import h5py  # 0.2 s

    with h5py.File(path, "r") as file:
        words = file["words"][()].tobytes().decode().split("\0")
        vectors = file["vectors"][()]
        num_own = int(file.attrs["num_own"])
    os.utime(path)  # the least recently used goes first
    own = dict(zip(words[:num_own], vectors, strict=False))
    return Found(own, dict(zip(words[num_own:], vectors[num_own:], strict=False)))


def save(path: Path, found: Found) -> None:
    """Keeps `found` for the next time; a folder that refuses is only remarked on."""
    if not found.own and not found.composed:
        return
    temporary = path.with_name(f"{path.name}.{os.getpid()}{_UNFINISHED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(temporary, found)
        _seal(temporary)
        temporary.replace(path)
        _keep_newest(path.parent)
    except OSError as error:
        logger.warning("The vectors are not kept for the next time: %s", error)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write(path: Path, found: Found) -> None:
    import h5py  # 0.2 s

    words = [*found.own, *found.composed]
    vectors = [*found.own.values(), *found.composed.values()]
    with h5py.File(path, "w", userblock_size=_BLOCK) as file:
        letters = np.frombuffer("\0".join(words).encode(), np.uint8)
        file.create_dataset("words", data=letters)
        shape = len(vectors), len(vectors[0])
        table = file.create_dataset("vectors", shape, np.float32)
        for start in range(0, len(vectors), 1024):  # no second copy of all of them
            table[start : start + 1024] = np.stack(vectors[start : start + 1024])
        file.attrs["num_own"] = len(found.own)


def _seal(path: Path) -> None:
    """Writes magic and digest into the block before HDF5's own beginning."""
    with path.open("r+b") as file:
        file.seek(_BLOCK)
        digest = hashlib.file_digest(file, "sha256").digest()
        file.seek(0)
        file.write(_MAGIC + digest)
        file.flush()
        os.fsync(file.fileno())


def _fingerprint(path: Path) -> bytes:
    """Size, times, and SHA-256 of 64 samples: of a small file all of it.

    Reading a gigabyte takes seconds, and the second time is to be instant. A file
    changed between the samples has another time of change, which nobody can set.
    """
    status = path.stat()
    facts = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    digest = hashlib.sha256(repr(facts).encode())
    step = max((status.st_size - _SAMPLE) // (_NUM_SAMPLES - 1), _SAMPLE)
    with path.open("rb") as file:
        for start in range(0, status.st_size, step):
            file.seek(start)
            digest.update(file.read(_SAMPLE))
    return digest.digest()


def _keep_newest(folder: Path) -> None:
    """Removes all but the caches that were used last; each may be 25 MB."""
    caches = sorted(folder.glob("*" + ENDING), key=lambda p: p.stat().st_mtime)
    for path in caches[:-_MOST_FILES]:
        with path.open("rb") as file:
            is_ours = file.read(len(_MAGIC)) == _MAGIC
        if is_ours:
            path.unlink()
    for path in folder.glob(f"*{ENDING}.*{_UNFINISHED}"):  # of runs that were killed
        if time.time() - path.stat().st_mtime > _ABANDONED:
            path.unlink(missing_ok=True)
