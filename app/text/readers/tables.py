"""Tables as text: CSV and TSV, row by row.

`Input`s enter, documents leave. The separator, the header and odd quoting are
recognised from the first lines; a row of another length than the header is counted
and left out. This module does not choose the column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.encodings import text_lines
from app.text.readers.fields import Row, read_rows, requested_fields
from app.text.readers.inputs import Input
from app.text.readers.report import Report

_MAX_CELL = 1 << 24  # characters; a longer one is a quotation mark that never closes
_MAX_UNCLOSED = 1000  # quotation marks; each costs a reading of what it takes in
_SAMPLE_LINES = 200
_MIN_TABLE_LINES = 4  # fewer may be anything
_SEPARATORS = (",", ";", "\t", "|")
_NO_SEPARATOR = "\x1f"  # which no text has
_SEPARATOR_NAMES = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    _NO_SEPARATOR: "nothing",
}
_HEADER_CELL = re.compile(r"[^\W\d][\w .()/#&+:-]{0,59}")
_MAX_HEADER_WORDS = 5
_HEADER_CONTRAST = 2.0  # cells of a text column are that much longer than its name
_QUOTED_CELL = re.compile(r'(?m)(?:^|\t)"(?:[^"\n]|"")*"(?:\t|$)')
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,:/ -]*")


class _Lines:
    """Lines with their ends, and the last ones remembered until a row is whole."""

    def __init__(self, lines: Iterable[str], start: int) -> None:
        self._lines = iter(lines)
        self.number = start
        self.since_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.since_row.append(line)
        return line + "\n"

    def again(self, lines: list[str]) -> None:
        """Makes `lines`, the last ones that were read, come once more."""
        self._lines = chain(lines, self._lines)
        self.number -= len(lines)


def read_csv(source: Input, options: ReadOptions, report: Report) -> Iterator[Document]:
    """Yields the rows of a table with commas, semicolons, tabs or bars between."""
    yield from _read(source, _SEPARATORS, options, report)


def read_tsv(source: Input, options: ReadOptions, report: Report) -> Iterator[Document]:
    """Yields the rows of a table with tabs between."""
    yield from _read(source, ("\t",), options, report)


def _read(
    source: Input, separators: Sequence[str], options: ReadOptions, report: Report
) -> Iterator[Document]:
    lines = iter(text_lines(source, report))
    sample = list(islice(lines, _SAMPLE_LINES))
    separator = _separator(sample, separators)
    dialect = _dialect(sample, separator)
    num_remarks = _num_remarks(sample, dialect)
    sample = sample[num_remarks:]
    wanted = options.field and requested_fields(options.field, ())
    rows = _parse(sample, dialect)
    header = _header(rows, wanted)
    if len(separators) > 1:
        columns = "columns named in the first line" if header else "no line of names"
        report.decide(
            source.name,
            f"a table with {_SEPARATOR_NAMES[separator]} between columns, {columns}",
        )
    names = header or [str(n) for n in range(1, _usual_size(rows) + 1)]
    numbered = _Lines(chain(sample, lines), num_remarks)
    found = _rows(source, numbered, dialect, names, report)
    if header is not None:
        next(found, None)
    yield from read_rows(source, found, options, report)


def _rows(
    source: Input,
    lines: _Lines,
    dialect: dict[str, Any],
    names: list[str],
    report: Report,
) -> Iterator[Row]:
    """Yields the rows that have as many cells as there are names.

    A quotation mark that is never closed takes in the rows behind it, up to the next
    mark or the end of the file: its line is left out, and those are read again.
    """
    reader = csv.reader(lines, **dialect)
    num_unclosed = 0
    while True:
        place = f"line {lines.number + 1}"
        where = f"{source.name}, {place}"
        lines.since_row = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # longer than any cell
            cells = []
        raw = lines.since_row
        if (not cells and '"' in raw[0]) or _is_unclosed(raw, dialect):
            num_unclosed += 1
            if num_unclosed > _MAX_UNCLOSED:
                raise _no_table(source.name, place)
            report.skip("row", "begins a quotation that never ends", where)
            lines.again(raw[1:])
            reader = csv.reader(lines, **dialect)
        elif cells and len(cells) != len(names):
            reason = "has another number of columns than the first"
            report.skip("row", reason, f"{where}: {len(cells)} instead of {len(names)}")
        elif cells:
            yield Row(place, dict(zip(names, cells, strict=True)))


def _is_unclosed(lines: list[str], dialect: dict[str, Any]) -> bool:
    """Whether a row is several, between which a quotation mark is missing."""
    if len(lines) == 1 and lines[0].count('"') % 2 == 0:
        return False
    try:
        list(csv.reader((line + "\n" for line in lines), strict=True, **dialect))
    except csv.Error as error:
        return len(lines) > 1 or "unexpected end of data" in str(error)
    return False


def _no_table(name: str, place: str) -> Unreadable:
    return Unreadable(
        name,
        "is no table",
        "Correct them, or name another --format.",
        f": {place}: the {_MAX_UNCLOSED}th quotation mark that is never closed",
    )


def _parse(lines: Iterable[str], dialect: dict[str, Any]) -> list[list[str]]:
    """The rows in `lines` that are not empty, up to the first that is none."""
    csv.field_size_limit(_MAX_CELL)
    rows: list[list[str]] = []
    try:
        rows.extend(
            row for row in csv.reader((s + "\n" for s in lines), **dialect) if row
        )
    except csv.Error:
        pass  # it is met again, and told, when the row is read
    return rows


def _separator(lines: list[str], separators: Sequence[str]) -> str:
    """The separator that cuts most rows into one number of columns, above 1.

    Where the first line has none of them, the table has one column, and its texts may
    hold commas as they like.
    """
    first = next((s for s in lines if s.strip() and not s.startswith("#")), "")
    separators = [s for s in separators if s in first]

    def fitness(separator: str) -> tuple[float, int]:
        rows = _parse(lines, _dialect(lines, separator))
        usual = _usual_size(rows)
        num_usual = sum(len(row) == usual for row in rows)
        return (num_usual / len(rows) if usual > 1 else 0.0), usual

    return max(separators, key=fitness, default=_NO_SEPARATOR)


def _num_remarks(lines: list[str], dialect: dict[str, Any]) -> int:
    """How many lines at the top are remarks (# ...) and no rows."""
    size = _usual_size(_parse(lines, dialect))
    for number, line in enumerate(lines):
        if not line.startswith("#") or _usual_size(_parse([line], dialect)) == size:
            return number
    return 0


def _usual_size(rows: list[list[str]]) -> int:
    """The number of cells that most rows have."""
    sizes = [len(row) for row in rows]
    return max(sizes, key=lambda size: (sizes.count(size), size), default=0)


def _dialect(lines: list[str], separator: str) -> dict[str, Any]:
    """How cells are quoted: doubled marks, backslashes, or (often with tabs) not."""
    text = "\n".join(lines)
    if separator == "\t" and not _QUOTED_CELL.search(text):
        return {"delimiter": separator, "quoting": csv.QUOTE_NONE}
    dialect: dict[str, Any] = {"delimiter": separator, "skipinitialspace": True}
    if '\\"' in text and '""' not in text.replace('\\"', ""):
        dialect["escapechar"] = "\\"
    return dialect


def _header(rows: list[list[str]], wanted: Sequence[str] | None) -> list[str] | None:
    """The names in the first row, or None where it is a row like the others."""
    if not rows:
        return None
    names = [cell.strip() for cell in rows[0]]
    if wanted and set(wanted) <= set(names):
        return names
    if names[0] == "" and len(names) > 1:  # the row numbers that pandas writes
        names[0] = "(first)"
    looks_like_names = len(set(names)) == len(names) and all(
        (_HEADER_CELL.fullmatch(name) or name == "(first)")
        and len(name.split()) <= _MAX_HEADER_WORDS
        for name in names
    )
    if not looks_like_names:
        return None
    others = [row for row in rows[1:] if len(row) == len(names)]
    for column, name in enumerate(names):
        cells = [row[column].strip() for row in others]
        length = sum(map(len, cells)) / max(len(cells), 1)
        is_number = bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
        if is_number or length > _HEADER_CONTRAST * len(name):
            return names
    return None


def looks_like_table(head: str) -> bool:
    """Whether a text begins with a line of names and rows of as many cells."""
    lines = head.split("\n")[:_SAMPLE_LINES]
    if len(lines) < _MIN_TABLE_LINES:
        return False
    separator = _separator(lines, _SEPARATORS)
    dialect = _dialect(lines, separator)
    rows = _parse(lines, dialect)[:-1]  # the last may be cut off
    is_even = bool(rows) and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1
    return is_even and _header(rows, None) is not None
