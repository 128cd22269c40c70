"""Tokens in, text out as a person types it: spaces, contractions, capitals.

The opposite of `tokenizer`: for tokens of natural text, what is written here is cut
into the same tokens again, up to letter case. So a mark is put close to its neighbour
only where both stay tokens of their own; where white space was is not known and is
decided as English does. This module refuses to know what the words mean: which of two
straight quotation marks opens is told by counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from app.text.sentences import begins_after, capitalised
from app.text.tokenizer import AFTER_APOSTROPHE, CLITICS
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, Vocabulary

UNKNOWN = "…"
"""Stands for a word that the vocabulary does not know."""

_CLOSING = frozenset(", . ; : ! ? ) ] } ... 。 、 ، ؛ ؟ ।".split())
_OPENING = frozenset("( [ { ¿ ¡".split())
_BEFORE_NUMBERS = frozenset("$ £ € ¥ ₹ #".split())
_AFTER_NUMBERS = frozenset("% ‰ °".split())
_PAIRED = frozenset('" _'.split())  # the same sign opens and closes

# What would be one token if it stood together: the last characters and the next token.
_MERGING = regex.compile(
    r"(?:\.\n\.+|-\n--?|'\n'.*|_\n_"
    rf"|'\n(?:{AFTER_APOSTROPHE}|[Nn])"  # 'tis, 'n'
    r"|[:;]-?\n\)"  # emoticons
    r"|(?:^|[^\p{L}])[A-HJ-Z]\n\."  # initials
    r"|[#@].*\n_|(?:://|www\.).*\n[_/%].*)$"  # tags and addresses take them in
)


def detokenize(
    tokens: Iterable[str], *, begins: bool = True, after: Sequence[str] = ()
) -> str:
    """The text of one paragraph.

    Args:
        tokens: as they are usually written.
        begins: whether the first of them (or of `after`) begins a sentence.
        after: what stands in front; it decides what opens and what closes, and where
            a capital is due, and is not written.

    >>> detokenize(["so", ",", "it", "'s", "(", "as", "Mr.", "X", "said", ")", "."])
    "So, it's (as Mr. X said)."
    >>> detokenize(['"', "he", "left", "."], after=['"', "go", "!"])
    '" He left.'
    """
    padded = ["", *after, *tokens, ""]
    text = ""
    written_before = 0  # characters of `after`
    is_open: set[str] = set()
    is_close = True  # the next token stands close to what is written so far
    neighbours = zip(padded, padded[1:], padded[2:], strict=False)
    for number, (before, token, behind) in enumerate(neighbours, start=1):
        to_left, to_right = _sides(before, token, behind, is_open)
        word = capitalised(token) if begins else token
        last = text[text.rfind(" ") + 1 :]
        if (to_left or is_close) and not _MERGING.search(f"{last}\n{token}"):
            text += word
        else:
            text += f" {word}"
        is_close = to_right
        begins = begins_after(begins, token)
        if number == len(after):
            written_before = len(text)
    return text[written_before:].lstrip(" ")


def detokenize_ids(ids: Iterable[int], vocabulary: Vocabulary) -> str:
    """The text of token ids; every EOS ends a line, what is unknown is `UNKNOWN`.

    Given tokens (`--pretokenized`) are parted by spaces and kept as they are.
    """
    spelled = {OOV: UNKNOWN, BLANK: "___"}
    lines: list[list[str]] = [[]]
    for token_id in ids:
        if token_id == EOS:
            lines.append([])
        elif token_id not in (PAD, BOS):
            lines[-1].append(spelled.get(token_id) or vocabulary.written[token_id])
    write = " ".join if vocabulary.pretokenized else detokenize
    return "\n".join(write(line) for line in lines)


def _sides(before: str, token: str, after: str, is_open: set[str]) -> tuple[bool, bool]:
    """Whether a token stands close to the one before, and to the one after it.

    Args:
        before: the token in front, "" where there is none.
        token: the one to place.
        after: the token behind, "" where there is none.
        is_open: paired marks that wait for their partner; brought up to date.
    """
    if token in _CLOSING:
        return True, False
    if token.lower() in CLITICS:
        return before == '"' or any(map(str.isalnum, before)), False
    if token in _OPENING:
        return False, True
    if token in _PAIRED:
        return _pair(token, is_open, is_closing=not after and bool(before))
    if token == "'":
        return _pair(token, is_open, is_closing=_ends_a_word(before, after))
    if token in _BEFORE_NUMBERS:
        return False, after[:1].isdigit()
    if token in _AFTER_NUMBERS:
        is_unit = token == "°" and after.rstrip(".") in ("C", "F")
        return before[-1:].isdigit() and not is_unit, is_unit  # 90°, 20 °C
    if token == "-":  # a sign before a number; else it stands alone, as a dash does
        return False, after[:1].isdigit() and not _is_operand(before)
    if token == "--":
        return True, True
    if token == "/":
        is_between = before[-1:].isalpha() and after[:1].isalpha()
        return is_between, is_between
    return False, False


def _pair(token: str, is_open: set[str], *, is_closing: bool) -> tuple[bool, bool]:
    """The sides of a mark that opens and closes in turn."""
    if token in is_open:
        is_open.discard(token)
        return True, False
    if is_closing:
        return True, False
    is_open.add(token)
    return False, True


def _is_operand(before: str) -> bool:
    """Whether a number may be taken off the token before a hyphen: 5 - 3, n - 1."""
    is_letter_or_bracket = len(before) == 1 and before not in _OPENING | _PAIRED
    return before[-1:].isdigit() or is_letter_or_bracket


def _ends_a_word(before: str, after: str) -> bool:
    """Whether an apostrophe that closes nothing belongs to the word before: dogs'."""
    is_last = not after or after in _CLOSING
    is_plural = before[-1:] in ("s", "S", "x", "z") and after[:1].isalnum()
    return bool(before) and (is_last or is_plural)
