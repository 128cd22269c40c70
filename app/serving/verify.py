"""Whether the folder of a SavedModel is what our exporter writes, and nothing more.

A folder enters; a sentence leaves, or an error that names what is wrong. Nothing is
loaded and TensorFlow is not imported. What is compared: which files there are and how
large, their SHA-256 with the manifest, and the kinds of operations and objects with
`saved_model_inventory.json`, which the tests make anew from exports of every kind.

This is no sandbox. It cannot tell whether the numbers are those that were trained, and
whoever can change a file can change the manifest as well.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from app.errors import UserError
from app.files.whole_folder import MANIFEST, check_files, damaged
from app.serving.licences import LICENCES
from app.serving.saved_graph import Inventory, take_inventory

SAVED_MODEL = "saved_model.pb"
INVENTORY = Path(__file__).with_name("saved_model_inventory.json")

_MIB = 1 << 20

# Every file that an export may have, and the most bytes of it. A vocabulary of a
# million words makes 200 MiB of saved_model.pb.
LARGEST = {
    SAVED_MODEL: 512 * _MIB,
    "fingerprint.pb": _MIB,
    "variables/variables.index": 16 * _MIB,
    "variables/variables.data-00000-of-00001": 16384 * _MIB,
    "assets.extra/tf_serving_warmup_requests": _MIB,
    "batching_params.pbtxt": _MIB,
    "README.md": _MIB,
    LICENCES: _MIB,
    MANIFEST: _MIB,
}
_FOLDERS = {"assets", "assets.extra", "variables"}

CAUTION = (
    "This was a look through the files and is no sandbox: it tells neither who made "
    "them nor whether the numbers in them are the trained ones. Run the models of "
    "strangers in a container without network."
)


def verify(folder: Path) -> str:
    """What was found to be in order in the folder of one version.

    Raises:
        UserError: naming the file, and what is wrong with it.
    """
    names = _names(folder)
    vouched = check_files(folder, verify=True, is_wanted=lambda name: True)
    unknown = {*names} - {*vouched, MANIFEST}
    if unknown:
        raise _refused(folder / min(unknown), f"{MANIFEST} does not know it")
    inventory = _check_graph(folder / SAVED_MODEL)
    return (
        f"{folder}: {len(names)} files, as {MANIFEST} says; "
        f"{len(inventory.operations)} kinds of operations, all of which Nextword writes"
    )


def _names(folder: Path) -> list[str]:
    """The files of an export, relative to its folder."""
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder. Give that of a version: DIR/1.")
    names = list(_walk(folder, folder))
    if SAVED_MODEL not in names:
        raise UserError(
            f"{folder} has no {SAVED_MODEL}. Give the folder of one version of a "
            "SavedModel: DIR/1."
        )
    return names


def _walk(folder: Path, root: Path) -> Iterator[str]:
    """Refuses what no export has: other files, links, pipes, large files."""
    for entry in sorted(os.scandir(folder), key=lambda it: it.name):
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        facts = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(facts.st_mode):
            raise _refused(path, "it is a link to somewhere else")
        if stat.S_ISDIR(facts.st_mode) and name in _FOLDERS:
            yield from _walk(path, root)
        elif not stat.S_ISREG(facts.st_mode) or name not in LARGEST:
            raise _refused(path, "no SavedModel of Nextword has this")
        elif facts.st_size > LARGEST[name]:
            raise _refused(path, f"its {facts.st_size:,} bytes are too many")
        else:
            yield name


def _check_graph(path: Path) -> Inventory:
    try:
        found = take_inventory(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from error
    strange = list(found.beyond(allowed()))
    if strange:
        more = f" and {len(strange) - 1} more" if strange[1:] else ""
        raise _refused(path, f"it has {strange[0]}{more}, which Nextword never writes")
    return found


def allowed() -> Inventory:
    """What exports are made of."""
    kinds = json.loads(INVENTORY.read_text(encoding="utf-8"))
    return Inventory(**{kind: frozenset(names) for kind, names in kinds.items()})


def _refused(path: Path, why: str) -> UserError:
    return UserError(
        f"{path} is refused: {why}. Do not load this SavedModel; get it again from "
        "where it was made, or export the model anew."
    )
