"""Lines to paragraphs, words parted at line ends, licences around books."""

from __future__ import annotations

import logging
import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.readers.gutenberg import books
from app.text.readers.hyphens import SplitWords
from app.text.readers.plain import plain_markdown
from app.text.readers.prose import paragraphs
from tests.text.readers.making import RAIN, SUN, read, texts_of, write

LONG = " ".join([RAIN, SUN] * 5)


def wrapped(text: str, width: int = 60, indent: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=indent, break_on_hyphens=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{wrapped(LONG)}\n\n{wrapped(LONG)}", (LONG, LONG)),
        (wrapped(LONG), (LONG,)),  # no blank line, but a page
        (f"{wrapped(LONG, 60, '   ')}\n{wrapped(LONG, 60, '   ')}", (LONG, LONG)),
        (f"{wrapped(LONG)}\n{wrapped(LONG)}", (LONG, LONG)),  # the last line is short
        (f"{LONG}\n{LONG}\n\n{LONG}", (LONG, LONG, LONG)),  # lines too long for a page
        ("Roses are red\nViolets are blue\nSugar is sweet", None),
        ("one\r\ntwo\rthree\nfour", ("one", "two", "three", "four")),
        ("One.\f\nTwo.", ("One.", "Two.")),
        ("\x1b[31mred\x1b[0m ink\x1a", ("red ink",)),
        ("One.\n\n* * *\n\nTwo.\n\n-----\n", ("One.", "Two.")),
        ("tab\tand  space\u00a0here", ("tab and space here",)),
        ("\n\n \n", ()),
    ],
)
def test_a_paragraph_is_what_a_reader_sees_as_one(text: str, expected):
    assert paragraphs(text) == (
        tuple(text.split("\n")) if expected is None else expected
    )


@given(st.lists(st.text("abc -\n\r\t\f\u00ad.", max_size=90), max_size=9))
def test_no_letter_is_lost_or_made(pieces: list[str]):
    text = "\n\n".join(pieces)
    letters = re.sub(r"[^abc]", "", text)
    assert re.sub(r"[^abc]", "", "".join(paragraphs(text))) == letters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a catas-\ntrophe", "a catastrophe"),
        ("a catas-  \n   trophe", "a catastrophe"),
        ("a catas\u00ad\ntrophe", "a catastrophe"),
        ("North-\nAmerica", "North-America"),
        ("in 1990-\n1995", "in 1990-\n1995"),
        ("he paused--\nand went", "he paused--\nand went"),
        ("as - \nI said", "as - \nI said"),
        ("a cat-\nand-mouse game", "a cat-and-mouse game"),
        ("to-\nday as to-day", "to-day as to-day"),
        ("to-\nday as today", "today as today"),
        ("a man-\nkind, man and kind", "a mankind, man and kind"),
    ],
)
def test_hyphens_at_line_ends(text: str, expected: str):
    assert SplitWords().join(text)[0] == expected


def test_where_somebody_joined_the_words_the_other_hyphens_stay():
    text = "\n".join(
        ["The rain fell on the mill all night."] * 99 + ["a steady-", "handed man"]
    )
    assert SplitWords().join(text)[0].endswith("a steady-handed man")


def test_joined_words_are_reported(tmp_path: Path, caplog):
    with caplog.at_level(logging.INFO):
        read(write(tmp_path / "a.txt", "A catas-\ntrophe in the val-\nley."))
    assert "2 words parted at a line end were joined" in caplog.text


# --- Markdown


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("---\ntitle: x\n---\nOne.", "One."),
        ("One.\n\n```py\nx = 1\n```\n\nTwo.", "One. Two."),
        ("## Two ##", "Two"),
        ("Title\n=====\nOne.", "Title One."),
        ("**Two** *words* and __more__ ~~gone~~", "Two words and more gone"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("[One](a.md) and [two][2] and ![no](a.png)\n\n[2]: b.md", "One and two and"),
        ("[![badge](a.svg)](b)\nOne.", "One."),
        ("- One\n- [x] Two\n1. Three", "One Two Three"),
        ("> One\n> two", "One two"),
        ("| a | b |\n|---|---|\n| c | d |\n\nOne.", "One."),
        ("<b>One</b> <https://a.b> \\*two\\*", "One *two*"),
    ],
)
def test_markdown_is_read_as_it_is_shown(markdown: str, plain: str):
    assert " ".join(plain_markdown(markdown).split()) == plain


# --- Project Gutenberg

OLD = f"""The Project Gutenberg Etext of The Mill, by Ann
Copyright laws are changing all over the world.
***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***
Why is this "Small Print!" statement here?
*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*

Scanned and proofed by Bob, bob@example.org

THE MILL

{RAIN}

End of The Project Gutenberg Etext of The Mill, by Ann
#2 in our series by Ann
"""
NEW = f"""\ufeffThe Project Gutenberg eBook of The River
This ebook is for the use of anyone anywhere.
*** START OF THE PROJECT GUTENBERG EBOOK THE RIVER ***

Produced by Bob and the Online Distributed
Proofreading Team at https://www.pgdp.net

THE RIVER

{SUN}

Transcriber's Note: two commas were mended.

*** END OF THE PROJECT GUTENBERG EBOOK THE RIVER ***

START: FULL LICENSE
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OLD, [("THE MILL", RAIN)]),
        (NEW, [("THE RIVER", SUN)]),
        (OLD + NEW, [("THE MILL", RAIN), ("THE RIVER", SUN)]),
        (RAIN, [(RAIN,)]),
        (f"{RAIN}\n\nI like Project Gutenberg.", [(RAIN, "I like Project Gutenberg.")]),
        (f"{RAIN}\n\nEnd of Project Gutenberg's The Mill\n\nno", [(RAIN,)]),
        (OLD[: OLD.index("End of")], [("THE MILL", RAIN)]),
    ],
)
def test_the_words_around_a_book_go(tmp_path: Path, text: str, expected):
    assert texts_of(write(tmp_path / "a.txt", text)) == expected


def test_a_text_about_something_else_is_untouched():
    assert books("*** START OF THE STORY ***\nproduced by a mill") == [
        "*** START OF THE STORY ***\nproduced by a mill"
    ]


def test_nothing_of_project_gutenberg_is_left_in_the_novels(data_folder: Path, caplog):
    with caplog.at_level(logging.INFO):
        found = read(str(data_folder / "novels"))
    assert len(found) == 36
    assert "36 files lost the notices of Project Gutenberg" in caplog.text
    leftover = re.compile(
        r"(?i)gutenberg|\be-?text\b|small print!|\w@\w|omnipage|unforgetable"
    )
    assert not [p for d in found for p in d.paragraphs if leftover.search(p)]
    starts = {d.name.rpartition("/")[2]: d.paragraphs[0] for d in found}
    assert starts["TETHR10.TXT"] == "THE END OF THE TETHER"
    assert starts["SCRLT12.TXT"] == "THE SCARLET LETTER"
    ends = {d.name.rpartition("/")[2]: d.paragraphs[-1] for d in found}
    assert ends["SCRLT12.TXT"] == '"ON A FIELD, SABLE, THE LETTER A, GULES"'
    assert ends["REZNV10.TXT"].endswith("saintliest of California's women.")
    assert ends["ADAMB10.TXT"].endswith('it has been a hard day for thee."')
    assert 14_000_000 < sum(len(p) for d in found for p in d.paragraphs) < 15_000_000
