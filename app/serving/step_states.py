"""What a program carries from one step of an exported network to the next.

The names and shapes are the same in every format, so that a client of one is a client
of all. The numpy network keeps a value of its own for each layer; what is here packs
those values into the published arrays and unpacks them. Nothing is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.language.attention import LastOutputs
from app.settings import Architecture


def state_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Name -> shape of each state of one row; all are float32, zeros to begin with.

    Raises:
        ValueError: the network has a limited context and carries none.
    """
    if architecture.context_length is not None:
        raise ValueError("a network of limited context carries no states")
    stacked = (architecture.layers, architecture.units)
    shapes: dict[str, tuple[int, ...]] = {"hidden": stacked}
    if architecture.cell == "lstm":
        shapes["cell"] = stacked
    if architecture.attention_length is not None:
        shapes["last_outputs"] = (architecture.attention_length, architecture.units)
    return shapes


def pack(states: tuple[Any, ...]) -> dict[str, np.ndarray]:
    """The published arrays, float32, batch first, of a network's states."""
    layers = [it for it in states if not isinstance(it, LastOutputs)]
    packed = {
        name: np.stack([getattr(it, name) for it in layers], axis=1)
        for name in layers[0]._fields
    }
    if isinstance(states[-1], LastOutputs):
        packed["last_outputs"] = states[-1].outputs
    return packed


def unpack(packed: Mapping[str, np.ndarray], like: tuple[Any, ...]) -> tuple[Any, ...]:
    """The network's states that `pack` packs so.

    Args:
        packed: the published arrays.
        like: states of that network, of any batch.
    """
    return tuple(
        LastOutputs(packed["last_outputs"])
        if isinstance(it, LastOutputs)
        else type(it)(*(packed[name][:, layer] for name in it._fields))
        for layer, it in enumerate(like)
    )
