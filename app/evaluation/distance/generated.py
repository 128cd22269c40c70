"""A generated language in which one word far back decides, and nothing else does.

People of one letter are said to have something, again and again::

    BOS  A red  B green  A blue  C red  B red  A ___        blue, which is 6 words back

The word after a name is drawn evenly, so that no count, no neighbour and no habit of
the language helps: who does not remember what was said of that name last is right by
chance. All that lies between speaks of others in the same words. Some names are met
often and some rarely, so that a network learns from distances of all lengths.

This module draws ids, and refuses to know who reads them.

Source: the task is one of recall by association as in Hochreiter and Schmidhuber 1997,
Long short-term memory, section 5, with distractors of the same kind; Danihelka et al.
2016, Associative long short-term memory, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.text.vocabulary import BOS, PAD, RESERVED

NUM_NAMES, NUM_THINGS = 4, 8
NAMES = np.arange(len(RESERVED), len(RESERVED) + NUM_NAMES, dtype=np.int32)
THINGS = np.arange(NAMES[-1] + 1, NAMES[-1] + 1 + NUM_THINGS, dtype=np.int32)
VOCABULARY_SIZE = len(RESERVED) + NUM_NAMES + NUM_THINGS
CHANCE = 1 / NUM_THINGS

# Each name is met half as often as the one before it.
_SHARES = 0.5 ** np.arange(NUM_NAMES)
SHARES = _SHARES / _SHARES.sum()


class Lesson(NamedTuple):
    """What is read side by side while a network learns; time-major.

    Attributes:
        inputs: int32 [time, rows]; BOS begins every row.
        targets: int32 [time, rows]; after a name what was said of it last, PAD
            elsewhere and where nothing was.
    """

    inputs: np.ndarray
    targets: np.ndarray


def lesson(rows: int, pairs: int, generator: np.random.Generator) -> Lesson:
    """Texts of so many names, each with its thing.

    Args:
        rows: read side by side.
        pairs: names in each; 2 * pairs + 1 steps.
        generator: draws them.
    """
    names = generator.choice(NAMES, (rows, pairs), p=SHARES)
    things = generator.choice(THINGS, (rows, pairs))
    inputs = np.full((2 * pairs + 1, rows), BOS, np.int32)
    inputs[1::2], inputs[2::2] = names.T, things.T
    targets = np.full_like(inputs, PAD)
    last = np.full((rows, NUM_NAMES), PAD, np.int32)
    row = np.arange(rows)
    for pair, (name, thing) in enumerate(zip(names.T, things.T, strict=True)):
        targets[2 * pair + 1] = last[row, name - NAMES[0]]
        last[row, name - NAMES[0]] = thing
    return Lesson(inputs, targets)


def shares_beyond(distances: Sequence[int], pairs: int) -> list[float]:
    """The share of a lesson's questions that are at least so far back, estimated."""
    inputs, _ = lesson(2000, pairs, np.random.default_rng(0))
    met = []
    for name in NAMES:
        spoken, step = np.nonzero((inputs[1::2] == name).T)
        gaps = np.diff(step, prepend=0)
        met.append(2 * gaps[np.diff(spoken, prepend=-1) == 0])  # not the first one
    met_at = np.concatenate(met)
    return [float((met_at >= distance).mean()) for distance in distances]


def questions(
    distance: int, count: int, before: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Texts that end with a name, of which something was said `distance` words back.

    Args:
        distance: even and at least 2, when name and thing are followed by the name.
        count: of texts.
        before: names that were spoken of before, so that it is not the first one.
        generator: draws them.

    Returns:
        What is read, BOS left out, int32 [count, 2 * before + distance + 1]; the
        answers, int32 [count].

    Example:
        >>> ids, answers = questions(4, 2, 1, np.random.default_rng(0))
        >>> ids.shape, bool((ids[:, -4] == answers).all())
        ((2, 7), True)
    """
    pairs = before + distance // 2
    names = generator.choice(NAMES, (count, pairs), p=SHARES)
    things = generator.choice(THINGS, (count, pairs))
    asked = generator.choice(NAMES, count)
    # Who is spoken of between them is somebody else, as often as ever.
    others = np.where(NAMES != asked[:, None], SHARES, 0.0).cumsum(axis=1)
    drawn = generator.random((count, pairs)) * others[:, -1:]
    other = (drawn[:, :, None] >= others[:, None, :]).sum(axis=2) + NAMES[0]
    names[:, before + 1 :] = other[:, before + 1 :]
    names[:, before] = asked
    read = np.empty((count, 2 * pairs + 1), np.int32)
    read[:, :-1:2], read[:, 1::2], read[:, -1] = names, things, asked
    return read, things[:, before].astype(np.int32)
