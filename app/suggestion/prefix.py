"""Where the word begins that is being typed.

A text goes in that ends inside a word; what stands in front of the word and the letters
typed of it come out. They are told apart as the tokenizer will once the word is whole,
so the characters that it reads as one are one here too.
"""

from __future__ import annotations

import regex

from app.suggestion.offers import Offers
from app.text.characters import plain_characters

# After these a word can begin at once, as after white space. Two apostrophes are TeX's
# quotation mark. An apostrophe alone may belong to the word ("'tis").
_BEFORE_A_WORD = regex.compile(r"""(?s).*(?:[ \x00-\x1f\x7f"(\[{¿¡]|''|--|\.\.)""")
_IN_FRONT = regex.compile(r"[*_$£€¥₹]*")
_WHITE_SPACE = regex.compile(r"(?s).*[\x00-\x20\x7f-\xa0\p{Z}]")
_GIVEN_WHITE_SPACE = regex.compile(r"(?s).*[ \t\n\v\f\r]")


def split_prefix(text: str, offers: Offers) -> tuple[str, str]:
    """The text in front of the word being typed, and the letters typed of it.

    The prefix is what follows the last white space or opening punctuation. A single
    apostrophe in front belongs to it where a word begins so, and opens a quotation
    otherwise.

    Args:
        text: ends inside the word; in white space, the prefix is empty.
        offers: the words that begin with an apostrophe.
    """
    if offers.vocabulary.pretokenized:
        return _cut(text, _GIVEN_WHITE_SPACE)
    left, chunk = _cut(text, _WHITE_SPACE)
    inner, prefix = _cut(plain_characters()(chunk).replace("`", "'"), _BEFORE_A_WORD)
    signs = _IN_FRONT.match(prefix)[0]
    prefix = prefix[len(signs) :]
    left += inner + signs
    if prefix.startswith("'"):
        is_quote = prefix == "'" or not offers.starting_with(prefix)
        if is_quote:
            left, prefix = left + "'", prefix[1:]
    return left, prefix


def _cut(text: str, beginning: regex.Pattern[str]) -> tuple[str, str]:
    """The text up to where `beginning` ends, and the rest."""
    match = beginning.match(text)
    end = match.end() if match else 0
    return text[:end], text[end:]
