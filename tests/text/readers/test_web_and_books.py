"""Pages, e-books, word processor files and dumps: the text, not what is around it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.readers.web import html_paragraphs
from tests.text.readers.making import (
    RAIN,
    SUN,
    docx,
    docx_paragraph,
    epub,
    read,
    texts_of,
    wiki,
    write,
    zipped,
)

LONG = " ".join([RAIN, SUN] * 5)
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>One<p>Two", ("One", "Two")),
        ("<div>One<br>line <b>bo</b>ld</div>Two", ("One line bold", "Two")),
        ("<ul><li>One<li>Two</ul>", ("One", "Two")),
        ("<p>One\ntwo\n\nthree</p>", ("One two three",)),
        ("<p>caf&eacute; &amp; &#8220;tea&#8221; &nbsp;</p>", ("café & “tea”",)),
        ("<pre>One\n\nTwo</pre>", ("One", "Two")),
        ("<pre><code>x = 1</code></pre><p>One</p>", ("One",)),
        ("<nav>Menu</nav><p>One</p><footer>Us</footer>", ("One",)),
        ("<div class='site-nav'>Menu</div><p>One</p>", ("One",)),
        ("<div class='page with-sidebar'><p>One</p></div>", ("One",)),
        ("<div id=footer>Us</div><div role=navigation>Menu</div><p>One", ("One",)),
        ("<p>Sides</p><main><p>One</p></main><p>Sides</p>", ("One",)),
        ("<article><header><h1>T</h1></header><p>One</article>", ("T", "One")),
        ("<script>x<y</script><style>p{}</style><p>One", ("One",)),
        ("<head><title>T</title></head><body>One", ("One",)),
        ("<p><a href=x>Home</a> <a href=y>News</a></p><p>One", ("One",)),
        ("<p>We read <a href=x>it</a> all night.</p>", ("We read it all night.",)),
        ("<p hidden>No</p><p>One</p>", ("One",)),
        ("<nav><p>The menu is never closed, and all is in it.", None),
        ("<p>One</p></div></p></b><p>Two", ("One", "Two")),
        ("One < two & three", ("One < two & three",)),
        ("<table><tr><td>One<td>Two</table>", ("One", "Two")),
        ("<!-- no --><p>One<!-- no --> more</p>", ("One more",)),
        ("", ()),
    ],
)
def test_the_text_of_a_page(page: str, expected):
    expected = expected or tuple(filter(None, [page.rpartition("<p>")[2]]))
    assert html_paragraphs(page)[0] == expected


@pytest.mark.parametrize(
    "head",
    [
        b'<html><meta charset="iso-8859-2">',
        b'<html><meta http-equiv=a content="text/html; charset=iso-8859-2">',
        b"<?xml version='1.0' encoding='iso-8859-2'?><html>",
    ],
)
def test_a_page_names_its_encoding(tmp_path: Path, head: bytes):
    data = head + "<p>Zażółć gęślą jaźń.</p>".encode("iso-8859-2")
    assert texts_of(write(tmp_path / "a.html", data)) == [("Zażółć gęślą jaźń.",)]


# --- e-books


def test_a_chapter_is_a_document_and_contents_are_none(tmp_path: Path, caplog):
    chapters = {
        "title page.xhtml": "<body><h1>The Mill</h1></body>",
        "a%201.xhtml": f"<body><h2>I</h2><p>{LONG}</p></body>",
        "b.xhtml": f"<body><div class='pg-boilerplate'>x</div><p>{LONG}</p></body>",
    }
    data = epub(chapters)
    with caplog.at_level(logging.WARNING):
        found = read(write(tmp_path / "a.epub", data.replace(b"a%201.x", b"a%201.x")))
    assert [d.paragraphs for d in found] == [(LONG,)]
    assert "1 chapter: has fewer than 30 words; the first is" in caplog.text
    assert "Contents" not in found[0].paragraphs[0]


def test_chapters_come_in_the_order_of_reading(tmp_path: Path):
    chapters = {
        "z.xhtml": f"<body><p>First. {LONG}</p></body>",
        "a.xhtml": f"<body><p>Second. {LONG}</p></body>",
    }
    found = texts_of(write(tmp_path / "a.epub", epub(chapters)))
    assert [d[0].split(".")[0] for d in found] == ["First", "Second"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"a.txt": "x"}), "1 file: cannot be unpacked, first .*a.txt"),
        (zipped({"META-INF/container.xml": "<a/>"}), "is no e-book"),
        (zipped({"META-INF/container.xml": "<a"}), "is damaged: line 1"),
        (b"not a zip", "cannot be unpacked"),
        (epub({"a.xhtml": "<p>x"}, encryption="OEBPS/a.xhtml"), "locked by its seller"),
        (epub({"a.xhtml": "<p>x"}, entity=ENTITIES), "defines the entity 'a'"),
    ],
)
def test_a_bad_e_book_is_refused(tmp_path: Path, data: bytes, message: str):
    with pytest.raises(UserError, match=message):
        read(write(tmp_path / "a.epub", data), file_format="epub")


def test_an_e_book_with_locked_fonts_is_read(tmp_path: Path):
    data = epub({"a.xhtml": f"<p>{LONG}"}, encryption="OEBPS/font.otf")
    assert texts_of(write(tmp_path / "a.epub", data)) == [(LONG,)]


# --- word processor files


def test_the_paragraphs_of_a_word_file(tmp_path: Path):
    body = "".join(
        [
            docx_paragraph("Contents", "TOC1"),
            docx_paragraph("The Mill", "Heading1"),
            "<w:p><w:r><w:t>It rained </w:t></w:r><w:r><w:t>all</w:t><w:br/>"
            "<w:t>night.</w:t></w:r><w:del><w:r><w:delText>No</w:delText></w:r></w:del>"
            "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p>",
            "<w:tbl><w:tr><w:tc>"
            + docx_paragraph("A cell.")
            + "</w:tc></w:tr></w:tbl>",
            docx_paragraph(""),
        ]
    )
    source = write(tmp_path / "a.docx", docx(body))
    assert texts_of(source) == [("The Mill", "It rained all night.", "A cell.")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"a.txt": "x"}), "1 file: cannot be unpacked, first .*a.txt"),
        (b"PK\x03\x04 and no more", "cannot be unpacked"),
        (docx("<w:p>"), "is damaged: line 1: mismatched tag"),
        (docx("", before=ENTITIES), "defines the entity 'a', which is not safe"),
    ],
)
def test_a_bad_word_file_is_refused(tmp_path: Path, data: bytes, message: str):
    with pytest.raises(UserError, match=message):
        read(write(tmp_path / "a.docx", data), file_format="docx")


# --- dumps of MediaWiki


def test_articles_are_read_and_the_rest_is_counted(tmp_path: Path, caplog):
    pages = {
        "Rain": f"'''Rain''' is water.<ref>x</ref> {LONG}".replace("<", "&lt;"),
        "Sun": "#REDIRECT [[Star]]",
        "Talk:Rain": LONG,
        "Short": RAIN,
    }
    with caplog.at_level(logging.WARNING):
        found = read(write(tmp_path / "a.xml", wiki(pages)))
    assert [(d.name, d.paragraphs) for d in found] == [
        ("Rain", (f"Rain is water. {LONG}",))
    ]
    for reason in ("is a redirect", "is no article", "has fewer than 100 words"):
        assert f"1 page: {reason}" in caplog.text


def test_a_dump_that_is_cut_short_is_refused_with_its_line(tmp_path: Path):
    content = wiki({f"Page {i}": LONG for i in range(9)})[:-2000]
    with pytest.raises(UserError, match="no whole MediaWiki dump: line 1: .*cut short"):
        read(write(tmp_path / "a.xml", content))


def test_entities_of_a_dump_are_refused(tmp_path: Path):
    content = wiki({"Rain": "&b; &f;"}, before=ENTITIES)
    with pytest.raises(UserError, match="defines the entity 'a', which is not safe"):
        read(write(tmp_path / "a.xml", content), file_format="wiki")
