"""The personal memory: the words that a person has accepted, apart from any model.

Accepted tokens go in; counts come out, which `memory_model` turns into probabilities.
Only what was accepted is ever kept: no text around it, no date, nothing else that was
typed. Two words are linked only where both were accepted, one right after the other.

What was accepted long ago counts less: a count halves with every `HALF_LIFE` tokens
accepted since, so time is told in words and not in days. When there is no room left the
least goes first, which is what was used seldom and long ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from app.text.tokenizer import Tokenizer

HALF_LIFE = 10_000
"""Accepted tokens after which a count is worth half; some days of writing."""

MOST_ENTRIES = 20_000
"""Words and links between two words that are kept: 1 MB as a file."""

_ROOM_MADE = 0.1  # share of the entries that goes at a time, so that it goes seldom


@dataclass
class Count:
    """How often something was accepted, the older the less.

    Attributes:
        weight: the count as it stood at `last`.
        last: how many tokens had been accepted then.
    """

    weight: float
    last: int

    def at(self, now: int) -> float:
        """The count when `now` tokens have been accepted."""
        return self.weight * 0.5 ** ((now - self.last) / HALF_LIFE)

    def add(self, weight: float, now: int) -> None:
        """Counts `weight` more."""
        self.weight, self.last = self.at(now) + weight, now


@dataclass
class Word:
    """A word that was accepted.

    Attributes:
        written: as it was accepted last.
        count: how often.
        following: what was accepted right after it, by its key.
    """

    written: str
    count: Count
    following: dict[str, Count] = field(default_factory=dict)


class Memory:
    """Counts of accepted words; see the module.

    Args:
        most_entries: words and links to keep.

    Attributes:
        accepted: how many tokens were accepted so far.
        words: by key, which is the word in lower case.
    """

    def __init__(self, most_entries: int = MOST_ENTRIES) -> None:
        self.accepted = 0
        self.words: dict[str, Word] = {}
        self._most_entries = most_entries
        self._fold: Callable[[str], str] = Tokenizer().fold
        self._before: str | None = None

    @property
    def num_entries(self) -> int:
        """Words and links."""
        return len(self.words) + sum(len(it.following) for it in self.words.values())

    def accept(self, tokens: Sequence[str], *, follows: bool = False) -> None:
        """Learns from text that a person has accepted.

        Args:
            tokens: as they were written.
            follows: they stand right behind what was accepted last.
        """
        before = self._before if follows else None
        for token in tokens:
            self.accepted += 1
            key = self._count(token, 1.0)
            if before is not None:
                self._link(before, key, 1.0)
            before = key
        self._before = before
        if self.num_entries > self._most_entries:
            self._make_room()

    def ranked(self) -> list[tuple[Word, float]]:
        """All words with what they count now, the most used first."""
        counted = [(it, it.count.at(self.accepted)) for it in self.words.values()]
        return sorted(counted, key=lambda pair: (-pair[1], pair[0].written))

    def following(self, word: Word) -> list[tuple[str, float]]:
        """What was accepted right after a word, the most used first, as written."""
        counted = [
            (self.words[key].written, count.at(self.accepted))
            for key, count in word.following.items()
        ]
        return sorted(counted, key=lambda pair: (-pair[1], pair[0]))

    def search(self, part: str) -> list[tuple[Word, float]]:
        """Of `ranked` the words that have `part` in them, in whatever case."""
        key = self._fold(part)
        return [pair for pair in self.ranked() if key in self._fold(pair[0].written)]

    def forget(self, token: str) -> bool:
        """Removes a word and its links, in whatever case; whether it was there."""
        key = self._fold(token)
        is_there = key in self.words
        self._remove({key} & self.words.keys())
        return is_there

    def clear(self) -> None:
        """Removes everything."""
        self.accepted, self._before = 0, None
        self.words.clear()

    def merge(self, other: Memory) -> None:
        """Adds what another memory holds, each count as it stands there now."""
        for word, weight in reversed(other.ranked()):
            self._count(word.written, weight)
        for key, word in other.words.items():
            for after, count in word.following.items():
                self._link(key, after, count.at(other.accepted))
        self._before = None
        if self.num_entries > self._most_entries:
            self._make_room()

    def _count(self, token: str, weight: float) -> str:
        key = self._fold(token)
        word = self.words.get(key)
        if word is None:
            self.words[key] = Word(token, Count(weight, self.accepted))
        else:
            word.written = token
            word.count.add(weight, self.accepted)
        return key

    def _link(self, before: str, after: str, weight: float) -> None:
        following = self.words[before].following
        if after in following:
            following[after].add(weight, self.accepted)
        else:
            following[after] = Count(weight, self.accepted)

    def _make_room(self) -> None:
        """Drops the entries that count least; of equal ones links before words."""
        entries = sorted(self._entries(), key=lambda it: (-it[0], it[2] is not None))
        dropped = entries[int(self._most_entries * (1 - _ROOM_MADE)) :]
        for _, key, after in dropped:
            if after is not None:
                del self.words[key].following[after]
        self._remove({key for _, key, after in dropped if after is None})

    def _remove(self, keys: set[str]) -> None:
        """Removes words, and the links to and from them."""
        for key in keys:
            del self.words[key]
        for word in self.words.values():
            for key in keys & word.following.keys():
                del word.following[key]
        if self._before in keys:
            self._before = None

    def _entries(self) -> Iterator[tuple[float, str, str | None]]:
        """What every word and every link counts now."""
        for key, word in self.words.items():
            yield word.count.at(self.accepted), key, None
            for after, count in word.following.items():
                yield count.at(self.accepted), key, after
