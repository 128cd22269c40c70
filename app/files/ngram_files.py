"""The folder `ngrams/` of a model: the arrays of its n-gram model, one file each.

They can be larger than all weights together, and whoever exports a model or leaves
n-grams out does not read them. So they are checked apart from the other files, by
whoever is about to. What the numbers mean is not known here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from app.files.whole_folder import check_files

FOLDER = "ngrams"

# Hashing takes 1 ms a MB, and the arrays of 40 million words have 900: nobody would
# wait a second for each answer, where a few pages of them are read.
MOST_HASHED = 100_000_000


def move_ngrams(arrays: Path, folder: Path) -> list[str]:
    """Moves the folder `arrays` to `folder`/ngrams; gives the files' names."""
    shutil.move(arrays, folder / FOLDER)
    return sorted(f"{FOLDER}/{path.name}" for path in (folder / FOLDER).iterdir())


def is_beside_ngrams(name: str) -> bool:
    """Whether a file of the manifest is none of the n-gram model."""
    return not _is_of_ngrams(name)


def checked_ngrams(folder: Path, *, verify: bool) -> Path | None:
    """`folder`/ngrams, every file in it compared with the manifest; None: no such.

    Args:
        folder: of the model.
        verify: compare the hashes too, of at most `MOST_HASHED` bytes.

    Raises:
        UserError: naming the file that fails.
    """
    names = check_files(folder, verify=False, is_wanted=_is_of_ngrams)
    num_bytes = sum((folder / name).stat().st_size for name in names)
    if verify and num_bytes <= MOST_HASHED:
        check_files(folder, verify=True, is_wanted=_is_of_ngrams)
    return folder / FOLDER if names else None


def _is_of_ngrams(name: str) -> bool:
    return name.startswith(FOLDER + "/")
