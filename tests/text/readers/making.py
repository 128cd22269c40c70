"""Small files of every format, made for the tests, and a way to read them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

from app.text.readers import Document, read_sources
from app.text.readers.document import ReadOptions

RAIN = "It rained all night, and the river rose to the doors of the old mill."
SUN = "In the morning the sun came out, and nobody spoke about it any more."
TEXTS = (RAIN, SUN)

PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: zipped({"inside": data}),
}


def write(path: Path, content: str | bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def read(*sources: str, **options) -> list[Document]:
    return list(read_sources(sources, ReadOptions(**options)))


def texts_of(*sources: str, **options) -> list[tuple[str, ...]]:
    return [document.paragraphs for document in read(*sources, **options)]


def zipped(members: dict[str, str | bytes], comment: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def epub(chapters: dict[str, str], *, encryption: str = "", entity: str = "") -> bytes:
    """An e-book whose spine lists `chapters` (file name: body) in their order."""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    container = (
        '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:'
        'xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf"/>'
        "</rootfiles></container>"
    )
    package = (
        f'<?xml version="1.0"?>{entity}<package xmlns="http://www.idpf.org/2007/opf">'
        '<manifest><item id="nav" href="nav.xhtml" properties="nav" '
        f'media-type="application/xhtml+xml"/>{items}</manifest>'
        f'<spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
        "OEBPS/content.opf": package,
        "OEBPS/nav.xhtml": "<html><body><p>" + "Contents " * 50 + "</p></body></html>",
    }
    for name, body in chapters.items():
        members[f"OEBPS/{name}"] = (
            '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns='
            f'"http://www.w3.org/1999/xhtml"><head><title>x</title></head>{body}</html>'
        )
    if encryption:
        members["META-INF/encryption.xml"] = (
            f'<encryption><CipherReference URI="{encryption}"/></encryption>'
        )
    return zipped(members)


def docx(body: str, *, before: str = "") -> bytes:
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<w:document xmlns:w='
        f'"{namespace}"><w:body>{body}</w:body></w:document>'
    )
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def docx_paragraph(text: str, style: str = "Normal") -> str:
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
    )


def wiki(pages: dict[str, str], *, before: str = "") -> str:
    shown = "".join(
        f"<page><title>{title}</title><ns>{1 if ':' in title else 0}</ns><revision>"
        f'<text xml:space="preserve">{markup}</text></revision></page>'
        for title, markup in pages.items()
    )
    return (
        f'{before}<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/">'
        f"<siteinfo><sitename>W</sitename></siteinfo>{shown}</mediawiki>"
    )


def message(body: str, *, headers: str = "Subject: Rain\n") -> str:
    return (
        "Received: from a by b; Mon, 3 May 2021 10:00:00 +0000\n"
        f"From: Ann <ann@example.org>\n{headers}\n{body}"
    )


def mbox(*messages: str) -> str:
    start = "From ann@example.org Mon May  3 10:00:00 2021\n"
    return "\n".join(start + text + "\n" for text in messages)
