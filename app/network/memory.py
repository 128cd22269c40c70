"""What TensorFlow says when memory runs out, in a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from app.errors import UserError


@contextlib.contextmanager
def out_of_memory_is_told() -> Iterator[None]:
    """Says what can be made smaller when the block needs more memory than there is.

    Raises:
        UserError: TensorFlow or numpy could not get what they asked for.
    """
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise UserError(
            "The memory is full. Begin anew with --overwrite and smaller --units, "
            "--batch-size or --vocabulary-size, or close other programs and go on "
            "with --resume."
        ) from error
