"""What a cache remembers of a text: a value that grows without being copied.

Tokens enter, each with the hidden vector before it; rows of a batch are selected and
joined as a search goes on. What was read before hypotheses part is kept once for all of
them. How it is looked up is the business of `app.language.cache`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np

# Of a token that is not there: rows of a batch may remember different numbers.
NOTHING = -1

# Segments that a memory keeps apart; more of them are copied into one.
_MOST_SEGMENTS = 8


class _Buffer:
    """Room for tokens and their keys, which several memories share.

    A memory sees a range of it. What is written is never written again, so the one
    that ends where the writing ended can go on without copying, and the others
    do not notice.
    """

    def __init__(self, batch: int, capacity: int, width: int) -> None:
        self.keys = np.zeros((batch, capacity, width), np.float32)
        self.token_ids = np.full((batch, capacity), NOTHING, np.int32)
        self.used = 0
        self._lock = Lock()

    def claim(self, begin: int, count: int) -> bool:
        """Whether `count` places from `begin` on are now the caller's to write."""
        with self._lock:
            is_free = begin == self.used and begin + count <= self.token_ids.shape[1]
            if is_free:
                self.used += count
            return is_free


class _Segment(NamedTuple):
    """Tokens that all rows of a memory share.

    Attributes:
        keys: float32 [tokens, width], unit vectors.
        token_ids: int32 [tokens].
    """

    keys: np.ndarray
    token_ids: np.ndarray


@dataclass(frozen=True, eq=False)
class Remembered:
    """What a batch of contexts remembers; a value, never changed in place.

    Rows that went on from one context share what that one had remembered::

        shared   the cat sat . the        segments, seen by every row
        own                        cat    row 0
                                   dog    row 1

    Attributes:
        shared: segments, the oldest first.
        buffer: holds what was remembered after those, each row its own, from `begin`
            to `end`.
        padding: how much more of its own one row may have than another.
    """

    shared: tuple[_Segment, ...]
    buffer: _Buffer
    begin: int
    end: int
    padding: int = 0

    @classmethod
    def empty(cls, batch: int, width: int) -> Remembered:
        """Of contexts that have read nothing."""
        return cls((), _Buffer(batch, 0, width), 0, 0)

    @property
    def keys(self) -> np.ndarray:
        """float32 [batch, own, width]."""
        return self.buffer.keys[:, self.begin : self.end]

    @property
    def token_ids(self) -> np.ndarray:
        """int32 [batch, own]."""
        return self.buffer.token_ids[:, self.begin : self.end]

    @property
    def batch(self) -> int:
        """Rows."""
        return len(self.buffer.token_ids)

    def append(self, keys: np.ndarray, token_ids: np.ndarray, size: int) -> Remembered:
        """The memory with some steps more.

        Args:
            keys: float32 [batch, steps, width].
            token_ids: int32 [batch, steps].
            size: what a row needs to remember; whoever looks takes the last ones.
        """
        keys, token_ids = keys[:, -size:], token_ids[:, -size:]
        steps, width = token_ids.shape[1], size + self.padding
        buffer, begin = self.buffer, max(self.begin, self.end + steps - width)
        end = self.end
        if not buffer.claim(end, steps):
            length = end - begin
            buffer = _Buffer(self.batch, 2 * (length + steps), keys.shape[2])
            buffer.claim(0, length + steps)
            buffer.keys[:, :length] = self.buffer.keys[:, begin:end]
            buffer.token_ids[:, :length] = self.buffer.token_ids[:, begin:end]
            begin, end = 0, length
        buffer.keys[:, end : end + steps] = keys
        buffer.token_ids[:, end : end + steps] = token_ids
        shared = () if end + steps - begin >= width else self.shared
        return Remembered(shared, buffer, begin, end + steps, self.padding)

    def select_rows(self, rows: np.ndarray) -> Remembered:
        """The memory of some rows; what one row had alone is then shared by all."""
        if self.batch > 1:
            own = self.keys[rows], self.token_ids[rows]
            return Remembered(self.shared, *_filled(*own), self.padding)
        width = self.buffer.keys.shape[2]
        return Remembered(self._with_own_shared, _Buffer(len(rows), 0, width), 0, 0)

    @cached_property
    def _with_own_shared(self) -> tuple[_Segment, ...]:
        """All segments of the only row, the same ones at every call."""
        keys, token_ids = self.keys[0], self.token_ids[0]
        if self.padding:  # of rows that it was joined with once
            is_there = token_ids != NOTHING
            keys, token_ids = keys[is_there], token_ids[is_there]
        segments = (*self.shared, _Segment(keys, token_ids))
        if len(segments) <= _MOST_SEGMENTS:
            return segments
        return (_Segment(*map(np.concatenate, zip(*segments, strict=True))),)

    @staticmethod
    def join_rows(parts: Sequence[Remembered]) -> Remembered:
        """The rows of several memories, one below the other."""
        shared = parts[0].shared
        if any(part.shared is not shared for part in parts):
            shared, parts = (), [part._without_sharing() for part in parts]
        lengths = [part.end - part.begin for part in parts]
        longest = max(lengths)
        keys = [_padded(part.keys, longest, 0) for part in parts]
        token_ids = [_padded(part.token_ids, longest, NOTHING) for part in parts]
        own = np.concatenate(keys), np.concatenate(token_ids)
        padding = max(part.padding for part in parts) + longest - min(lengths)
        return Remembered(shared, *_filled(*own), padding)

    def _without_sharing(self) -> Remembered:
        """The same memory, each row with a copy of what was shared."""
        keys, token_ids = self.keys, self.token_ids
        for segment in reversed(self.shared):
            shape = (self.batch, *segment.keys.shape)
            keys = np.concatenate([np.broadcast_to(segment.keys, shape), keys], 1)
            ids = np.broadcast_to(segment.token_ids, shape[:2])
            token_ids = np.concatenate([ids, token_ids], 1)
        return Remembered((), *_filled(keys, token_ids), self.padding)


def _filled(keys: np.ndarray, token_ids: np.ndarray) -> tuple[_Buffer, int, int]:
    """A buffer with float32 [batch, own, width] and int32 [batch, own]; its range."""
    buffer = _Buffer(*keys.shape)
    buffer.claim(0, keys.shape[1])
    buffer.keys[:], buffer.token_ids[:] = keys, token_ids
    return buffer, 0, keys.shape[1]


def _padded(array: np.ndarray, length: int, value: float) -> np.ndarray:
    """[batch, own, ...] with `value` in front of the second axis up to `length`."""
    widths = [(0, 0)] * array.ndim
    widths[1] = (length - array.shape[1], 0)
    return np.pad(array, widths, constant_values=value)
