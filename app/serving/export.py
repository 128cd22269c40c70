"""A trained model out of the door, whole or not at all, in every format there is.

Enters: a model folder. Leaves: one folder for each format, numbered on, that programs
without this package can use:

    DIR/1/           the SavedModel, where TensorFlow Serving looks for versions
    DIR/litert/1/    LiteRT
    DIR/onnx/1/      ONNX

Each is written under a hidden name, gets licences and a manifest, is flushed to the
disk and renamed. What a format is made of is known to its module alone, which is
imported when it is asked for.
"""

from __future__ import annotations

import errno
import importlib
import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.console import without_chatter
from app.errors import UserError
from app.files.lock import acquire, release
from app.files.whole_folder import seal
from app.model_folder import ModelFolder
from app.serving.licences import LICENCES, licences_text

_PARTIAL = ".partial-"

_logger = logging.getLogger(__name__)


class Format(NamedTuple):
    """One way to write a model.

    Attributes:
        name: as people call it.
        module: has `write(model, folder)`, which fills an empty folder.
        folder: of its versions, within the folder of the export.
        is_step: it holds the step that carries the states along, and nothing else.
    """

    name: str
    module: str
    folder: str
    is_step: bool


FORMATS = {
    "savedmodel": Format("SavedModel", "app.serving.export_savedmodel", "", False),
    "litert": Format("LiteRT", "app.serving.export_litert", "litert", True),
    "onnx": Format("ONNX", "app.serving.export_onnx", "onnx", True),
}


def export_model(
    model: ModelFolder, to: Path, format: str = "savedmodel"
) -> list[Path]:
    """The new version in every format that is asked for.

    Args:
        model: what is exported; its folder is only read.
        to: folder of the exports; made if it is missing. Versions that are there stay
            as they are, and the new one has the next number.
        format: a key of `FORMATS`, or "all".

    Raises:
        UserError: the folder cannot be written; the model has no such form; a package
            that a format needs is missing.
    """
    has_step = model.architecture.context_length is None
    names = list(FORMATS) if format == "all" else [format]
    versions = []
    for it in (FORMATS[name] for name in names):
        if has_step or not it.is_step:
            versions.append(_export(model, to / it.folder, it))
        elif format == "all":
            _logger.warning("%s is left out: %s", it.name, _NO_STEP)
        else:
            raise UserError(f"This model cannot be exported as {it.name}: {_NO_STEP}")
    return versions


_NO_STEP = (
    "its network reads the last words afresh each time and has no step that carries "
    "states along. Export it as a SavedModel, or train another preset."
)


def _export(model: ModelFolder, versions: Path, format: Format) -> Path:
    """The folder of the new version in one format."""
    # TensorFlow looks for a graphics card, and complains if there is none.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with without_chatter():
        write = importlib.import_module(format.module).write
    try:
        with _only_writer_in(versions):
            return _write_version(model, versions, write)
    except OSError as error:
        raise UserError(
            f"{versions}: the {format.name} cannot be written there "
            f"({error.strerror or error}). "
            "Choose a folder that can be written to, on a disk with room."
        ) from error


def _write_version(
    model: ModelFolder, versions: Path, write: Callable[[ModelFolder, Path], None]
) -> Path:
    partial = versions / f"{_PARTIAL}{uuid.uuid4().hex}"
    try:
        partial.mkdir()
        write(model, partial)
        (partial / LICENCES).write_text(licences_text(model), encoding="utf-8")
        names = [p.relative_to(partial) for p in partial.rglob("*") if p.is_file()]
        seal(partial, sorted(name.as_posix() for name in names))
        return _rename(partial, versions)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _only_writer_in(versions: Path) -> Iterator[None]:
    """Lets one export at a time write there, and removes what killed ones left."""
    new = [it for it in (versions, *versions.parents) if not it.exists()]
    try:
        versions.mkdir(parents=True, exist_ok=True)
        place = versions / "export"
        lock = acquire(place, wait=True)
        try:
            if lock is not None:  # else another export may be at it
                for left in versions.glob(f"{_PARTIAL}*"):
                    shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            release(place, lock)
    finally:
        for folder in new:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _rename(partial: Path, versions: Path) -> Path:
    """Gives the finished folder the next version number; returns its new path."""
    while True:
        numbers = [int(p.name) for p in versions.iterdir() if p.name.isdecimal()]
        target = versions / str(max(numbers, default=0) + 1)
        try:
            # Fails where another program was faster: its folder is not empty.
            return partial.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
