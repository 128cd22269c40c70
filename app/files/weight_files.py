"""The folder `weights/` of a model: one .npy file for each array.

Arrays under our own names enter, and leave memory-mapped and read-only. Those of the
network for blanks stand beside the others, under names that begin with "blank_". What
the numbers mean is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from app.files.whole_folder import damaged
from app.settings import Architecture

FOLDER = "weights"
BLANK = "blank_"

Arrays = Mapping[str, np.ndarray]


class BlankNetwork(NamedTuple):
    """A network for blanks, as it was loaded.

    Attributes:
        architecture: its shape.
        weights: name -> float32 array; the word vectors are those of the model.
    """

    architecture: Architecture
    weights: Arrays


class BlankFiles(NamedTuple):
    """A network for blanks, to be written.

    Attributes:
        weights: name -> array, without word vectors.
        write_keras: is called with the path at which to save the Keras model.
    """

    weights: Arrays
    write_keras: Callable[[Path], None]


def write_weights(folder: Path, weights: Arrays, blank_weights: Arrays) -> list[str]:
    """Writes all arrays into `folder`/weights as float32; gives the files' names."""
    (folder / FOLDER).mkdir()
    arrays = {**weights, **{BLANK + name: it for name, it in blank_weights.items()}}
    names = [f"{FOLDER}/{name}.npy" for name in sorted(arrays)]
    for name in names:
        _write_array(folder / name, arrays[PurePosixPath(name).stem])
    return names


def map_weights(
    folder: Path, names: Iterable[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The arrays among the files `names` of `folder`: the model's, and for blanks.

    Both networks read the same word vectors, which are stored once.

    Raises:
        UserError: naming the file that is damaged.
    """
    paths = [PurePosixPath(name) for name in names if name.startswith(FOLDER + "/")]
    arrays = {path.stem: _map(folder / path) for path in paths}
    weights = {name: it for name, it in arrays.items() if not name.startswith(BLANK)}
    blank_weights = {
        name.removeprefix(BLANK): array
        for name, array in arrays.items()
        if name.startswith(BLANK)
    }
    if "embedding" in weights:
        blank_weights["embedding"] = weights["embedding"]
    return weights, blank_weights


def _write_array(path: Path, array: np.ndarray) -> None:
    """Like `np.save`, which hides a full disk behind an OSError without number."""
    array = np.ascontiguousarray(array, dtype=np.float32)
    header = np.lib.format.header_data_from_array_1_0(array)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.write(array.data)


def _map(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise damaged(path, str(error)) from error
    if array.dtype != np.float32:
        raise damaged(path, f"it holds {array.dtype} numbers instead of float32")
    return array
