"""E-books and word processor files: zip archives with pages in them.

An `.epub` gives a document a chapter, a `.docx` is one document. Both are read without
being unpacked to disk, in the order of reading, without contents and notes about the
file itself.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.encodings import decode
from app.text.readers.gutenberg import books
from app.text.readers.inputs import Input, open_member, open_zip
from app.text.readers.prose import paragraphs
from app.text.readers.report import Report
from app.text.readers.safe_xml import Element, XmlError, xml_elements, xml_events
from app.text.readers.web import declared_encoding, html_paragraphs

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_DOCX_TEXT = "word/document.xml"
_CHAPTER_TYPES = frozenset(("application/xhtml+xml", "text/html"))
_MIN_CHAPTER_WORDS = 30  # fewer are title pages and "Part Two"
_SILENT_PARTS = frozenset(("Fallback", "del", "instrText"))  # doubles and deletions
_BREAKS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def is_epub(names: frozenset[str]) -> bool:
    """Whether a zip archive with these members is an e-book."""
    return _CONTAINER in names


def is_docx(names: frozenset[str]) -> bool:
    """Whether a zip archive with these members is a Word file."""
    return _DOCX_TEXT in names


def read_epub(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the chapters of an e-book.

    Raises:
        Unreadable: it is damaged, or locked by its seller.
    """
    with open_zip(source) as archive:
        chapters = list(_chapters(source, archive))
        locked = _locked(source, archive)
        if locked.intersection(chapters):
            raise Unreadable(
                source.name,
                "is locked by its seller (DRM)",
                "Give a copy without a lock.",
            )
        for path in chapters:
            name = f"{source.name}/{path}"
            with open_member(archive, path, name) as stream:
                data = stream.read()
            text = decode(name, data, report, declared_encoding(data)) or ""
            found, _ = html_paragraphs(text)
            found = tuple(p for b in books("\n\n".join(found)) for p in paragraphs(b))
            if sum(len(paragraph.split()) for paragraph in found) < _MIN_CHAPTER_WORDS:
                reason = f"has fewer than {_MIN_CHAPTER_WORDS} words"
                report.skip("chapter", reason, name)
            else:
                yield Document(name, found)


def read_docx(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the text of a Word file, without its contents, headers and footers.

    Raises:
        Unreadable: it is damaged.
    """
    with open_zip(source) as archive:
        if _DOCX_TEXT not in archive.namelist():
            raise Unreadable(
                source.name, "is no Word file (.docx)", "Choose its --format."
            )
        with open_member(archive, _DOCX_TEXT, source.name) as stream:
            try:
                found = [p for text in _docx_texts(stream) for p in paragraphs(text)]
            except XmlError as error:
                raise _damaged(source.name, error) from error
    yield Document(source.name, tuple(found))


def _chapters(source: Input, archive: zipfile.ZipFile) -> Iterator[str]:
    """The members that hold the chapters, in the order of reading."""
    root = next(
        (
            e.attributes.get("full-path")
            for e in _xml(source, archive, _CONTAINER)
            if e.tag == "rootfile"
        ),
        None,
    )
    if root is None:
        raise Unreadable(source.name, "is no e-book (.epub)", "Choose its --format.")
    items: dict[str, Element] = {}
    names = set(archive.namelist())
    for element in _xml(source, archive, root):
        attributes = element.attributes
        if element.tag == "item":
            items[attributes.get("id", "")] = element
        elif element.tag == "itemref" and attributes.get("linear") != "no":
            item = items.get(attributes.get("idref", ""))
            if item is None or "nav" in item.attributes.get("properties", "").split():
                continue
            href = unquote(item.attributes.get("href", ""))
            path = posixpath.normpath(posixpath.join(posixpath.dirname(root), href))
            if item.attributes.get("media-type") in _CHAPTER_TYPES and path in names:
                yield path


def _locked(source: Input, archive: zipfile.ZipFile) -> set[str]:
    """Members that are encrypted; fonts often are, in books that can be read."""
    if _ENCRYPTION not in archive.namelist():
        return set()
    return {
        unquote(element.attributes.get("URI", ""))
        for element in _xml(source, archive, _ENCRYPTION)
        if element.tag == "CipherReference"
    }


def _xml(source: Input, archive: zipfile.ZipFile, path: str) -> Iterator[Element]:
    with open_member(archive, path, source.name) as stream:
        try:
            yield from xml_elements(stream, lambda tag: True)
        except XmlError as error:
            raise _damaged(source.name, error) from error


def _docx_texts(stream: object) -> Iterator[str]:
    """The paragraphs of a Word file; those of its table of contents left out."""
    text: list[str] = []
    silent = 0
    is_contents = in_text = False
    for kind, value in xml_events(stream):  # type: ignore[arg-type]
        if isinstance(value, str):
            if in_text and not silent:
                text.append(value)
            continue
        is_start = kind == "start"
        if value.tag in _SILENT_PARTS:
            silent += 1 if is_start else -1
        elif value.tag == "t":
            in_text = is_start
        elif value.tag == "pStyle" and is_start:
            is_contents = value.attributes.get("val", "").upper().startswith("TOC")
        elif value.tag in _BREAKS and is_start:
            text.append(_BREAKS[value.tag])
        elif value.tag == "p":
            if text and not is_contents:
                yield " ".join("".join(text).split("\n"))
            text, is_contents = [], False


def _damaged(name: str, error: Exception) -> Unreadable:
    return Unreadable(
        name, "is damaged", "Save or download it again, or leave it out.", f": {error}"
    )
