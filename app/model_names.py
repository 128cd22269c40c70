"""The names of models: which are allowed, where they lie, which exist.

What is inside a model's folder is known by `app.model_folder`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from app.errors import UserError
from app.files.whole_folder import MANIFEST, PARTIAL

MODELS = Path("models")

# File systems stop at 255 bytes; ours and the endings of temporary folders fit in.
_LONGEST_NAME = 200


def check_name(name: str) -> None:
    """Refuses names that cannot be a folder, or that we use for unfinished ones.

    Raises:
        UserError: the name is empty or too long, has a path separator or a control
            character, begins with a dot or ends in ".partial".
    """
    is_visible = name.isprintable() and not set(name) & set('/\\:*?"<>|')
    if not (name and is_visible) or name.startswith(".") or name.endswith(PARTIAL):
        problem = (
            f"must not be empty, begin with a dot, end in {PARTIAL} or hold "
            'invisible characters or / \\ : * ? " < > |'
        )
    elif len(os.fsencode(name)) > _LONGEST_NAME:
        problem = f"have at most {_LONGEST_NAME} bytes"
    else:
        return
    raise UserError(
        f"A model cannot be called {name!r}: names {problem}. Choose one with --name."
    )


def new_folder(name: str) -> Path:
    """Where the model `name` is to be written.

    Raises:
        UserError: see `check_name`.
    """
    check_name(name)
    return MODELS / name


def partial_folder(folder: Path) -> Path:
    """Where checkpoints live until `folder` is whole."""
    return folder.with_name(folder.name + PARTIAL)


def find_model(name_or_path: str | None = None, models_dir: Path = MODELS) -> Path:
    """The folder of a model, by name, by path, or the newest of `models_dir`.

    Raises:
        UserError: there is no such model; the message lists those that exist.
    """
    known = _whole_folders(models_dir)
    if name_or_path is None and known:
        return known[0]
    if name_or_path:
        for folder in (models_dir / name_or_path, Path(name_or_path)):
            if folder.is_dir():
                return folder
    if name_or_path is None:
        problem = f"There is no model in {models_dir}/ yet."
    else:
        problem = f"There is no model {name_or_path!r}."
    names = ", ".join(folder.name for folder in known)
    cure = f"{models_dir}/ has: {names}." if known else "Run train.py to make one."
    if name_or_path and partial_folder(models_dir / name_or_path).is_dir():
        cure += " The training of this one is unfinished; go on with --resume."
    raise UserError(f"{problem} {cure}")


def models_first(
    model: str, others: Sequence[str], models_dir: Path = MODELS
) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The models that a list begins with, by the names given, and what follows them.

    What lies at a path is a text, unless it is a model's folder.

    Args:
        model: the first, which must be a model.
        others: more models or none, then at least one path of texts.
        models_dir: where models are found by name.

    Raises:
        UserError: the first is no model, or there is no text.
    """
    models, paths = {model: find_model(model, models_dir)}, list(others)
    while paths and (folder := _model_at(paths[0], models_dir)):
        models[paths.pop(0)] = folder
    if not paths:
        raise UserError(
            f"There are only models: {', '.join(models)}. Give the texts after them "
            "on which they are to be measured, or - for standard input."
        )
    return models, tuple(paths)


def _model_at(name_or_path: str, models_dir: Path) -> Path | None:
    """The folder of a model of that name or path, if there is one."""
    path = Path(name_or_path)
    candidates = (path,) if path.exists() else (models_dir / path,)
    return next((it for it in candidates if (it / MANIFEST).is_file()), None)


def _whole_folders(models_dir: Path) -> list[Path]:
    """The models in `models_dir`, the newest first."""
    manifests = [
        path
        for path in models_dir.glob(f"*/{MANIFEST}")
        if not path.parent.name.startswith(".") and path.parent.suffix != PARTIAL
    ]
    manifests.sort(key=lambda path: (-path.stat().st_mtime_ns, path))
    return [path.parent for path in manifests]
