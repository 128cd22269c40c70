"""The weights of a network: their names, their shapes, and whether they are sound.

The names are those of the model folder's `weights/`. What is computed with them is not
known here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.language.cells import CELL_CLASSES
from app.settings import Architecture


def weight_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """The name and shape of every array of a network, in the order of the data's flow.

    A two-sided network has two stacks of recurrent layers, "left" and "right", where
    others have one, "recurrent".
    """
    units, dense_units = architecture.units, architecture.dense_units
    shapes: dict[str, tuple[int, ...]] = {
        "embedding": (architecture.vocabulary_size, architecture.embedding_width)
    }
    stacks = ("left", "right") if architecture.two_sided else ("recurrent",)
    for name in stacks:
        shapes |= _stack_shapes(architecture, name)
    if architecture.attention_length is not None:
        shapes["attention_query_kernel"] = (units, units)
        shapes["attention_kernel"] = (2 * units, units)
    return shapes | {
        "dense_kernel": (len(stacks) * units, dense_units),
        "dense_bias": (dense_units,),
        "output_kernel": (dense_units, architecture.vocabulary_size),
        "output_bias": (architecture.vocabulary_size,),
    }


def _stack_shapes(architecture: Architecture, name: str) -> dict[str, tuple[int, ...]]:
    """Of the recurrent layers whose names begin with `name`."""
    width = CELL_CLASSES[architecture.cell].num_gates * architecture.units
    inputs = architecture.embedding_width
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(architecture.layers):
        shapes[f"{name}_{layer}_kernel"] = (inputs, width)
        shapes[f"{name}_{layer}_recurrent_kernel"] = (architecture.units, width)
        bias = (2, width) if architecture.cell == "gru" else (width,)
        shapes[f"{name}_{layer}_bias"] = bias
        inputs = architecture.units
    return shapes


def check_weights(
    architecture: Architecture, weights: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Those of `weights` that the network needs, as plain float32 arrays.

    Raises:
        ValueError: an array is missing, has another shape or holds a number that is
            not finite.
    """
    checked = {}
    for name, shape in weight_shapes(architecture).items():
        if name not in weights:
            raise ValueError(f"the weights {name!r} are missing")
        # Not np.asanyarray: arithmetic on the memmap class is slower.
        array = np.asarray(weights[name], np.float32)
        if array.shape != shape:
            raise ValueError(
                f"the weights {name!r} have shape {array.shape} instead of {shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"the weights {name!r} hold numbers that are not finite")
        checked[name] = array
    return checked
