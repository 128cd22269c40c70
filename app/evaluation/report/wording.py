"""Names and phrases for what the keys and numbers of metrics.json mean."""

from __future__ import annotations

from collections.abc import Sequence

# The keys of contenders, as a sentence calls them.
_CONTENDERS = {
    "test": "this model",
    "network_only": "its network alone",
    "cache": "its cache alone",
    "kneser_ney_5": "Kneser-Ney 5-gram",
    "kneser_ney_3": "Kneser-Ney 3-gram",
    "unigram": "word frequency alone",
    "most_common_word": "always the most common word",
}
# Below so many standard errors a difference may be chance; above so many it is not.
DOUBTFUL, CLEAR = 2.0, 4.0


def contender(key: str) -> str:
    """A contender's name; what has no name of ours has one of the person's."""
    return _CONTENDERS.get(key, key)


def by_chance(difference: float, error: float | None) -> str:
    """Whether a difference may be an accident of the documents that were measured.

    >>> by_chance(0.9, 0.02), by_chance(0.05, 0.02), by_chance(0.03, 0.02)
    ('no', 'hardly', 'may be')
    >>> by_chance(0.9, None)
    'not known'
    """
    if not error:
        return "not known"
    times = difference / error
    return "no" if times >= CLEAR else "hardly" if times >= DOUBTFUL else "may be"


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
