"""Bytes to documents: what the bytes of a file mean.

The bytes of one source enter; `Document`s leave, each a name and paragraphs of plain
text. Compression, encoding and paragraphs are recognised here, so that whatever
comes after sees nothing but text.

This module does not look for files and knows nothing about tokens.
"""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import logging
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.text.cleaning import clean_wikitext

logger = logging.getLogger(__name__)

_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LINE_END = re.compile(r"\r\n?|\n")
_BLANK_LINES = re.compile(r"\n\s*\n")
# What old word processors left behind (form feed, Ctrl-Z, escape) is no sign of a
# binary file; one byte in fifty of them is. Measured: novels of Project Gutenberg
# hold at most 2 in 500,000, programs and images from 5 % up.
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f]")
_MAX_CONTROL_SHARE = 0.02

_SAMPLE = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_MIN_WORDS = 100  # pages of fewer words list the meanings of a title


@dataclass(frozen=True)
class Document:
    """One text that belongs together: a file, an article, or a line.

    Attributes:
        name: where it came from, for messages.
        paragraphs: plain text, white space folded, none of them empty.
    """

    name: str
    paragraphs: tuple[str, ...]


class DocumentReader:
    """Bytes to documents; keeps count of what deserves one remark at the end."""

    def __init__(self, pretokenized: bool) -> None:
        self.pretokenized = pretokenized
        self.num_documents = 0
        self.skipped: list[str] = []
        self.recoded: list[str] = []

    def documents(self, name: str, data: bytes, *, is_named: bool) -> list[Document]:
        """The documents in `data`; a file that came with its folder may be none."""
        text = self._decode(name, _decompress(name, data))
        cut = _lines if self.pretokenized else _paragraphs
        paragraphs = () if text is None else cut(text)
        if not paragraphs:
            if is_named:
                raise _no_text(name, data, text)
            self.skipped.append(name)
            return []
        if self.pretokenized:
            found = [
                Document(f"{name}:{number}", (line,))
                for number, line in enumerate(paragraphs, start=1)
            ]
        else:
            found = [Document(name, paragraphs)]
        self.num_documents += len(found)
        return found

    def _decode(self, name: str, data: bytes) -> str | None:
        """The text in `data`, or None where it is no text."""
        if data.startswith(_UTF16_MARKS):
            return data.decode("utf-16", errors="replace")
        if b"\0" in data:
            return None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            decoded = _guess_encoding(data)
            if decoded is None:
                return None
            text, encoding = decoded
            self.recoded.append(f"{name} as {encoding}")
        num_controls = len(_CONTROLS.findall(text))
        return text if num_controls <= _MAX_CONTROL_SHARE * len(text) else None

    def report(self, sources: Sequence[str]) -> None:
        """Says once what was skipped or guessed; refuses a corpus without text."""
        if self.skipped:
            logger.warning(
                "%d files were skipped because they hold no text, the first is %s",
                len(self.skipped),
                self.skipped[0],
            )
        if self.recoded:
            logger.warning(
                "%d files are not UTF-8; their encoding was guessed, the first is %s",
                len(self.recoded),
                self.recoded[0],
            )
        if not self.num_documents:
            raise UserError(
                f"No text was found in {', '.join(sources)}. "
                "Name text files, or folders that hold some."
            )


def read_wikipedia_sample() -> Iterator[Document]:
    """Yields the articles of English Wikipedia that come with gensim.

    About a hundred articles whose titles begin with A, of 2016, under CC BY-SA;
    redirects and pages that are but lists of links are left out.
    """
    package = importlib.util.find_spec("gensim")
    if package is None or not package.submodule_search_locations:
        raise UserError(
            "The bundled text comes with gensim, which is not installed. "
            "Run: pip install gensim"
        )
    path = Path(package.submodule_search_locations[0], "test/test_data", _SAMPLE)
    if not path.is_file():
        raise UserError(
            f"{path}: the bundled text is missing from the installed gensim. "
            "Run: pip install --force-reinstall gensim"
        )
    from gensim.corpora.wikicorpus import extract_pages  # 1 s; only training needs it

    with bz2.open(path, "rb") as file:
        for title, markup, _ in extract_pages(file, filter_namespaces=("0",)):
            if markup.lstrip().lower().startswith("#redirect"):
                continue
            paragraphs = clean_wikitext(markup)
            if sum(len(paragraph.split()) for paragraph in paragraphs) >= _MIN_WORDS:
                yield Document(title, paragraphs)


def _decompress(name: str, data: bytes) -> bytes:
    """Unpacks gzip, whatever the file is called."""
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            f"{name}: cannot be unpacked: {error}. The file is probably cut short; "
            "copy or download it again."
        ) from error


def _guess_encoding(data: bytes) -> tuple[str, str] | None:
    """Text that is not UTF-8 and the name of its likely encoding, or None."""
    from charset_normalizer import from_bytes  # most runs never need it

    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        return None
    # Of equally likely ones it names the first by alphabet, and so reads French as
    # cp1250; the most common single-byte encoding of all is the better guess.
    rank = (best.chaos, best.coherence)
    western = (m for m in matches if "cp1252" in m.could_be_from_charset)
    match = next((m for m in western if (m.chaos, m.coherence) == rank), best)
    return str(match), "cp1252" if match is not best else best.encoding


def _no_text(name: str, data: bytes, text: str | None) -> UserError:
    if not data or text is not None:
        return UserError(
            f"{name}: is empty ({len(data)} bytes, no text in them). "
            "Give a file that holds text."
        )
    return UserError(
        f"{name}: is not a text file ({len(data)} bytes in no known encoding). "
        "Save it as plain text in UTF-8."
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    r"""Paragraphs parted by blank lines, or by lines where no line is blank.

    Composed accents (NFC) are what GloVe and keyboards have, so they are made here.

    >>> _paragraphs("One is wrapped\nhard.\n\nTwo.")
    ('One is wrapped hard.', 'Two.')
    >>> _paragraphs("One.\nTwo.")
    ('One.', 'Two.')
    """
    text = _LINE_END.sub("\n", unicodedata.normalize("NFC", text)).strip()
    has_blank_line = _BLANK_LINES.search(text) is not None
    pieces = _BLANK_LINES.split(text) if has_blank_line else text.split("\n")
    return tuple(folded for piece in pieces if (folded := " ".join(piece.split())))


def _lines(text: str) -> tuple[str, ...]:
    """The lines that hold more than white space, as they stand."""
    return tuple(line for line in _LINE_END.split(text) if line.strip(" \t\n\v\f\r"))
