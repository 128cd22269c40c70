"""Dumps of MediaWiki: articles, page by page, and the sample that comes with gensim.

XML enters in a stream, articles leave as prose; redirects, talk and short pages are
left out. The mark-up itself is `app.text.cleaning`'s business.
"""

from __future__ import annotations

import bz2
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from app.errors import UserError
from app.text.cleaning import clean_wikitext
from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.inputs import Input
from app.text.readers.report import Report
from app.text.readers.safe_xml import XmlError, xml_elements

_SAMPLE = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_MIN_WORDS = 100  # pages of fewer words list the meanings of a title
_PAGE_PARTS = frozenset(("title", "ns", "text", "redirect", "page"))


class _Page(NamedTuple):
    title: str
    namespace: str
    markup: str


def read_wiki(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the articles of a dump.

    Raises:
        Unreadable: it is not XML, or ends in the middle.
    """
    try:
        for page in _pages(source.stream, "utf-8" if source.is_recoded else None):
            if page.namespace != "0":
                report.skip("page", "is no article (talk, file ...)", page.title)
            elif page.markup.lstrip().lower().startswith("#redirect"):
                report.skip("page", "is a redirect", page.title)
            elif document := _article(page):
                yield document
            else:
                reason = f"has fewer than {_MIN_WORDS} words"
                report.skip("page", reason, page.title)
    except XmlError as error:
        raise Unreadable(
            source.name,
            "is no whole MediaWiki dump",
            "It is probably cut short; download it again.",
            f": {error}",
        ) from error


def read_wikipedia_sample() -> Iterator[Document]:
    """Yields the articles of English Wikipedia that come with gensim.

    About a hundred articles whose titles begin with A, of 2016, under CC BY-SA;
    redirects and pages that are but lists of links are left out.
    """
    with bz2.open(sample_path(), "rb") as file:
        for page in _pages(file):
            if page.namespace != "0":
                continue
            if page.markup.lstrip().lower().startswith("#redirect"):
                continue
            if document := _article(page):
                yield document


def sample_path() -> Path:
    """The file of these articles.

    Raises:
        UserError: gensim is not installed, or not all of it.
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
    return path


def _pages(stream: IO[bytes], encoding: str | None = None) -> Iterator[_Page]:
    """The last revision of each page that a dump holds."""
    parts: dict[str, str] = {}
    for element in xml_elements(stream, _PAGE_PARTS.__contains__, encoding):
        if element.tag != "page":
            parts[element.tag] = "".join(element.text)
            continue
        yield _Page(
            parts.get("title", "?"), parts.get("ns", "0").strip(), parts.get("text", "")
        )
        parts = {}


def _article(page: _Page) -> Document | None:
    paragraphs = clean_wikitext(page.markup)
    if sum(len(paragraph.split()) for paragraph in paragraphs) < _MIN_WORDS:
        return None
    return Document(page.title, paragraphs)
