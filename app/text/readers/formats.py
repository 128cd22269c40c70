"""The formats: what each is called, recognised by, and read with. One table.

`FORMATS` is in the order in which contents are tried where a name tells nothing. A new
format is one row here, one name in `app.settings`, and a reader that turns an `Input`
into documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from app.text.readers.books import is_docx, is_epub, read_docx, read_epub
from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.inputs import Input
from app.text.readers.mail import MESSAGE_START, read_eml, read_mbox
from app.text.readers.plain import read_lines, read_markdown, read_plain
from app.text.readers.recoding import wide_encoding
from app.text.readers.records import is_json_lines, read_json, read_jsonl, read_parquet
from app.text.readers.report import Report
from app.text.readers.tables import looks_like_table, read_csv, read_tsv
from app.text.readers.web import read_html
from app.text.readers.wiki import read_wiki

Reader = Callable[[Input, ReadOptions, Report], Iterator[Document]]

_MAIL_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:[ \t]\S.*|[ \t]+\S.*")
_MAIL_MARKS = re.compile(r"(?im)^(?:received|message-id|mime-version|return-path):")
_HTML_START = re.compile(
    r"(?is)\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b"
)
_WIKI_START = re.compile(r"(?s)\s*(?:<\?xml[^>]*>\s*)?<mediawiki\b")


class Format(NamedTuple):
    """One format.

    Attributes:
        read: turns a file of it into documents.
        extensions: of the names of its files.
        matches: whether a file begins like one, for files whose names tell nothing.
        has_fields: whether --field means something there.
        is_binary: whether it is no text, so that its bytes stay as they are.
        tells_encodings: whether its parts say theirs, which count more than
            --encoding.
    """

    read: Reader
    extensions: tuple[str, ...] = ()
    matches: Callable[[Input, str], bool] | None = None
    has_fields: bool = False
    is_binary: bool = False
    tells_encodings: bool = False


FORMATS: dict[str, Format] = {
    "parquet": Format(
        read_parquet,
        (".parquet", ".pq"),
        lambda source, head: source.head.startswith(b"PAR1"),
        has_fields=True,
        is_binary=True,
    ),
    "epub": Format(
        read_epub,
        (".epub",),
        lambda source, head: is_epub(source.zip_names),
        is_binary=True,
    ),
    "docx": Format(
        read_docx,
        (".docx", ".docm"),
        lambda source, head: is_docx(source.zip_names),
        is_binary=True,
    ),
    "wiki": Format(
        read_wiki, (".mediawiki",), lambda source, head: bool(_WIKI_START.match(head))
    ),
    "html": Format(
        read_html,
        (".html", ".htm", ".xhtml"),
        lambda source, head: bool(_HTML_START.match(head)),
    ),
    "mbox": Format(
        read_mbox,
        (".mbox", ".mbx"),
        lambda source, head: (
            bool(MESSAGE_START.match(head[:1000].encode(errors="replace")))
            and _is_mail(head.partition("\n")[2])
        ),
        has_fields=True,
        tells_encodings=True,
    ),
    "eml": Format(
        read_eml,
        (".eml",),
        lambda source, head: _is_mail(head),
        has_fields=True,
        tells_encodings=True,
    ),
    "jsonl": Format(
        read_jsonl,
        (".jsonl", ".ndjson", ".jsonlines"),
        lambda source, head: is_json_lines(head),
        has_fields=True,
    ),
    "json": Format(
        read_json,
        (".json",),
        lambda source, head: bool(re.match(r'\s*(?:\{\s*"|\[\s*[\[{"])', head)),
        has_fields=True,
    ),
    "csv": Format(
        read_csv,
        (".csv",),
        lambda source, head: looks_like_table(head),
        has_fields=True,
    ),
    "tsv": Format(read_tsv, (".tsv", ".tab"), has_fields=True),
    "markdown": Format(read_markdown, (".md", ".markdown", ".mdown")),
    "lines": Format(read_lines),
    "text": Format(read_plain, (".txt", ".text")),
}
_BY_EXTENSION = {
    extension: name for name, entry in FORMATS.items() for extension in entry.extensions
}
# What people have too, and how it becomes something that is read here.
_FOREIGN = (
    (b"%PDF-", 0, "a PDF file", "Convert it, for instance: pdftotext FILE.pdf"),
    (b"{\\rtf", 0, "an RTF file", "Save it as .docx or as plain text."),
    (
        b"\xd0\xcf\x11\xe0",
        0,
        "an old Office file, or a new one locked with a password",
        "Save it as .docx (or a table as .csv) without a password.",
    ),
    (b"7z\xbc\xaf", 0, "a 7z archive", "Unpack it and name the folder."),
    (b"Rar!", 0, "a RAR archive", "Unpack it and name the folder."),
    (b"\x28\xb5\x2f\xfd", 0, "packed with zstd", "Unpack it: unzstd FILE"),
    (b"ustar", 257, "a tar archive", "Unpack it (tar xf FILE) and name the folder."),
    (b"SQLite format 3", 0, "a database", "Export its texts as .csv."),
)
_FOREIGN_ZIPS = (
    ("xl/workbook.xml", "an Excel file", "Save the sheet as .csv."),
    ("ppt/presentation.xml", "a presentation", "Export it as text or .docx."),
    ("content.xml", "an OpenDocument file", "Save it as .docx or as plain text."),
)


def is_one_file(source: Input) -> bool:
    """Whether a zip archive is one file of its own kind, not a folder of files."""
    names = source.zip_names
    return is_epub(names) or is_docx(names) or _foreign_zip(names) is not None


def recognise(source: Input, options: ReadOptions, report: Report) -> str:
    """The name of the format of `source`: as asked for, by its name, by its content.

    Raises:
        Unreadable: it is something that is not read here.
    """
    if options.pretokenized:
        return "lines"
    if options.file_format != "auto":
        return options.file_format
    _refuse_foreign(source)
    extension = PurePosixPath(source.name).suffix.lower()
    by_name = _BY_EXTENSION.get(extension)
    head = _decoded(source.head, options.encoding)
    if by_name == "json" and is_json_lines(head):
        report.decide(
            source.name, "one object a line (jsonl), though its name says json"
        )
        return "jsonl"
    if by_name is not None:
        return by_name
    for name, entry in FORMATS.items():
        if entry.matches is not None and entry.matches(source, head):
            report.decide(source.name, f"looks like {name} (--format)")
            return name
    if extension == ".xml":
        raise Unreadable(
            source.name,
            "is XML, but no MediaWiki dump",
            "With --format html its text is read.",
        )
    return "text"


def foreign_encoding(source: Input, options: ReadOptions, name: str) -> str | None:
    """The encoding that a file of the format `name` is in, where it is not UTF-8.

    What is only guessed is the business of `encodings`.
    """
    entry = FORMATS[name]
    if entry.is_binary:
        return None
    asked_for = None if entry.tells_encodings else options.encoding
    return asked_for or wide_encoding(source.head)


def _decoded(head: bytes, encoding: str | None) -> str:
    """The first bytes as text, good enough to see a format's marks in it."""
    encoding = encoding or wide_encoding(head) or "utf-8-sig"
    return (
        head.decode(encoding, errors="replace")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )


def _is_mail(head: str) -> bool:
    """Whether a text begins with the header of a message."""
    header = head.lstrip("\n").partition("\n\n")[0].split("\n")
    return bool(_MAIL_MARKS.search(head[:20_000])) and all(
        map(_MAIL_HEADER.fullmatch, header[:10])
    )


def _refuse_foreign(source: Input) -> None:
    for magic, offset, what, cure in _FOREIGN:
        if source.head[offset : offset + len(magic)] == magic:
            raise Unreadable(source.name, f"is {what}, which is not read", cure)
    foreign = _foreign_zip(source.zip_names)
    if foreign is not None:
        what, cure = foreign
        raise Unreadable(source.name, f"is {what}, which is not read", cure)


def _foreign_zip(names: frozenset[str]) -> tuple[str, str] | None:
    for member, what, cure in _FOREIGN_ZIPS:
        if member in names and (member != "content.xml" or "mimetype" in names):
            return what, cure
    return None
