"""Plain text: whole files, files of lines, and Markdown.

`Input`s enter, documents leave. A plain file is one document; a file of lines is one
document a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.readers.document import Document, ReadOptions
from app.text.readers.encodings import text_lines, text_sections
from app.text.readers.gutenberg import Shelf
from app.text.readers.inputs import Input
from app.text.readers.prose import Prose, paragraphs
from app.text.readers.report import Report

_BLANKS = " \t\n\v\f\r"  # other white space may be a token

_FRONT_MATTER = re.compile(r"(?s)\A(---|\+\+\+)\n.*?\n\1\n")
_FENCE = re.compile(r"(?ms)^ {0,3}(```+|~~~+).*?(?:(?P<end>^ {0,3}\1[`~]*\s*$)|\Z)")
_COMMENT = re.compile(r"(?s)<!--.*?-->")
_HTML_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_IMAGE = re.compile(r"!\[[^\]\n]*\](?:\([^()\n]*\)|\[[^\]\n]*\])")
_LINK = re.compile(r"\[([^\]\n]*)\](?:\([^()\n]*\)|\[[^\]\n]*\])")
_AUTO_LINK = re.compile(r"<(?:https?://|mailto:)[^<>\s]+>")
_DEFINITION = re.compile(r"(?m)^ {0,3}\[[^\]\n]+\]:\s.*$")
_TABLE_ROW = re.compile(r"(?m)^\s*\|.*\|\s*$|^\s*[-:]+(?:\s*\|\s*[-:]+)+\s*$")
_UNDERLINE = re.compile(r"(?m)^ {0,3}(?:=+|-{2,}|\*{3,}|_{3,})\s*$")
_HEADING = re.compile(r"(?m)^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"(?m)^\s*(?:[-*+]|[0-9]{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
_QUOTE = re.compile(r"(?m)^ {0,3}(?:>\s?)+")
_CODE = re.compile(r"(`+)([^`\n]+)\1")
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*{1,3}|_{1,3}|~~)(?=\S)([^*\n]+?)(?<=\S)\1(?![\w*])"
)
_HIDDEN = 0xE000  # escaped characters wait among those that no font has
_ESCAPED = re.compile("[\ue021-\ue07e]")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")


def read_plain(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the text of a file, or each book where Project Gutenberg made it.

    A long one comes in sections, each a document; what is judged of a text is judged
    on its first.
    """
    shelf, prose = Shelf(), Prose(report, source.name)
    number = 0
    for found in map(shelf.books, text_sections(source, report)):
        is_first = number == 0 and len(found) == 1
        while found:  # none is kept here, because a long one needs the memory
            number += 1
            if not found[0].goes_on:
                prose = Prose(report, source.name)
            name = source.name if is_first else f"{source.name}#{number}"
            yield Document(name, prose.paragraphs(found.pop(0).text))
    what = "files lost the notices of Project Gutenberg"
    report.change(what, source.name, int(shelf.has_notices))


def read_lines(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields each line that is not empty; as it stands where it is pretokenized."""
    number = 0
    for line in text_lines(source, report):
        if not line.strip(_BLANKS):
            continue
        number += 1
        kept = (line,) if options.pretokenized else paragraphs(line)
        yield Document(f"{source.name}:{number}", kept)


def read_markdown(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the prose of a Markdown file; headings and list items stand alone."""
    prose = Prose(report, source.name)
    fence = ""
    for number, text in enumerate(text_sections(source, report), start=1):
        name = source.name if number == 1 else f"{source.name}#{number}"
        text = fence + text
        yield Document(name, prose.paragraphs(plain_markdown(text)))
        fence = _open_fence(text)


def _open_fence(text: str) -> str:
    """The line that opens a block of code at the end of `text`, if one is open."""
    for match in _FENCE.finditer(text):
        if match["end"] is None:
            return f"{match[1]}\n"
    return ""


def plain_markdown(text: str) -> str:
    r"""What a reader of the rendered page sees, without code and tables.

    >>> plain_markdown("# Tea\n*Hot* [water](x.md) and `tea`.\n")
    'Tea\n\nHot water and tea.\n'
    """
    text = _ESCAPE.sub(lambda match: chr(_HIDDEN + ord(match[1])), text)
    text = _COMMENT.sub("", _FENCE.sub("\n", _FRONT_MATTER.sub("", text)))
    text = _DEFINITION.sub("", _TABLE_ROW.sub("", _AUTO_LINK.sub("", text)))
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = _HEADING.sub(r"\1\n", _UNDERLINE.sub("\n", _QUOTE.sub("", text)))
    text = _ITEM.sub("\n", _HTML_TAG.sub("", text))
    text = _CODE.sub(r"\2", text)
    for _ in range(3):  # one inside another
        text = _EMPHASIS.sub(r"\2", text)
    return _ESCAPED.sub(lambda match: chr(ord(match[0]) - _HIDDEN), text)
