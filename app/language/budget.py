"""Networks of different kinds with the same number of parameters.

An LSTM has four gates, a GRU three, a plain layer none, so that layers of one width
have very different numbers of weights: who compares kinds gives each its own width.
What is counted is all that a network computes with but word vectors and output layer,
which are the same for every kind and would hide a difference many times as large.
"""

from __future__ import annotations

import math
from dataclasses import replace

from app.language.weights import weight_shapes
from app.settings import Architecture

_OF_EVERYBODY = ("embedding", "output_kernel", "output_bias")

# How far apart two networks may be that are said to be equally large.
TOLERANCE = 0.02


def num_parameters(architecture: Architecture) -> int:
    """All weights of a network, word vectors among them."""
    return sum(math.prod(shape) for shape in weight_shapes(architecture).values())


def num_own_parameters(architecture: Architecture) -> int:
    """Those that differ with the kind of the network."""
    shapes = weight_shapes(architecture).items()
    return sum(math.prod(it) for name, it in shapes if name not in _OF_EVERYBODY)


def as_large_as(model: Architecture, kind: Architecture) -> Architecture:
    """A network of one kind, as wide as makes it as large as another network.

    The number of parameters grows with the width, so the best width is found by
    halving an interval; of its two neighbours the nearer one is taken.

    Args:
        model: has the size.
        kind: has everything else.

    Raises:
        ValueError: no width comes within `TOLERANCE`: the model is too small.
    """
    wanted = num_own_parameters(model)

    def size(units: int) -> int:
        return num_own_parameters(replace(kind, units=units))

    low, high = 1, 2
    while size(high) < wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) < wanted else (low, middle)
    units = min(low, high, key=lambda it: abs(size(it) - wanted))
    if abs(size(units) - wanted) > TOLERANCE * wanted:
        raise ValueError(
            f"no width makes it {wanted:,} parameters: {size(units):,} are next"
        )
    return replace(kind, units=units)
