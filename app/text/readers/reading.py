"""Files to documents: found, unpacked, recognised, read, and told of at the end.

Paths, folders, patterns and `-` enter; documents leave one by one, so that files of
rows need no more memory than a row.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from app.errors import UserError
from app.text.readers.archives import unpack
from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.formats import (
    FORMATS,
    foreign_encoding,
    is_one_file,
    recognise,
)
from app.text.readers.inputs import Input
from app.text.readers.recoding import in_utf8
from app.text.readers.report import Report
from app.text.readers.wiki import sample_path

_MAX_SHOWN = 100  # characters of a name that is none


def read_sources(sources: Sequence[str], options: ReadOptions) -> Iterator[Document]:
    """Yields the documents of `sources`, files sorted by path within a folder.

    Raises:
        UserError: a source is missing, or holds no text; a file inside a folder, a
            pattern or an archive is counted and left out instead.
    """
    report = Report()
    _check_field(options)
    seen: set[Path] = set()
    for source in sources:
        if source == "-":
            yield from _read_named("standard input", sys.stdin.buffer, options, report)
            continue
        for path in find_files(source):
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            documents = _read_path(path, options, report)
            if path == Path(source):
                yield from documents
            else:
                yield from _counted(documents, report)
    report.show(sources)


def files_of(sources: Sequence[str]) -> list[Path]:
    """The files that `sources` stand for, or that of the bundled sample.

    Raises:
        UserError: one of them is missing.
    """
    if not sources:
        return [sample_path()]
    named = [source for source in sources if source != "-"]
    return [path for source in named for path in find_files(source)]


def num_bytes(sources: Sequence[str]) -> int:
    """The size of all files of `sources`, packed as they are; 0 for standard input.

    Raises:
        UserError: one of them is missing.
    """
    return sum(status.st_size for _, status in statuses(sources))


def statuses(sources: Sequence[str]) -> list[tuple[Path, os.stat_result]]:
    """The files of `sources` and what the system says of each.

    Raises:
        UserError: one of them is missing.
    """
    found = []
    for path in files_of(sources):
        with contextlib.suppress(OSError):  # gone since it was listed
            found.append((path, path.stat()))
    return found


def find_files(source: str) -> list[Path]:
    """The files that a path, folder or pattern stands for, sorted."""
    if not source:  # to Path it is the current folder; to a person, a forgotten name
        raise UserError("An empty name was given where a file or folder is expected.")
    path = Path(source)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # also a text that was given as a name
        return _matches(source)
    if stat.S_ISDIR(mode):
        # Names that begin with a dot are editors' and version control's own.
        return sorted(
            p
            for p in path.rglob("*")
            if p.is_file()
            and not any(part.startswith(".") for part in p.relative_to(path).parts)
        )
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or _is_standard_input(path)):
        raise UserError(
            f"{source}: is a device or a socket, not a file. Give a file, a folder, a "
            "pattern, or - for standard input."
        )
    return [path]


def _matches(pattern: str) -> list[Path]:
    try:
        found = [Path(p) for p in glob.glob(pattern, recursive=True)]
    except (OSError, ValueError, re.error):
        found = []
    files = sorted(p for p in found if p.is_file())
    if not files:
        shown = pattern if len(pattern) <= _MAX_SHOWN else f"{pattern[:_MAX_SHOWN]} ..."
        raise UserError(
            f"{shown}: there is no such file, folder or pattern that matches a file. "
            f"Check the spelling; names are looked up from {Path.cwd()} on."
        )
    return files


def _is_standard_input(path: Path) -> bool:
    """Whether `path` is one of its names, such as /dev/stdin."""
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdin.fileno()))
    except (OSError, ValueError, AttributeError):  # it is closed, or none
        return False


def _read_path(path: Path, options: ReadOptions, report: Report) -> Iterator[Document]:
    try:
        with path.open("rb") as stream:
            yield from _read_named(str(path), stream, options, report)
    except OSError as error:  # gone since it was listed, not allowed, a broken disk
        raise Unreadable(
            str(path),
            "cannot be read",
            "Check that it is there and that you may read it.",
            f": {error.strerror or error}",
        ) from error


def _counted(documents: Iterator[Document], report: Report) -> Iterator[Document]:
    """The documents of one of many files, which may be unreadable."""
    try:
        yield from documents
    except Unreadable as error:
        report.skip("file", error.reason, error.name)


def _read_named(
    name: str, stream: IO[bytes], options: ReadOptions, report: Report
) -> Iterator[Document]:
    """The documents of one file, whatever is packed in it.

    Raises:
        Unreadable: nothing in it is text.
    """
    num_before, skips_before = report.num_documents, report.counts()
    with Input(name, stream) as source:
        for inner in unpack(source, report, is_one_file):
            yield from _read_unpacked(inner, options, report)
    if report.num_documents > num_before:
        return
    skips = report.skips_since(skips_before)
    if skips:
        raise Unreadable(
            name, "holds no text that is read", "Give a file that does.", f": {skips}"
        )
    raise Unreadable(
        name,
        "is empty",
        "Give a file that holds text.",
        f" ({len(source.head):,} bytes, no text in them)",
    )


def _read_unpacked(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """The documents of one file that is not packed any more; counts them."""
    num_before = report.num_documents
    try:
        name = recognise(source, options, report)
        file_format = FORMATS[name]
        if options.field and not file_format.has_fields:
            report.decide(source.name, f"is read as {name}, which knows no --field")
        recoded = in_utf8(source, foreign_encoding(source, options, name), report)
        for document in file_format.read(recoded, options, report):
            if document.paragraphs:
                report.read(name, document)
                yield document
    except Unreadable as error:
        if not source.is_member:
            raise
        report.skip("file", error.reason, error.name)
        return
    if report.num_documents > num_before:
        report.finished(name)
    elif source.is_member:
        report.skip("file", "is empty", source.name)


def _check_field(options: ReadOptions) -> None:
    if options.field is None or options.file_format == "auto":
        return
    if not FORMATS[options.file_format].has_fields:
        known = ", ".join(name for name, entry in FORMATS.items() if entry.has_fields)
        raise UserError(
            f"--field {options.field}: the format {options.file_format} has no fields. "
            f"Leave it out, or choose one of these formats: {known}."
        )
