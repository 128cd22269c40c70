"""Numbers of things, times and lists, as a person says them."""

from __future__ import annotations

from collections.abc import Sequence


def capitalised(sentence: str) -> str:
    """A sentence as it begins, the rest as it is.

    >>> capitalised("this is Kneser-Ney")
    'This is Kneser-Ney'
    """
    return sentence[:1].upper() + sentence[1:]


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "document"), counted(1234, "document")
    ('1 document', '1,234 documents')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def duration(seconds: float) -> str:
    """A time as a person says it.

    >>> duration(41.2), duration(209), duration(7300)
    ('41 seconds', '3.5 minutes', '2.0 hours')
    """
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.1f} minutes"
    return f"{seconds / 3600:.1f} hours"


def sized(num_bytes: float) -> str:
    """A number of bytes, in the unit that suits it.

    >>> sized(734003200)
    '700 MiB'
    """
    return f"{num_bytes / 2**20:,.0f} MiB"
