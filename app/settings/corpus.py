"""How texts are read: the settings that every command with a corpus shares."""

from __future__ import annotations

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


def check_reading(file_format: str, field: str | None, *, pretokenized: bool) -> None:
    """Refuses settings that contradict each other.

    Raises:
        UserError: says which, and what to do.
    """
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
