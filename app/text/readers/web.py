"""Web pages: the text that a visitor came for, without what stands around it.

HTML enters, paragraphs leave. Menus, headers, footers, forms, scripts and blocks that
are mostly links go; where a page marks its main part, that alone is read. Chapters of
e-books and e-mails in HTML pass through here too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from app.text.readers.document import Document, ReadOptions
from app.text.readers.encodings import read_text
from app.text.readers.inputs import Input
from app.text.readers.prose import paragraphs
from app.text.readers.report import Report

_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
_SILENT = frozenset(
    "script style noscript template head svg math object iframe canvas audio video "
    "select option textarea button figure map".split()
)
_AROUND = frozenset("nav header footer aside form menu dialog".split())
_AROUND_NAME = re.compile(  # one word of a class; `with-sidebar` is the page itself
    r"(?i)(?!(?:has|with|no|is|without|show)[-_])(?:\w+[-_])?"
    r"(?:nav(?:bar|igation)?|menu|footer|side-?bar|cookies?|banner|breadcrumbs?|"
    r"advert(?:isement)?s?|ads?|share|social|newsletter|subscribe|pagination|pager|toc|"
    r"comments?|related|boilerplate|pg-header|pagenum|noprint|reflist|catlinks|"
    r"gmail_quote|moz-signature|moz-cite-prefix)(?:[-_]\w+)?"
)
_AROUND_ROLES = frozenset(
    "navigation banner contentinfo search complementary dialog menu".split()
)
_BLOCKS = frozenset(
    "p div section article main header footer aside nav ul ol li dl dt dd table tr td "
    "th thead tbody caption h1 h2 h3 h4 h5 h6 blockquote pre hr form fieldset address "
    "figcaption body html title center details summary".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_MAX_AROUND = 10  # times the text; more means that a frame was taken for a menu
_MAX_LINK_SHARE = 0.5  # of a block's letters; menus have nearly all in links
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w:.-]+)")
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w:.-]+)")


@dataclass
class _Block:
    """One paragraph as it grows: its text, and how much of it is in links."""

    text: list[str]
    in_links: int
    is_main: bool
    is_quote: bool


class _PageParser(HTMLParser):
    """Collects the blocks of a page, those around the text left out."""

    def __init__(self, *, keep_around: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._keep_around = keep_around
        self._open: list[tuple[str, str]] = []  # tag, what it does: silent main ...
        # How many of each are open: a page may leave all of its tags so.
        self._tags: Counter[str] = Counter()
        self._roles: Counter[str] = Counter()
        self.blocks: list[_Block] = []
        self.num_around = 0
        self.around_characters = 0
        self._new_block()

    def _new_block(self) -> None:
        is_main, is_quote = self._roles["main"] > 0, self._roles["quote"] > 0
        self.blocks.append(_Block([], 0, is_main, is_quote))

    def _role(self, tag: str, attributes: dict[str, str | None]) -> str:
        if tag in _SILENT or "hidden" in attributes:
            return "silent"
        if tag == "code" and self._tags["pre"]:  # a listing; a poem has no such tag
            return "silent"
        if tag in ("main", "article") or attributes.get("role") == "main":
            return "main"
        if tag == "blockquote" and attributes.get("type") == "cite":
            return "quote"
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        is_around = (
            tag in _AROUND
            or attributes.get("role") in _AROUND_ROLES
            or (
                tag not in ("body", "html", "main")
                and any(map(_AROUND_NAME.fullmatch, names.split()))
            )
        )
        # An article's own header holds its title and its first lines.
        if tag == "header" and self._roles["main"]:
            return ""
        return "around" if is_around and not self._keep_around else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._text("\n" if self._tags["pre"] else " ")
            return
        if tag in _VOID:
            if tag in _BLOCKS:
                self._new_block()
            return
        if tag in ("p", "li", "tr", "td", "th", "dt", "dd"):
            self._close_unclosed(tag)  # `<p>` and `<li>` may stay open
        role = self._role(tag, dict(attrs))
        self.num_around += role == "around"
        self._open.append((tag, role))
        self._tags[tag] += 1
        self._roles[role] += 1
        if tag in _BLOCKS:
            self._new_block()

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._new_block()
        if self._tags[tag]:
            while self._close_last() != tag:
                pass
            if tag in _BLOCKS:
                self._new_block()

    def _close_last(self) -> str:
        tag, role = self._open.pop()
        self._tags[tag] -= 1
        self._roles[role] -= 1
        return tag

    def _close_unclosed(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._close_last()
            self._new_block()

    def handle_data(self, data: str) -> None:
        self._text(data if self._tags["pre"] else " ".join(data.split("\n")))

    def _text(self, data: str) -> None:
        if self._roles["silent"]:
            return
        if self._roles["around"]:
            self.around_characters += len(data.strip())
            return
        block = self.blocks[-1]
        block.text.append(data)
        if self._tags["a"]:
            block.in_links += len(data.strip())


def read_html(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the text of a web page as one document."""
    text = read_text(source, report, declared_encoding(source.head))
    found, num_dropped = html_paragraphs(text)
    report.change(
        "parts around pages were dropped, such as menus", source.name, num_dropped
    )
    yield Document(source.name, found)


def declared_encoding(head: bytes) -> str | None:
    """The encoding that a page names for itself."""
    match = _XML_ENCODING.match(head) or _META_CHARSET.search(head[:4096])
    return match[1].decode("ascii") if match else None


def html_paragraphs(text: str) -> tuple[tuple[str, ...], int]:
    """The paragraphs of a page, and how many parts around them were dropped.

    >>> html_paragraphs("<nav><a>Home</a></nav><p>It&nbsp;rains.<p>Still.")
    (('It rains.', 'Still.'), 1)
    """
    parser = _parsed(text, keep_around=False)
    found = _paragraphs(parser)
    # A menu that is never closed, or a frame around the whole page with such a name.
    if parser.around_characters > _MAX_AROUND * sum(map(len, found)):
        parser = _parsed(text, keep_around=True)
        found = _paragraphs(parser)
    return found, parser.num_around


def _parsed(text: str, *, keep_around: bool) -> _PageParser:
    parser = _PageParser(keep_around=keep_around)
    parser.feed(text)
    parser.close()
    return parser


def _paragraphs(parser: _PageParser) -> tuple[str, ...]:
    blocks = [b for b in parser.blocks if not b.is_quote and "".join(b.text).strip()]
    if any(block.is_main for block in blocks):
        blocks = [block for block in blocks if block.is_main]
    found: list[str] = []
    for block in blocks:
        text = "".join(block.text)
        if block.in_links <= _MAX_LINK_SHARE * len(text.strip()):
            found += paragraphs(text)
    return tuple(found)
