"""The states of a text that is being edited: what was read before is not read again.

Ids of the text up to some place enter, the states there leave. States are kept at
token boundaries, all of the last ones and fewer further back:

    | . . . . . . . | . . . | . . . | . | . | . | . | | | | | |      | a kept state
                                                    RECENT  caret

A jump back by d tokens so costs the reading of d / 8 tokens at most. Two readings are
kept, so that half a word in the midst of a text does not wipe out what stands behind
it; what both have read is kept once. Nothing but the contract of a language model is
known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.language.contract import LanguageModel, read

MOST_STATES = 128  # of a reading, more make it drop some; up to 80 stay as a rule

RECENT = 32  # token boundaries before the end at each of which the states are kept
_SHARE = 8  # further back: boundaries for each doubling of the distance


@dataclass
class _Reading:
    """A text that was read, and the states at some of its boundaries.

    Attributes:
        token_ids: int32 [tokens].
        states: by the number of tokens read.
    """

    token_ids: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    states: dict[int, Any] = field(default_factory=dict)

    def shared(self, token_ids: np.ndarray) -> int:
        """How many tokens both texts begin with."""
        length = min(len(self.token_ids), len(token_ids))
        differs = self.token_ids[:length] != token_ids[:length]
        return int(differs.argmax()) if differs.any() else length

    def known(self, shared: int) -> int:
        """The furthest boundary up to `shared` whose states are kept; -1: none."""
        if shared in self.states:  # as nearly always
            return shared
        return max((place for place in self.states if place <= shared), default=-1)

    def thin_out(self, caret: int) -> None:
        """Drops states far from the caret, and of those behind it far from the end."""
        furthest = max(self.states)
        self.states = {
            place: states
            for place, states in self.states.items()
            if is_kept(place, caret if place <= caret else furthest)
        }


class Readings:
    """States after any beginning of a text, or of another that is much like it.

    As a rule it holds the states of some hundred boundaries, in the worst case of 310
    (two texts with nothing in common, the caret in the midst of both). For a network
    with an LSTM of 256 units they take 2 kB each, for one with attention over 50
    outputs of 400 units 83 kB.

    Args:
        model: only the contract is used.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._readings = [_Reading(), _Reading()]  # the last one used comes first

    def states(self, token_ids: np.ndarray) -> Any:
        """The states after BOS and int32 [tokens], as `read` would give them."""
        # Of two that are as good the longer one, from which there is more to lose.
        ranked = []
        for reading in self._readings:
            shared = reading.shared(token_ids)
            length = len(reading.token_ids)
            ranked.append((reading.known(shared), length, shared, reading))
        *_, shared, best = max(ranked, key=lambda it: it[:2])
        if shared < min(len(token_ids), len(best.token_ids)):
            # They part: what lies behind the fork stays as it is, for later.
            kept = {n: states for n, states in best.states.items() if n <= shared}
            self._readings = [_Reading(token_ids.copy(), kept), best]
            best = self._readings[0]
        elif len(token_ids) > len(best.token_ids):
            best.token_ids = token_ids.copy()
        return self._read_on(best, len(token_ids))

    def _read_on(self, reading: _Reading, end: int) -> Any:
        """The states at boundary `end` of a reading, which keeps those on the way."""
        place = reading.known(end)
        if place < 0:
            place, reading.states[0] = 0, self._model.start(1)
        states = reading.states[place]
        for stop in range(place + 1, end + 1):
            if is_kept(stop, end):
                states = read(self._model, states, reading.token_ids[None, place:stop])
                place, reading.states[stop] = stop, states
        if len(reading.states) > MOST_STATES:
            reading.thin_out(end)
        return states


def is_kept(boundary: int, end: int) -> bool:
    """Whether the states at a boundary are kept when `end` tokens have been read.

    The distances between those that are kept are powers of two, so that what is kept
    later has been kept before.

    >>> [n for n in range(101) if is_kept(n, 100)][:12]
    [0, 8, 16, 24, 32, 40, 44, 48, 52, 56, 60, 64]
    """
    distance = end - boundary
    if distance <= RECENT:
        return True
    step = 1 << (distance // _SHARE).bit_length() - 1
    return boundary % step == 0
