"""Packages: what lies inside `.gz`, `.bz2`, `.xz` and `.zip`, one inside another.

An `Input` enters, the `Input`s inside it leave. Nothing is ever written under a name
that an archive holds, so `../../x` in one is a name like any other.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
from collections.abc import Callable, Iterator
from typing import IO, cast

from app.text.readers.document import Unreadable
from app.text.readers.inputs import (
    ZIP_MAGIC,
    Budget,
    Input,
    counted,
    open_member,
    open_zip,
    unpacked,
)
from app.text.readers.report import Report

_MAX_NESTING = 4  # a.zip, in it b.zip, in it c.txt.gz, and one to spare
_PACKERS: tuple[tuple[bytes, str, Callable[[IO[bytes]], IO[bytes]]], ...] = (
    (b"\x1f\x8b", ".gz", lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream))),
    (b"BZh", ".bz2", lambda stream: cast(IO[bytes], bz2.BZ2File(stream))),
    (b"\xfd7zXZ\0", ".xz", lambda stream: cast(IO[bytes], lzma.LZMAFile(stream))),
)


def unpack(
    source: Input, report: Report, is_whole: Callable[[Input], bool]
) -> Iterator[Input]:
    """Yields the files inside `source`, or `source` where it is no package.

    Args:
        source: what may be packed.
        report: is told of members that are left out.
        is_whole: whether a zip archive is one file of its own kind, like .epub.
    """
    yield from _unpack(source, report, is_whole, None, 0)


def _unpack(
    source: Input,
    report: Report,
    is_whole: Callable[[Input], bool],
    budget: Budget | None,
    depth: int,
) -> Iterator[Input]:
    opener = _opener(source)
    is_zip = source.head.startswith(ZIP_MAGIC) and not is_whole(source)
    if opener is None and not is_zip:
        yield source
        return
    if depth == _MAX_NESTING:
        raise Unreadable(
            source.name,
            f"is packed more than {_MAX_NESTING} times over",
            "Unpack it and name the files in it.",
        )
    if is_zip:
        budget = budget or Budget(source.seekable)
        yield from _members(source, report, is_whole, budget, depth)
        return
    if budget is None:
        budget = Budget(source.original)
    packed: IO[bytes] = source.stream
    if depth == 0 and not source.original.seekable():
        packed = counted(packed, budget)
    extension, open_packed = cast(tuple[str, Callable[[IO[bytes]], IO[bytes]]], opener)
    name = source.name.removesuffix(extension)
    stream = unpacked(open_packed(packed), source.name, budget)
    with stream, Input(name, stream, is_member=source.is_member) as inner:
        yield from _unpack(inner, report, is_whole, budget, depth + 1)


def _opener(source: Input) -> tuple[str, Callable[[IO[bytes]], IO[bytes]]] | None:
    for magic, extension, opener in _PACKERS:
        if source.head.startswith(magic):
            return extension, opener
    return None


def _members(
    source: Input,
    report: Report,
    is_whole: Callable[[Input], bool],
    budget: Budget,
    depth: int,
) -> Iterator[Input]:
    """The files in a zip archive, each unpacked further where it is packed itself."""
    with open_zip(source) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if info.filename.endswith("/") or _is_hidden(info.filename):
                continue
            name = f"{source.name}/{info.filename}"
            if info.flag_bits & 1:
                report.skip("file", "is locked with a password", name)
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                report.skip("file", "is a link to another file", name)
                continue
            try:
                stream = open_member(archive, info, name, budget)
                with stream, Input(name, stream, is_member=True) as inner:
                    yield from _unpack(inner, report, is_whole, budget, depth + 1)
            except Unreadable as error:
                report.skip("file", error.reason, error.name)


def _is_hidden(name: str) -> bool:
    """Names that begin with a dot, and what a Mac adds to every archive."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return not parts or any(p.startswith(".") or p == "__MACOSX" for p in parts)
