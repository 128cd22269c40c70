"""A trained model on disk, `models/NAME/`: written whole, checked when loaded.

The only place that knows the names of the files:

    config.json      every setting, versions, seed: what prediction needs to know
    vocabulary.tsv   id, token, count, usual written form
    weights/*.npy    the numbers under our own names, float32, memory-mapped; those
                     of a network for blanks begin with "blank_"
    next.keras       the same numbers as a plain Keras model
    blank.keras      the network for blanks, where one was trained
    ngrams/*.npy     the arrays of the n-gram model, where one was built
    trigrams/*.npy   the same of one of order 3, to be measured beside it
    mixture.json     how much network, n-grams and cache count together
    metrics.json     what was measured; examples.json, the same in words of the text
    history.csv      epoch by epoch; learning_curve.svg, drawn
    report.html      all of this as a page
    MANIFEST.json    size and SHA-256 of every file that prediction reads

This module refuses to know what the numbers mean.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UserError
from app.files.ngram_files import (
    NGRAMS,
    checked_ngrams,
    is_beside_ngrams,
    move_ngrams,
)
from app.files.results import EXAMPLES, HISTORY, METRICS, REPORT
from app.files.weight_files import BlankFiles, BlankNetwork, map_weights, write_weights
from app.files.whole_folder import (
    MANIFEST,
    check_files,
    damaged,
    read_json,
    write_csv,
    write_json,
    write_whole,
)
from app.model_names import check_name
from app.settings import Architecture
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import Vocabulary

CONFIG = "config.json"
MIXTURE = "mixture.json"
FORMAT = 1  # goes up when an older program could no longer read the folder


@dataclass(frozen=True)
class ModelFolder:
    """What prediction reads.

    Attributes:
        path: the folder.
        config: config.json as it was written.
        vocabulary: the known words.
        weights: name -> float32 array, memory-mapped and read-only.
        tokenizer: cuts text the way the training text was cut.
        architecture: the shape of the network around `weights`.
        blanks: the network for blanks, where one was trained.
        mixture: how much each part counts, where that was fitted.
    """

    path: Path
    config: dict[str, Any]
    vocabulary: Vocabulary
    weights: dict[str, np.ndarray]
    tokenizer: Tokenizer
    architecture: Architecture
    blanks: BlankNetwork | None = None
    mixture: dict[str, Any] | None = None

    def ngrams(self, name: str = NGRAMS, *, verify: bool = True) -> Path | None:
        """The folder `name` of an n-gram model, where there is one, checked.

        Only here, not by loading: it can be large, and not every command reads it.
        """
        return checked_ngrams(self.path, name, verify=verify)


def check_target(folder: Path, *, overwrite: bool) -> None:
    """Refuses to write where something stands that must not be lost.

    Raises:
        UserError: a model stands there and `overwrite` is off, or something that is
            no model; or the name is not allowed.
    """
    check_name(folder.name)
    if not os.path.lexists(folder):
        return
    if not (folder / MANIFEST).is_file():
        raise UserError(
            f"{folder} exists and is not a model of Nextword, so it is not "
            "overwritten. Choose another name, or move it away."
        )
    if not overwrite:
        raise UserError(
            f"{folder} exists. Choose another name, or replace it with --overwrite."
        )


def write_model_folder(
    folder: Path,
    *,
    overwrite: bool,
    config: Mapping[str, Any],
    vocabulary: Vocabulary,
    weights: Mapping[str, np.ndarray],
    write_keras: Callable[[Path], None],
    blanks: BlankFiles | None = None,
    ngrams: Mapping[str, Path] | None = None,
    mixture: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    history: list[dict[str, Any]] | None = None,
    learning_curve: str | None = None,
    examples: Mapping[str, Any] | None = None,
    make_report: Callable[[Path], str] | None = None,
) -> None:
    """Makes `folder` at one stroke; the old one stays until the new one is whole.

    Args:
        folder: `models/NAME`; its parent is made when it is missing.
        overwrite: whether a model that stands there may be replaced.
        config: JSON values; `load_model_folder` gives the same back.
        vocabulary: saved as vocabulary.tsv.
        weights: name -> array; written as float32 in C order.
        write_keras: is called with the path at which to save the Keras model.
        blanks: the network for blanks, where one was trained.
        ngrams: folders with the arrays of an n-gram model each, which are moved, by
            their name.
        mixture: JSON values, written for `ModelFolder.mixture`.
        metrics: JSON values.
        history: one row an epoch, the same keys in each.
        learning_curve: the history as a picture, SVG.
        examples: JSON values: what was measured, in words of the text.
        make_report: a page about the model whose files lie in the folder that it is
            called with, HTML.

    Raises:
        UserError: see `check_target`.
        OSError: the disk is full or not writable; nothing is left behind.
    """

    def fill(fresh: Path) -> list[str]:
        write_json(fresh / CONFIG, {"format": FORMAT, **_origin(), **config})
        vocabulary.save(fresh / "vocabulary.tsv")
        names = write_weights(fresh, weights, blanks.weights if blanks else {})
        write_keras(fresh / "next.keras")
        if blanks is not None:
            blanks.write_keras(fresh / "blank.keras")
        if metrics is not None:
            write_json(fresh / METRICS, metrics)
        if examples:
            write_json(fresh / EXAMPLES, examples)
        if history:
            write_csv(fresh / HISTORY, history)
        if learning_curve is not None:
            (fresh / "learning_curve.svg").write_text(learning_curve, "utf-8")
        for name, arrays in (ngrams or {}).items():
            names += move_ngrams(arrays, fresh, name)
        if mixture is not None:
            write_json(fresh / MIXTURE, mixture)
            names.append(MIXTURE)
        if make_report is not None:
            (fresh / REPORT).write_text(make_report(fresh), "utf-8")
        return [CONFIG, "vocabulary.tsv", *names]

    check_target(folder, overwrite=overwrite)
    write_whole(folder, fill)


def load_model_folder(path: str | Path, *, verify: bool = True) -> ModelFolder:
    """The model at `path`, its files checked but those of `ModelFolder.ngrams`.

    Args:
        path: the folder; `find_model` finds it by name.
        verify: also compare the SHA-256 of every file, about 1 ms a MB.

    Raises:
        UserError: naming the file that is missing, damaged, foreign or too new.
    """
    folder = Path(path)
    if not (folder / MANIFEST).is_file():
        raise UserError(
            f"{folder} is not a whole model folder: it has no {MANIFEST}. "
            "Give a folder that train.py wrote, or train again."
        )
    config_path = folder / CONFIG
    config = read_json(config_path)
    _check_format(config_path, config)
    names = check_files(folder, verify=verify, is_wanted=is_beside_ngrams)
    weights, blank_weights = map_weights(folder, names)
    try:
        architecture = Architecture(**config["architecture"])
        blank = config.get("blank_architecture")
        blanks = None
        if blank is not None:
            blanks = BlankNetwork(Architecture(**blank), blank_weights)
        pretokenized = bool(config["vocabulary"]["pretokenized"])
        oov_types = int(config["vocabulary"]["oov_types"])
    except (KeyError, TypeError, ValueError) as error:
        what = f"a part is missing or foreign: {error}"
        raise damaged(config_path, what) from error
    return ModelFolder(
        path=folder,
        config=config,
        vocabulary=Vocabulary.load(
            folder / "vocabulary.tsv", oov_types=oov_types, pretokenized=pretokenized
        ),
        weights=weights,
        tokenizer=Tokenizer(pretokenized=pretokenized),
        architecture=architecture,
        blanks=blanks,
        mixture=read_json(folder / MIXTURE) if MIXTURE in names else None,
    )


def _origin() -> dict[str, Any]:
    """When the folder was made, and by which versions of what."""
    import platform  # these two take 30 ms, which prediction does without
    from importlib import metadata

    packages = ("tensorflow", "keras", "numpy", "gensim", "h5py")
    versions = {package: metadata.version(package) for package in packages}
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **versions},
    }


def _check_format(path: Path, config: dict[str, Any]) -> None:
    found = config.get("format")
    if not isinstance(found, int):
        raise damaged(path, "it has no format number")
    if found > FORMAT:
        raise UserError(
            f"{path}: the model has format {found}, this program reads up to "
            f"{FORMAT}. Update Nextword, or train the model with this version."
        )
