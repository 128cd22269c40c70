"""Whether a network fits into the machine, asked before anything is built.

Enters: the shape of a network and the way to train it. What is counted is the least
that must be there at once, so nothing is refused that could have worked.
"""

from __future__ import annotations

from app.errors import UserError
from app.settings.machine import physical_memory
from app.settings.presets import Architecture, FitOptions

_FLOAT = 4  # bytes
_GATES = {"lstm": 4, "gru": 3, "rnn": 1}
_GIB = 2**30


def check_memory(architecture: Architecture, options: FitOptions) -> None:
    """Refuses what needs more than all the memory of the machine.

    Args:
        architecture: its sizes may be the least possible, before the text is known.
        options: say how many positions are computed side by side.

    Raises:
        UserError: says how much it needs and how much there is.
    """
    needed, there = memory_needed(architecture, options), physical_memory()
    if there is not None and needed > there:
        raise UserError(
            f"This network needs at least {needed // _GIB:,} GiB of memory to be "
            f"trained, but the machine has {there // _GIB:,}. Choose smaller "
            "--units, --dense-units, --layers, --batch-size or --vocabulary-size."
        )


def memory_needed(architecture: Architecture, options: FitOptions) -> int:
    """Bytes that training holds at once: weights in six copies, one window's values.

    The copies of what is trained: the weights, the best so far, two moments of Adam,
    the gradient, and a checkpoint on its way to the disk.
    """
    shape = architecture
    widths = [shape.embedding_width] + [shape.units] * (shape.layers - 1)
    gates = _GATES[shape.cell] * shape.units
    weights = sum(gates * (width + shape.units + 1) for width in widths)
    weights += (shape.units + 1) * shape.dense_units
    weights += (shape.dense_units + 1 + shape.learned_dim) * shape.vocabulary_size
    positions = options.batch_size * (shape.context_length or options.window_length)
    values = shape.embedding_width + shape.layers * (gates + shape.units)
    return _FLOAT * (6 * weights + positions * values)
