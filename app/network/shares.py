"""A batch dealt out to the cores of this machine, each of which works alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from app.settings import num_processors

# Streams times units of a core's share: with fewer a loop costs more to start than it
# saves (tests/benchmarks/recurrent_layer.py).
SMALLEST_SHARE = 4096


def num_shares(batch_size: int | None, units: int) -> int:
    """Into how many equal parts a batch is cut, one for each core that gains by it."""
    if batch_size is None or tf.config.list_logical_devices("GPU"):
        return 1
    # TensorFlow's own variable, where somebody gives it fewer threads; 0 is unset.
    cores = int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0) or num_processors()
    smallest = -(-SMALLEST_SHARE // units)
    most = max(1, min(cores, batch_size // smallest))
    return max(n for n in range(1, most + 1) if batch_size % n == 0)


def dealt_out(arguments: Any, number: int) -> Iterator[Any]:
    """Every share of `arguments`, in the same structure.

    Args:
        arguments: nested tensors [..., batch, width], and scalars and None, which are
            for all.
        number: of equal shares.
    """

    def split(value: tf.Tensor | None) -> list[tf.Tensor | None]:
        if value is None or len(value.shape) == 0:
            return [value] * number
        return list(tf.split(value, number, axis=-2))

    parts = [split(value) for value in tf.nest.flatten(arguments)]
    for share in zip(*parts, strict=True):
        yield tf.nest.pack_sequence_as(arguments, share)
