"""Everything a run needs to go on as if it had never stopped, in one file.

Enters and leaves: a `Checkpoint`, arrays and a small record. The file is a zip of .npy
arrays, as `np.savez` writes it, and its record.json: written by ordinary writes,
because HDF5's library crashes the program when the disk is full, and read with a check
of every byte (a zip has checksums), without pickle. What the arrays mean is known to
`training`.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UserError
from app.files.whole_file import whole_file

Arrays = dict[str, np.ndarray]

_RECORD = "record.json"
_ENDING = ".npy"
_DAMAGED = (zipfile.BadZipFile, RuntimeError)  # what zipfile says of nonsense


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
    """Writes `checkpoint` to `path`, whole or not at all.

    Raises:
        OSError: the disk refuses; what was at `path` is still there.
    """
    with whole_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_RECORD, json.dumps(checkpoint.record))
        for group, arrays in checkpoint.arrays.items():
            for name, array in arrays.items():
                member = f"{group}/{name}{_ENDING}"
                with archive.open(member, "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array, allow_pickle=False)


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads what `save_checkpoint` wrote.

    Raises:
        UserError: the file is not there, or not a checkpoint.
    """
    if not path.is_file():
        raise UserError(
            f"{path}: there is nothing to resume; start the run without --resume"
        )
    arrays: dict[str, Arrays] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            record = json.loads(archive.read(_RECORD))
            for member in archive.namelist():
                if member != _RECORD:
                    group, name = member.removesuffix(_ENDING).split("/")
                    arrays.setdefault(group, {})[name] = _read(archive, member)
    except (OSError, KeyError, ValueError, EOFError, *_DAMAGED) as error:
        raise UserError(
            f"{path} is not a whole checkpoint ({error}); remove the folder "
            f"{path.parent} and start again"
        ) from error
    return Checkpoint(arrays, record)


def _read(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    with archive.open(member) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)
