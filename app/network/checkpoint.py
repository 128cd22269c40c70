"""Everything a run needs to go on as if it had never stopped, in one HDF5 file.

Enters and leaves: a `Checkpoint`, arrays and a small record. Written beside and then
renamed, so that whatever happens the last good one is whole. What the arrays mean is
known to `training`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from app.errors import UserError

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Checkpoint:
    """A training run, stopped between two steps.

    Attributes:
        arrays: for each group ("weights", "best", "optimizer", "states") its arrays.
        record: what JSON can hold: position in the data, history, settings.
    """

    arrays: dict[str, Arrays]
    record: dict[str, Any]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes `checkpoint` to `path`, whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["record"] = json.dumps(checkpoint.record)
            for group, arrays in checkpoint.arrays.items():
                for name, array in arrays.items():
                    file.create_dataset(f"{group}/{name}", data=array)
        with temporary.open("rb+") as file_on_disk:
            os.fsync(file_on_disk.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads what `save_checkpoint` wrote.

    Raises:
        UserError: the file is not there, or not a checkpoint.
    """
    if not path.is_file():
        raise UserError(
            f"{path}: there is nothing to resume; start the run without --resume"
        )
    try:
        with h5py.File(path, "r") as file:
            arrays = {
                group: {name: np.array(data) for name, data in file[group].items()}
                for group in file
            }
            return Checkpoint(arrays, json.loads(file.attrs["record"]))
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{path} is not a whole checkpoint ({error}); remove the folder "
            f"{path.parent} and start again"
        ) from error
