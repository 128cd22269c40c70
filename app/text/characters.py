r"""What a character stands for: the same letter, quote or space under many code points.

Core TensorFlow cannot normalise Unicode, so one fixed table does the part of it that
reading needs, and it has two readers: `app/text/tokenizer.py` and the graph of the
exported model. Both do this, in this order:

1. replace by every pair of `SUBSTITUTIONS`, as by those of the tokenizer's `RULES`;
2. put the value of `spellings` in the place of every single character that is a key;
3. `PASSES` times: go over the text from left to right and put the value of `spellings`
   in the place of every two characters that are a key.

Steps 2 and 3 change nothing in a text without `RESPELLED`, so both readers skip them.

So a letter and its marks become the one letter that a keyboard gives: `e` and U+0301
become `é`, a Vietnamese `a` with two marks `ậ` in whatever order they were typed, three
jamo one syllable. What Unicode's NFC gives for single letters is given here too; marks
in an order of which it alone would make something are left alone.

ASCII text is not changed by any of it. This module knows nothing about words.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from app.errors import UserError

# Each pair is a class of characters and what all of them become.
SUBSTITUTIONS: tuple[tuple[str, str], ...] = (
    # Invisible: soft hyphen, zero-width, direction and language marks, variants.
    (
        "[\u00ad\u034f\u061c\u180b-\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
        "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]",
        "",
    ),
    # The joiner U+200D is kept between two pictures alone: it makes them one emoji.
    ("(^|[^\u2190-\u2bff\U0001f000-\U0001faff])\u200d+", r"\1"),
    ("\u200d+([^\u2190-\u2bff\U0001f000-\U0001faff]|$)", r"\1"),
    # White space, with the control characters of Latin-1 (U+0085 is a line end).
    ("[\u0080-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]", " "),
    # Single quotation marks, apostrophes, primes and accents standing for them.
    (
        "[\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u0374\u055a\u05f3\u1fef\u1ffd"
        "\u2018-\u201b\u2032\u2035\u2039\u203a]",
        "'",
    ),
    ("[\u00ab\u00bb\u201c-\u201f\u2033\u2036\u301d-\u301f]", '"'),
    ("[\u058a\u05be\u2010-\u2012\u2043\u2212\ufe63]", "-"),
    ("[\u2013-\u2015\u2e3a\u2e3b\ufe31\ufe32\ufe58]", " -- "),
    ("[\u2026\u22ef]", " ... "),
    # Ligatures come from text copied out of PDF files.
    ("\ufb00", "ff"),
    ("\ufb01", "fi"),
    ("\ufb02", "fl"),
    ("\ufb03", "ffi"),
    ("\ufb04", "ffl"),
)

# What a text must have for `spellings` to change it: marks, vowels and final jamo, and
# keys of one character. A few wide ranges, because they are searched twice as fast.
RESPELLED = (
    "[\u0300-\u0387\u0653-\u0655\u093c-\u0fb9\u102e\u1161-\u11c2\u1b35\u1f71-\u1ffd"
    "\u2126-\u232a\u2adc\u3099\u309a\uf900-\ufb4e\uff01-\uff5e]"
)

PASSES = 3  # over pairs: a Greek vowel takes three marks, no letter more

# Latin, Greek, Cyrillic and all other scripts in use but those that have nothing to
# compose; kana; Hangul; forms that only old encodings tell apart.
_BLOCKS = ((0x80, 0x3100), (0xAC00, 0xD7A4), (0xF900, 0xFB50))

_FULLWIDTH = range(0xFF01, 0xFF5F)  # "Ａ" and the like, as East Asian keyboards give
_FULLWIDTH_TO_ASCII = 0xFEE0


@functools.cache
def spellings() -> dict[str, str]:
    """What single characters, and pairs of a letter and a mark, are spelled as.

    Pairs are all (letter, mark) that Unicode composes into one character, where the
    letter may have marks already.

    >>> spellings()["e\u0301"], spellings()["\u00ea\u0323"], spellings()["\uff21"]
    ('é', 'ệ', 'A')
    """
    table = {chr(code): chr(code - _FULLWIDTH_TO_ASCII) for code in _FULLWIDTH}
    for first, end in _BLOCKS:
        for character in map(chr, range(first, end)):
            composed = unicodedata.normalize("NFC", character)
            if composed != character:
                table[character] = composed
            else:
                table.update(dict.fromkeys(_pairs(character), character))
    return table


def _pairs(character: str) -> list[str]:
    """The letter and mark, in every way there is, that make up a character."""
    parts = unicodedata.normalize("NFD", character)
    found = []
    for i in range(1, len(parts)):
        letter = unicodedata.normalize("NFC", parts[:i] + parts[i + 1 :])
        pair = letter + parts[i]
        if len(letter) == 1 and unicodedata.normalize("NFC", pair) == character:
            found.append(pair)
    return found


def check_characters(text: str) -> None:
    """Refuses a text with surrogates, which stand for bytes that are no characters.

    Raises:
        UserError: naming the first one.
    """
    if text.isascii():  # known without looking, so that it costs nothing
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(
            f"The text has {error.object[error.start]!r} at character "
            f"{error.start + 1}, which is no character. Give it as UTF-8."
        ) from error


class PlainCharacters:
    """The reader in Python: texts in, the same in plain characters out.

    >>> PlainCharacters()("caf\N{LATIN SMALL LETTER E}\u0301")
    'café'
    """

    def __init__(self) -> None:
        self._substitutions = [(re.compile(p), r) for p, r in SUBSTITUTIONS]
        self._respelled = re.compile(RESPELLED)

    def __call__(self, text: str) -> str:
        """`text` with every character replaced by what it stands for."""
        if text.isascii():
            return text
        for pattern, replacement in self._substitutions:
            text = pattern.sub(replacement, text)
        if self._respelled.search(text) is not None:
            text = _respell(text)
        return text


@functools.cache
def plain_characters() -> PlainCharacters:
    """The one reader that all share: it holds no text."""
    return PlainCharacters()


def _respell(text: str) -> str:
    """Steps 2 and 3."""
    table = spellings()
    singles, pairs = _keys()
    text = singles.sub(lambda match: table[match[0]], text)
    for _ in range(PASSES):
        text = pairs.sub(lambda match: table.get(match[0], match[0]), text)
    return text


@functools.cache
def _keys() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Expressions for the single keys, and for whatever may be a pair.

    No second character of a pair is a first one of another, so a pair that is no key
    hides none that is.
    """
    singles = "".join(key for key in spellings() if len(key) == 1)
    marks = "".join(sorted({key[1] for key in spellings() if len(key) == 2}))
    return re.compile(f"[{singles}]"), re.compile(f"(?s).[{marks}]")
