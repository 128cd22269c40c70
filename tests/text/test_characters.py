"""One letter has one spelling, whichever way a keyboard or a file has it."""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata

import pytest

from app.text.characters import PASSES, RESPELLED, PlainCharacters, spellings

plain = PlainCharacters()
PAIRS = [key for key in spellings() if len(key) == 2]


def letters_in_use() -> list[str]:
    """Every letter with marks of the basic plane, as NFC has it."""
    letters = [chr(code) for code in range(0xA0, 0xFB50)]
    return [
        letter
        for letter in letters
        if unicodedata.normalize("NFC", letter) == letter
        and unicodedata.normalize("NFD", letter) != letter
    ]


def test_every_letter_is_made_of_its_marks_in_every_order_that_means_it():
    """A letter typed with U+0301 was another word than the one with the accent."""
    letters = letters_in_use()
    assert len(letters) > 12_000
    for letter in letters:
        first, *marks = unicodedata.normalize("NFD", letter)
        assert plain(first + "".join(marks)) == letter
        for order in itertools.permutations(marks):
            typed = first + "".join(order)
            steps = [unicodedata.normalize("NFC", typed[:n]) for n in range(2, 6)]
            # A step without a letter of its own can be in the order of NFD alone.
            if steps[-1] == letter and all(len(step) == 1 for step in steps):
                assert plain(typed) == letter


def test_every_spelling_is_what_nfc_gives_or_an_ascii_letter():
    for key, value in spellings().items():
        is_fullwidth = unicodedata.normalize("NFKC", key) == value and value.isascii()
        assert is_fullwidth or unicodedata.normalize("NFC", key) == value


def test_marks_that_make_no_letter_are_kept():
    assert plain("x\u0301 q\u0323\u0302") == "x\u0301 q\u0323\u0302"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Vie\u0302\u0323t", "Việt"),  # as typed
        ("Vie\u0323\u0302t", "Việt"),  # NFD
        ("Vi\u00ea\u0323t", "Việt"),  # as Windows' Vietnamese keyboard gives it
        ("\u03b1\u0313\u0301\u0345", "ᾄ"),
        ("и\u0306", "й"),
        ("か\u3099", "が"),
        ("\u1112\u1161\u11ab", "한"),
        ("\u212b", "Å"),
        ("\u1f71", "ά"),
        ("\u0958", "क\u093c"),
        ("Ａｎｎａ＠１２", "Anna@12"),
    ],
)
def test_what_keyboards_give_is_read_as_the_usual_letter(typed, read):
    assert plain(typed) == unicodedata.normalize("NFC", read)


def test_the_quick_look_misses_nothing_that_would_change():
    """And a pair that is no key cannot hide one that is: see `_keys`."""
    changed = [key for key in spellings() if not key.isspace()]
    assert all(re.search(RESPELLED, key) for key in changed)
    assert not {pair[0] for pair in PAIRS} & {pair[1] for pair in PAIRS}


def test_no_letter_takes_more_marks_than_there_are_passes():
    assert max(len(unicodedata.normalize("NFD", c)) for c in letters_in_use()) == (
        PASSES + 1
    )


def test_plain_text_stays_as_it_is():
    kept = "Straße, café, Привет, ΟΔΟΣ, 日本, 한국, नमस्ते, مرحبا, ½ m²"
    assert plain(kept) == kept


def test_the_joiner_stays_between_two_pictures_alone():
    assert plain("👩\u200d🚀 a\u200db \u200d👩\u200d \u200d") == "👩\u200d🚀 ab 👩 "


def test_every_character_alone_is_read_as_something_stable():
    for code in range(sys.maxunicode + 1):
        once = plain(chr(code))
        assert plain(once) == once
