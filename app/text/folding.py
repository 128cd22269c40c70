"""Words as a hurried person types them: without capitals and accents.

One rule for what is typed and for what is looked up, so that "ecole" finds "École" and
"lon" finds "London". Ids are not made from it: they are of the tokenizer's `fold`,
which keeps accents.
"""

from __future__ import annotations

import unicodedata

from app.text.characters import plain_characters

# Letters with a stroke or a ligature, which Unicode does not take apart.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "ı": "i"}
)


def without_case_and_accents(text: str) -> str:
    """The bare letters of `text`; what is no letter stays.

    The key of a word begins with the key of each of its beginnings. Korean syllables
    become jamo, so that one that is half typed is a beginning too.

    >>> without_case_and_accents("École"), without_case_and_accents("STRAẞE")
    ('ecole', 'strasse')
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    text = unicodedata.normalize("NFD", plain_characters()(text).casefold())
    bare = "".join(it for it in text if not _is_accent(it))
    return bare.translate(_LETTERS).replace("`", "'")


def _is_accent(character: str) -> bool:
    """Whether a mark can be left out, as Hebrew points and Arabic vowels often are.

    Unicode's combining classes tell: those from 10 to 35 are these two, from 200 on
    accents. Others are parts of letters (the voicing of kana, the virama of India).
    """
    combining = unicodedata.combining(character)
    return combining >= 200 or 10 <= combining <= 35
