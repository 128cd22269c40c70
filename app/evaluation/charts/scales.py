"""From values to places in a picture, and the round values to mark on an axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

Scale: TypeAlias = Callable[[float], float]  # a value to a place in the picture

MOST_MARKS = 8
NOTHING = 1e-12  # what is below is no value to draw
_HARDLY_BENT = 2.5  # a logarithmic axis over so many times its lowest value

# Marks between two powers of ten, from close to wide.
_MANTISSAS = (
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 2, 3, 4, 5, 6, 8),
    (1, 2, 5),
    (1, 3),
    (1,),
)


def linear(low: float, high: float, first: float, last: float) -> Scale:
    """Places from `first` to `last`; in the middle where there is but one value."""
    if low == high:
        return lambda value: (first + last) / 2
    return lambda value: first + (value - low) / (high - low) * (last - first)


def logarithmic(low: float, high: float, first: float, last: float) -> Scale:
    """As `linear`, but a step is the same share of a value anywhere."""
    scale = linear(math.log(low), math.log(high), first, last)
    return lambda value: scale(math.log(value))


def with_room(low: float, high: float) -> tuple[float, float]:
    """A little more than the range of a logarithmic axis, and never nothing."""
    share = max((high / low) ** 0.06, 1.02)
    return low / share, high * share


def round_factors(low: float, high: float, most: int = MOST_MARKS) -> list[float]:
    """Round values from `low` to `high` for a logarithmic axis, at most `most`.

    >>> round_factors(80, 700)
    [80.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0]
    >>> round_factors(86, 124, most=4)  # hardly bent: the same distances serve
    [90, 100, 110, 120]
    """
    if high < _HARDLY_BENT * low:
        step = next(it for it in _round_numbers(low) if (high - low) / it < most)
        marks = [step * it for it in range(math.ceil(low / step), 1 + int(high / step))]
        return [round(it, 12) for it in marks]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for mantissas in _MANTISSAS:
        values = [
            mantissa * 10.0**power
            for power in range(first, last + 1)
            for mantissa in mantissas
        ]
        marks = [value for value in values if low <= value <= high]
        if len(marks) <= most:
            return marks
    # More powers of ten than there is room for.
    return marks[:: -(-len(marks) // most)]


def round_steps(high: float, most: int = 6) -> list[float]:
    """Round values from 0 to `high` or just above it, at most `most`.

    >>> round_steps(0.37)
    [0.0, 0.1, 0.2, 0.3, 0.4]
    >>> round_steps(0)
    [0.0, 1.0]
    """
    if high < NOTHING:
        return [0.0, 1.0]
    for step in _round_numbers(high):
        steps = math.ceil(high / step - 1e-9)
        if steps < most:
            break
    return [round(number * step, 12) for number in range(steps + 1)]


def _round_numbers(near: float) -> Iterator[float]:
    """Steps from a thousandth of a value on, upwards.

    >>> list(itertools.islice(_round_numbers(700), 4))
    [1, 2, 2.5, 5]
    """
    first = math.floor(math.log10(near)) - 2
    for power in itertools.count(first):
        for mantissa in (1, 2, 2.5, 5):
            yield mantissa * 10**power if power >= 0 else mantissa / 10**-power
