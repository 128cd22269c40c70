"""Folders of a model that hold an n-gram model each: its arrays, one file each.

They can be larger than all weights together, and whoever exports a model or leaves
n-grams out does not read them. So they are checked apart from the other files, by
whoever is about to. What the numbers mean is not known here.
"""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

from app.files.whole_folder import check_files

NGRAMS = "ngrams"  # take part in predictions
TRIGRAMS = "trigrams"  # a baseline that only those who measure read
FOLDERS = (NGRAMS, TRIGRAMS)

# Hashing takes 1 ms a MB, and the arrays of 40 million words have 900: nobody would
# wait a second for each answer, where a few pages of them are read.
MOST_HASHED = 100_000_000


def move_ngrams(arrays: Path, folder: Path, name: str) -> list[str]:
    """Moves the folder `arrays` to `folder`/`name`; gives the files' names."""
    shutil.move(arrays, folder / name)
    return sorted(f"{name}/{path.name}" for path in (folder / name).iterdir())


def is_beside_ngrams(name: str) -> bool:
    """Whether a file of the manifest is of no n-gram model."""
    return not any(_is_in(folder, name) for folder in FOLDERS)


def checked_ngrams(folder: Path, name: str, *, verify: bool) -> Path | None:
    """`folder`/`name`, every file in it compared with the manifest; None: no such.

    Args:
        folder: of the model.
        name: one of `FOLDERS`.
        verify: compare the hashes too, of at most `MOST_HASHED` bytes.

    Raises:
        UserError: naming the file that fails.
    """
    is_wanted = functools.partial(_is_in, name)
    names = check_files(folder, verify=False, is_wanted=is_wanted)
    num_bytes = sum((folder / it).stat().st_size for it in names)
    if verify and num_bytes <= MOST_HASHED:
        check_files(folder, verify=True, is_wanted=is_wanted)
    return folder / name if names else None


def _is_in(folder: str, name: str) -> bool:
    return name.startswith(folder + "/")
