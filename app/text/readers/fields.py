"""Rows to documents: which column, key or header of a row is its text.

Rows enter one by one, each a mapping of names to values, whatever table they come
from; a document a row leaves. The field is the one that was asked for, else the one
that looks most like text among the first rows, and the choice is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.inputs import Input
from app.text.readers.prose import paragraphs
from app.text.readers.report import Report

SAMPLE_ROWS = 100
_MAX_NAMES_SHOWN = 30
# What people call the column of the text; the first of two counts more.
_USUAL_NAMES = (
    "text body content abstract article story message document description comment "
    "review post paragraph sentence summary transcript output answer note notes"
).split()
_USUAL_SHARE = 0.25  # of the longest column's length that such a column needs
_MIN_MEAN_CHARACTERS = 10  # shorter ones are names, dates and numbers
_MISSING = object()
_DOUBLED_QUOTES = re.compile(r'"(?:[^"]|"")*"', re.DOTALL)


class Row(NamedTuple):
    """One row and where it stands: `line 17`."""

    place: str
    values: Mapping[str, Any]


def read_rows(
    source: Input, rows: Iterable[Row], options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields a document for each row that holds text.

    Raises:
        Unreadable: a field that was asked for is in none of the first rows, or no
            field there looks like text.
    """
    iterator = iter(rows)
    sample = list(islice(iterator, SAMPLE_ROWS))
    if not sample:
        return
    fields = _fields(source.name, sample, options, report)
    for row in chain(sample, iterator):
        texts = []
        for name in fields:
            value = lookup(row.values, name)
            if value is _MISSING:
                report.skip("row", f"has no {name!r}", f"{source.name}, {row.place}")
            text = as_text(value)
            texts.append(_unquoted(text))
            if texts[-1] != text:
                where = f"{source.name}, {row.place}"
                report.change("cells were quoted twice, which was undone", where)
        found = tuple(p for text in texts for p in paragraphs(text))
        if found:
            yield Document(f"{source.name}, {row.place}", found)
        elif not any(lookup(row.values, name) is _MISSING for name in fields):
            report.skip("row", "holds no text", f"{source.name}, {row.place}")


def lookup(values: Mapping[str, Any], name: str) -> Any:
    """The value of a field; `a.b` reaches into `a` where no key is called so."""
    if name in values:
        return values[name]
    outer, dot, inner = name.partition(".")
    nested = values.get(outer)
    return lookup(nested, inner) if dot and isinstance(nested, Mapping) else _MISSING


def as_text(value: Any) -> str:
    """A value as text: lists as paragraphs, bytes as UTF-8; others hold none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, (list, tuple)):
        return "\n\n".join(filter(None, map(as_text, value)))
    return ""


def requested_fields(field: str, known: Iterable[str]) -> list[str]:
    """The names in `--field`; a name with a comma in it may be given as it is."""
    if field in known:
        return [field]
    return [name.strip() for name in field.split(",") if name.strip()]


def missing_field(name: str, wanted: Iterable[str], known: Iterable[str]) -> Unreadable:
    """The refusal of a field that is not there; says which are."""
    names = list(known)
    shown = ", ".join(map(repr, names[:_MAX_NAMES_SHOWN]))
    if len(names) > _MAX_NAMES_SHOWN:
        shown += f" and {len(names) - _MAX_NAMES_SHOWN} more"
    return Unreadable(
        name,
        f"has no field {' or '.join(map(repr, wanted))}",
        "Choose some of these with --field.",
        f", but {shown}",
    )


def _fields(
    name: str, sample: list[Row], options: ReadOptions, report: Report
) -> list[str]:
    known = list(dict.fromkeys(key for row in sample for key in _names(row.values)))
    if options.field is not None:
        wanted = requested_fields(options.field, known)
        absent = [
            field
            for field in wanted
            if all(lookup(row.values, field) is _MISSING for row in sample)
        ]
        if absent:
            raise missing_field(name, absent, known)
        return wanted
    lengths = {key: _mean_length(sample, key) for key in known}
    longest = max(lengths.values(), default=0.0)
    likely = [
        key for key in known if _usual(key) and lengths[key] >= _USUAL_SHARE * longest
    ]
    chosen = min(likely, key=lambda key: _usual(key)) if likely else None
    if chosen is None and lengths:
        chosen = max(lengths, key=lambda key: lengths[key])
    if chosen is None or (len(known) > 1 and lengths[chosen] < _MIN_MEAN_CHARACTERS):
        raise Unreadable(
            name,
            "has no field that looks like text",
            "Name it with --field.",
            f" among {', '.join(map(repr, known[:_MAX_NAMES_SHOWN]))}",
        )
    if len(known) > 1:
        others = [key for key in known if key != chosen][:_MAX_NAMES_SHOWN]
        decision = f"the text is in {chosen!r}, not in {', '.join(map(repr, others))}"
        report.decide(name, f"{decision} (--field)")
    return [chosen]


def _names(values: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a row, those of objects in it with a dot."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from (f"{key}.{inner}" for inner in value)
        else:
            yield key


def _usual(key: str) -> int:
    """Place among the usual names, from 1; 0 for others. `patent_abstract` is one."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", key).lower())
    places = [_USUAL_NAMES.index(w) + 1 for w in words if w in _USUAL_NAMES]
    return min(places, default=0)


def _mean_length(sample: list[Row], key: str) -> float:
    return sum(len(as_text(lookup(row.values, key))) for row in sample) / len(sample)


def _unquoted(text: str) -> str:
    """A cell that was quoted twice, as programs do that write tables of tables.

    >>> _unquoted('" A ""loud"" noise "'), _unquoted('"Loud," he said. "Very."')
    ('A "loud" noise', '"Loud," he said. "Very."')
    """
    if '""' not in text or not _DOUBLED_QUOTES.fullmatch(text.strip()):
        return text
    return text.strip()[1:-1].replace('""', '"').strip()
