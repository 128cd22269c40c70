"""How texts are read: the settings that every command with a corpus shares."""

from __future__ import annotations

import codecs
from typing import Any

from app.errors import UserError
from app.settings.flags import option

FORMATS = (
    "auto",
    "text",
    "lines",
    "markdown",
    "csv",
    "tsv",
    "jsonl",
    "json",
    "parquet",
    "html",
    "mbox",
    "eml",
    "epub",
    "docx",
    "wiki",
)
"""What `--format` takes; `app.text.readers.formats` reads each but auto."""


def format_option() -> Any:
    """The field `format` of a command's settings."""
    return option(
        "auto",
        "what the files are (default: each as its name and content say, also in .gz, "
        ".bz2, .xz and .zip): " + ", ".join(FORMATS[1:]),
        choices=FORMATS,
        metavar="FORMAT",
    )


def field_option() -> Any:
    """The field `field` of a command's settings."""
    return option(
        None,
        "column, key or mail header that holds the text, several with commas between "
        "them (default: the one that looks most like text)",
        metavar="NAME",
    )


def encoding_option() -> Any:
    """The field `encoding` of a command's settings."""
    return option(
        None,
        "encoding of the files, such as utf-8, cp1252, koi8-r or shift-jis; of mail, "
        "of parts that name none (default: UTF-8, UTF-16 and UTF-32 are recognised, "
        "others guessed)",
        metavar="NAME",
    )


def check_reading(
    file_format: str, field: str | None, encoding: str | None, *, pretokenized: bool
) -> None:
    """Refuses settings that contradict each other or mean nothing.

    Raises:
        UserError: says which, and what to do.
    """
    if encoding is not None and not _is_encoding(encoding):
        raise UserError(
            f"--encoding {encoding!r} is not known. Give a name such as utf-8, utf-16, "
            "cp1252 (Western Europe), cp1250 (Central Europe), cp1251 or koi8-r "
            "(Cyrillic), cp1253 (Greek), cp1254 (Turkish), shift-jis, gb18030 or big5; "
            "or leave it out to have it guessed."
        )
    if field is not None and not field.replace(",", " ").strip():
        raise UserError(
            f"--field {field!r} names nothing. Give the name of a column or key, for "
            "instance: --field body."
        )
    if pretokenized and (field is not None or file_format not in ("auto", "lines")):
        flag = "--field" if field is not None else f"--format {file_format}"
        raise UserError(
            f"--pretokenized reads lines of tokens, so {flag} means nothing there. "
            "Leave out one of them."
        )


def _is_encoding(name: str) -> bool:
    """Whether Python can decode texts in it, piece by piece."""
    try:
        "a".encode(name)  # hex, for instance, is a codec but none of texts
        return codecs.lookup(name).incrementaldecoder is not None
    except (LookupError, ValueError):
        return False
