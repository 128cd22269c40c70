"""What a program carries from one step of an exported network to the next.

The names and shapes are the same in every format, so that a client of one is a client
of all. Nothing is computed here.
"""

from __future__ import annotations

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
