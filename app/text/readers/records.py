"""Records: JSON, one object a line or one file of them, and Parquet.

`Input`s enter, documents leave. A malformed line is counted and left out; a malformed
file is refused with the place of the mistake. Lines are read one by one, a whole JSON
file at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.errors import UserError
from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.encodings import read_text, text_lines
from app.text.readers.fields import Row, read_rows, requested_fields
from app.text.readers.inputs import Input
from app.text.readers.report import Report

_MAX_SHORT_HEAD = 10_000  # characters; a longer one may end inside a line
_PLAIN = "value"  # the name of a text that stands alone, without a key


def read_jsonl(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the objects (or strings) of a file with one a line."""
    rows = _line_rows(source, report)
    yield from read_rows(source, rows, options, report)


def read_json(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the objects of a list, wherever in the file it is; else the file itself.

    Raises:
        Unreadable: it is not JSON.
    """
    text = read_text(source, report)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(
            source.name,
            "is not JSON",
            "Correct it there; for a file with one object a line: --format jsonl.",
            f": line {error.lineno}, column {error.colno}: {error.msg}",
        ) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            source.name, "is not JSON", "Correct it.", f": {error}"
        ) from error
    yield from read_rows(source, _value_rows(value), options, report)


def read_parquet(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the rows of a Parquet file, a thousand in memory at a time.

    Raises:
        Unreadable: pyarrow cannot read it.
    """
    rows = _parquet_rows(source, options)
    yield from read_rows(source, rows, options, report)


def _parquet_rows(source: Input, options: ReadOptions) -> Iterator[Row]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UserError(
            f"{source.name}: Parquet files need pyarrow. Run: pip install pyarrow"
        ) from error

    try:
        file = parquet.ParquetFile(source.seekable)
        names = file.schema_arrow.names
        columns = None
        if options.field is not None:  # others need not even be read
            wanted = requested_fields(options.field, names)
            columns = wanted if set(wanted) <= set(names) else None
        number = 0
        for batch in file.iter_batches(batch_size=1000, columns=columns):
            for values in batch.to_pylist():
                number += 1
                yield Row(f"row {number}", values)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())[:200]
        raise Unreadable(
            source.name,
            "is not a whole Parquet file",
            "It is probably cut short; copy it again.",
            f": {detail}",
        ) from error


def is_json_lines(head: str) -> bool:
    """Whether the first two lines are each a JSON value of their own."""
    lines = [line for line in head.split("\n")[:10] if line.strip()]
    if len(lines) < 2 or not lines[0].lstrip().startswith(("{", '"')):
        return False
    if len(head) > _MAX_SHORT_HEAD and len(lines) == 2:
        lines.pop()  # the second may be cut off
    try:
        return all(isinstance(json.loads(line), (dict, str)) for line in lines[:2])
    except (ValueError, RecursionError):
        return False


def _line_rows(source: Input, report: Report) -> Iterator[Row]:
    for number, line in enumerate(text_lines(source, report), start=1):
        if not line.strip():
            continue
        where = f"{source.name}, line {number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            detail = getattr(error, "msg", str(error))
            report.skip("line", "is not JSON", f"{where}: {detail}")
            continue
        row = _row(f"line {number}", value)
        if row is None:
            report.skip("line", "is JSON, but neither object nor text", where)
        else:
            yield row


def _value_rows(value: Any) -> Iterator[Row]:
    """A list as its members; an object with a list of objects as that list."""
    if isinstance(value, dict):
        lists = [
            inner
            for inner in value.values()
            if isinstance(inner, list) and inner and isinstance(inner[0], dict)
        ]
        value = lists[0] if len(lists) == 1 else [value]
    for number, item in enumerate(
        value if isinstance(value, list) else [value], start=1
    ):
        row = _row(f"item {number}", item)
        if row is not None:
            yield row


def _row(place: str, value: Any) -> Row | None:
    if isinstance(value, dict):
        return Row(place, value)
    return Row(place, {_PLAIN: value}) if isinstance(value, (str, list)) else None
