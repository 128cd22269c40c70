"""Prefixes that differ from the typed one by a single slip of the fingers.

A slip is a letter too many, a missing or a wrong one, or two neighbours swapped
(Damerau 1964, A technique for computer detection and correction of spelling errors:
four slips of five are one of these). This module knows letters, no words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


def keys_one_error_away(
    key: str, letters_after: Callable[[str], Iterable[str]], fits: Callable[[str], bool]
) -> list[str]:
    """What may have been meant by `key`, each once, in alphabetical order.

    Args:
        key: what was typed.
        letters_after: letters that words may have after a beginning; what cannot be
            the beginning of a word is not asked for.
        fits: whether any word has a beginning.

    >>> words = ("the", "ten")
    >>> keys_one_error_away(
    ...     "teh", lambda _: "ehnt", lambda it: any(w.startswith(it) for w in words))
    ['te', 'ten', 'th', 'the']
    """
    found = set()
    for place in range(len(key)):
        head, letter, tail = key[:place], key[place], key[place + 1 :]
        if not fits(head):
            break  # and with it every longer one
        found.add(head + tail)
        if tail:
            found.add(head + tail[0] + letter + tail[1:])
        for other in letters_after(head):
            found.add(head + other + tail)
            found.add(head + other + letter + tail)
    return sorted(it for it in found - {key} if fits(it))
