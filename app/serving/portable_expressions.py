r"""The tokenizer's expressions for engines that know other classes of characters.

`re` of Python and many small engines have no `\p{L}`, and those that have it know
another Unicode. So each class is written out as the characters that the `regex`
package, which the model's text was cut with, takes for it. What remains is what all
engines share.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator

import regex

_CLASS = regex.compile(r"\\p\{(\w)\}")
_SPECIAL = frozenset("\\]^-[")  # inside square brackets


def portable(pattern: str) -> str:
    r"""`pattern` with every `\p{...}` as a list of characters.

    >>> portable(r"\'[a-z]")
    "'[a-z]"
    """
    pieces, is_inside = [], False
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            piece, length = _escaped(pattern, position, is_inside)
        else:
            piece, length = character, 1
            is_inside = (is_inside or character == "[") and character != "]"
        pieces.append(piece)
        position += length
    return "".join(pieces)


def _escaped(pattern: str, position: int, is_inside: bool) -> tuple[str, int]:
    """What stands for the backslash at `position` and what belongs to it."""
    if match := _CLASS.match(pattern, position):
        ranges = _ranges_of(match[1])
        return (ranges if is_inside else f"[{ranges}]"), len(match[0])
    escaped = pattern[position : position + 2]
    # JavaScript refuses a backslash in front of what has no other meaning.
    return (escaped[1] if escaped[1] in "'\"" else escaped), 2


@functools.cache
def _ranges_of(name: str) -> str:
    r"""What stands between square brackets for the characters of `\p{name}`."""
    is_in = regex.compile(rf"\p{{{name}}}").match
    codes = (code for code in range(sys.maxunicode + 1) if is_in(chr(code)))
    return "".join(
        _literal(first) + ("-" + _literal(last) if last > first else "")
        for first, last in _runs(codes)
    )


def _runs(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yields the first and the last of every run of ascending `codes`."""
    first = last = -2
    for code in codes:
        if code != last + 1:
            if first >= 0:
                yield first, last
            first = code
        last = code
    if first >= 0:
        yield first, last


def _literal(code: int) -> str:
    character = chr(code)
    return "\\" + character if character in _SPECIAL else character
