"""Long texts: read in sections, and nothing in them differs from a text read whole."""

from __future__ import annotations

import gzip
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.readers import encodings, prose
from tests.text.readers.making import RAIN, SUN, read, write

ROOT = Path(__file__).parents[3]
SENTENCES = [f"{n}: {text}" for n in range(400) for text in (RAIN, "“Ça va?” Oui.")]
LINES = "\n".join(SENTENCES) + "\n"
PAGES = "\n\n".join(textwrap.fill(f"{s} {SUN} {s}", 60) for s in SENTENCES) + "\n"
MAX_MEMORY = 200_000_000  # bytes


@pytest.fixture
def short_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_sections(monkeypatch)


def shorten_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "SECTION_BYTES", 9_000)
    monkeypatch.setattr(prose, "_TELLING", 2_000)


def paragraphs_of(source: str) -> list[str]:
    return [paragraph for document in read(source) for paragraph in document.paragraphs]


@pytest.mark.parametrize("text", [LINES, PAGES], ids=["lines", "pages"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_sections_give_the_paragraphs_of_the_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    encoding: str,
    line_end: str,
    pack: Callable[[bytes], bytes],
):
    data = text.replace("\n", line_end).encode(encoding)
    source = write(tmp_path / "a.txt", pack(data))
    whole = paragraphs_of(source)
    shorten_sections(monkeypatch)
    assert len(read(source)) > 4
    assert paragraphs_of(source) == whole
    assert len(whole) == len(SENTENCES)


def test_sections_are_documents_with_numbers(tmp_path: Path, short_sections):
    source = write(tmp_path / "a.txt", LINES)
    names = [document.name for document in read(source)]
    assert names[:3] == [source, f"{source}#2", f"{source}#3"]


def test_a_short_text_is_one_document_as_ever(tmp_path: Path):
    source = write(tmp_path / "a.txt", PAGES)
    (document,) = read(source)
    assert document.name == source


def test_a_book_in_sections_loses_header_and_licence(tmp_path: Path, short_sections):
    header = "*** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***\n\n"
    footer = "*** END OF THE PROJECT GUTENBERG EBOOK THE MILL ***\n\n"
    licence = "Project Gutenberg licence, in many words.\n\n" * 900
    book = header + "Produced by Ann and Bob\n\n" + PAGES + "\n" + footer + licence
    found = paragraphs_of(write(tmp_path / "a.txt", book))
    assert found == paragraphs_of(write(tmp_path / "b.txt", PAGES))


def test_two_books_in_sections_stay_apart(tmp_path: Path, short_sections):
    books = "".join(
        f"*** START OF THE PROJECT GUTENBERG EBOOK {name} ***\n\n{PAGES}\n"
        f"*** END OF THE PROJECT GUTENBERG EBOOK {name} ***\n\nLicence.\n\n"
        for name in ("ONE", "TWO")
    )
    found = paragraphs_of(write(tmp_path / "a.txt", books))
    assert found == 2 * paragraphs_of(write(tmp_path / "b.txt", PAGES))


def test_words_cut_in_a_later_section_are_joined_as_in_the_first(
    tmp_path: Path, short_sections
):
    page = (
        "The catas-\ntrophe came to the ginger-\nbread and the ginger on the bread.\n\n"
    )
    found = paragraphs_of(write(tmp_path / "a.txt", page * 999))
    assert set(found) == {
        "The catastrophe came to the ginger-bread and the ginger on the bread."
    }


def test_a_title_above_a_million_lines_makes_them_no_paragraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prose, "_LONGEST_PARAGRAPH", 10_000)
    found = paragraphs_of(write(tmp_path / "a.txt", "The Mill\n\n" + LINES))
    assert found == ["The Mill", *SENTENCES]


def test_code_that_a_section_cuts_is_no_prose(tmp_path: Path, short_sections):
    code = "```py\n" + "x = 'no prose'\n\n" * 2_000 + "```\n\n"
    found = paragraphs_of(write(tmp_path / "a.md", code + f"# Rain\n{RAIN}\n\n" + code))
    assert found == ["Rain", RAIN]


def test_a_stray_letter_in_a_later_section_is_read(tmp_path: Path, short_sections):
    data = PAGES.encode() + "\n\nLe café était fermé.\n".encode("cp1252")
    assert paragraphs_of(write(tmp_path / "a.txt", data))[-1] == "Le café était fermé."


def test_bytes_that_are_no_text_are_told_in_a_later_section_too(
    tmp_path: Path, short_sections
):
    source = write(tmp_path / "a.txt", PAGES.encode() + b"\0\1\2")
    with pytest.raises(UserError, match="is not a text file"):
        read(source)


def test_a_text_without_any_line_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_sections
):
    monkeypatch.setattr(encodings, "MAX_LINE_BYTES", 1 << 20)
    with pytest.raises(UserError, match="has a line of more than 1 MiB"):
        read(write(tmp_path / "a.txt", "so it goes on " * 200_000))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of memory")
@pytest.mark.parametrize("text", [LINES, PAGES], ids=["lines", "pages"])
def test_a_long_text_needs_no_more_memory_than_a_section(tmp_path: Path, text: str):
    source = tmp_path / "a.txt"
    with source.open("w", encoding="utf-8") as file:
        while file.tell() < 80_000_000:
            file.write(text)
    # Not ru_maxrss: a process takes that over from the one that has started it.
    program = (
        "import re, sys\n"
        "from app.text.readers import ReadOptions, read_sources\n"
        "for document in read_sources(sys.argv[1:], ReadOptions()): pass\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())\n"
        "print(int(peak[1]) * 1024)"
    )
    command = [sys.executable, "-c", program, str(source)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert int(done.stdout) < MAX_MEMORY
