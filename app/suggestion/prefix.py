"""Where the word begins that is being typed.

A text goes in that ends inside a word; what stands in front of the word and the letters
typed of it come out. Characters that the tokenizer reads as one are one here too.
"""

from __future__ import annotations

import re

from app.suggestion.offers import Offers
from app.text.characters import SUBSTITUTIONS

_READ_AS = {spelling: group.strip("[]") for group, spelling in SUBSTITUTIONS}
_SPACE = r"\x00-\x20\x7f" + _READ_AS[" "]
_OPENING = '"\\[({¿¡＂［（｛' + _READ_AS['"'] + _READ_AS[" -- "] + _READ_AS[" ... "]

# These expressions have two readers, like the rules of the tokenizer: `split_prefix`
# and the graph of the exported model.
QUOTE = "['`＇｀" + _READ_AS["'"] + "]"
FRONT = rf"(?s).*(?:[{_SPACE}{_OPENING}]|{QUOTE}{{2}}|--|\.\.)"
"""What a word begins right behind. Two apostrophes are TeX's quotation mark; one alone
may belong to the word ("'tis")."""
GIVEN_FRONT = r"(?s).*[ \t\n\v\f\r]"
"""The same where tokens are given."""
SIGNS = "*_$£€¥₹"

_QUOTE, _FRONT, _GIVEN_FRONT = map(re.compile, (QUOTE, FRONT, GIVEN_FRONT))


def split_prefix(text: str, offers: Offers) -> tuple[str, str]:
    """The text in front of the word being typed, and the letters typed of it.

    The prefix is what follows the last white space or opening punctuation. A single
    apostrophe in front belongs to it where a word begins so, and opens a quotation
    otherwise.

    Args:
        text: ends inside the word; in white space, the prefix is empty.
        offers: the words that begin with an apostrophe.
    """
    pretokenized = offers.vocabulary.pretokenized
    front = (_GIVEN_FRONT if pretokenized else _FRONT).match(text)
    start = front.end() if front else 0
    if not pretokenized:
        start = len(text) - len(text[start:].lstrip(SIGNS))
        if _QUOTE.match(text, start):
            is_bare = start + 1 == len(text)
            start += is_bare or not offers.starting_with(text[start:])
    return text[:start], text[start:]
