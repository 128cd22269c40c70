"""A run that is not whole yet: `models/NAME.partial/`.

Holds what the run was started with (settings, vocabulary, the texts as ids, the
vectors) and the last checkpoint, so that `--resume` needs neither the corpus nor the
flags again: text from standard input could not be read twice, and a folder may have
changed meanwhile. Written when the text has been read, removed when the model folder
is whole. What the numbers mean is not known here.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from app.errors import UserError
from app.model_folder import partial_folder
from app.settings import TrainSettings
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

CHECKPOINT = "checkpoint.h5"
PREPARED = "prepared.h5"
VOCABULARY = "vocabulary.tsv"


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before the first step of training.

    Attributes:
        settings: what the run was started with.
        command: the command line, to be remembered with the model.
        vocabulary: the words of the training text.
        texts: "train", "valid" and, where there is one, "test".
        embedding_matrix: float32 [vocabulary_size, embedding_dim].
        facts: what was learned on the way, for config.json: corpus, vectors.
    """

    settings: TrainSettings
    command: list[str]
    vocabulary: Vocabulary
    texts: dict[str, EncodedText]
    embedding_matrix: np.ndarray
    facts: dict[str, Any]


def checkpoint_path(folder: Path) -> Path:
    """Where the run that will become `folder` keeps its last checkpoint."""
    return partial_folder(folder) / CHECKPOINT


def save_prepared(folder: Path, prepared: Prepared) -> None:
    """Begins the run that will become `folder`; an older unfinished one is dropped."""
    partial = partial_folder(folder)
    discard(folder)
    partial.mkdir(parents=True)
    prepared.vocabulary.save(partial / VOCABULARY)
    record = {
        "settings": dataclasses.asdict(prepared.settings),
        "command": prepared.command,
        "facts": prepared.facts,
        "oov_types": prepared.vocabulary.oov_types,
    }
    temporary = partial / (PREPARED + ".tmp")
    with h5py.File(temporary, "w") as file:
        file.attrs["record"] = json.dumps(record)
        file.create_dataset("embedding_matrix", data=prepared.embedding_matrix)
        for name, text in prepared.texts.items():
            file.create_dataset(f"{name}/ids", data=text.ids)
            file.create_dataset(f"{name}/document_ends", data=text.document_ends)
    temporary.replace(partial / PREPARED)


def load_prepared(folder: Path) -> Prepared:
    """What `save_prepared` wrote for `folder`.

    Raises:
        UserError: there is no such run, or its files are damaged.
    """
    partial = partial_folder(folder)
    if not (partial / PREPARED).is_file():
        raise UserError(
            f"{partial} holds no interrupted run, so there is nothing to resume. "
            "Start it without --resume."
        )
    try:
        with h5py.File(partial / PREPARED, "r") as file:
            record = json.loads(file.attrs["record"])
            texts = {
                name: EncodedText(file[name]["ids"][:], file[name]["document_ends"][:])
                for name in ("train", "valid", "test")
                if name in file
            }
            matrix = file["embedding_matrix"][:]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{partial / PREPARED} is damaged ({error}); remove the folder {partial} "
            "and start again"
        ) from error
    settings = record["settings"]
    settings["corpus"] = tuple(settings["corpus"])
    vocabulary = Vocabulary.load(
        partial / VOCABULARY,
        oov_types=record["oov_types"],
        pretokenized=settings["pretokenized"],
    )
    return Prepared(
        TrainSettings(**settings),
        record["command"],
        vocabulary,
        texts,
        matrix,
        record["facts"],
    )


def discard(folder: Path) -> None:
    """Removes what is left of the unfinished run that would have become `folder`."""
    partial = partial_folder(folder)
    if partial.exists():
        shutil.rmtree(partial)
