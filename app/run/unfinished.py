"""A run that is not whole yet: `models/NAME.partial/`.

Holds what the run was started with (settings, vocabulary, the texts as ids, the
vectors) and the last checkpoint, so that `--resume` needs neither the corpus nor the
flags again: text from standard input could not be read twice, and a folder may have
changed meanwhile. It is there when the text has been read and gone when the model
folder is whole. What the numbers mean is not known here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UserError
from app.files.whole_folder import write_json
from app.model_names import partial_folder
from app.settings import Architecture, TrainSettings
from app.text.array_file import cannot_write
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.npz"
PREPARED = "prepared.json"
VOCABULARY = "vocabulary.tsv"
EMBEDDING_MATRIX = "embedding_matrix.npy"


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

    @property
    def architecture(self) -> Architecture:
        """The network's shape: chosen by the settings, sized by text and vectors."""
        size, dim = self.embedding_matrix.shape
        return self.settings.architecture(vocabulary_size=size, embedding_dim=dim)


def checkpoint_path(folder: Path, *, blanks: bool = False) -> Path:
    """Where the run that will become `folder` keeps its last checkpoint.

    Args:
        folder: `models/NAME`.
        blanks: whether that of the network for blanks is meant.
    """
    return partial_folder(folder) / (f"blank_{CHECKPOINT}" if blanks else CHECKPOINT)


def check_interrupted(folder: Path, *, overwrite: bool) -> None:
    """Refuses to begin a run where another one was interrupted, or still goes on.

    Raises:
        UserError: there is one and `overwrite` is off.
    """
    if (partial_folder(folder) / PREPARED).exists() and not overwrite:
        raise UserError(
            f"{partial_folder(folder)} holds an unfinished run. Go on with it by "
            "--resume, begin anew by --overwrite, or choose another --name."
        )


@contextlib.contextmanager
def beginning(folder: Path) -> Iterator[Path]:
    """A place to write what begins the run that will become `folder`.

    It takes the place of an older unfinished run when the block ends well, and is
    removed when it does not.

    Raises:
        UserError: the place may not be written to.
    """
    partial = partial_folder(folder)
    fresh = partial.with_name(f".{partial.name}")
    try:
        _remove(fresh)  # left by a run that was killed
        fresh.mkdir(parents=True)
    except OSError as error:
        raise cannot_write(fresh, error) from error
    try:
        yield fresh
        discard(folder)
        fresh.rename(partial)
    finally:
        _remove(fresh)


def save_prepared(place: Path, prepared: Prepared) -> None:
    """Completes a beginning, into which the texts have been written already.

    Raises:
        UserError: the disk is full.
    """
    texts = {
        name: {"oov_words": text.oov_words} for name, text in prepared.texts.items()
    }
    record = {
        "settings": dataclasses.asdict(prepared.settings),
        "command": prepared.command,
        "facts": prepared.facts,
        "oov_types": prepared.vocabulary.oov_types,
        "texts": texts,
    }
    try:
        prepared.vocabulary.save(place / VOCABULARY)
        np.save(place / EMBEDDING_MATRIX, prepared.embedding_matrix)
        write_json(place / PREPARED, record)
    except OSError as error:
        raise cannot_write(place, error) from error


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
        record = json.loads((partial / PREPARED).read_bytes())
        texts = {
            name: EncodedText.load(partial, name, oov_words=int(facts["oov_words"]))
            for name, facts in record["texts"].items()
        }
        matrix = np.load(partial / EMBEDDING_MATRIX, allow_pickle=False)
        corpus = tuple(record["settings"]["corpus"])  # JSON made a list of it
        settings = TrainSettings(**{**record["settings"], "corpus": corpus})
        command, facts = record["command"], record["facts"]
        oov_types = record["oov_types"]
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{partial / PREPARED} is damaged or of another version of Nextword "
            f"({error}); remove the folder {partial} and start again"
        ) from error
    vocabulary = Vocabulary.load(
        partial / VOCABULARY, oov_types=oov_types, pretokenized=settings.pretokenized
    )
    return Prepared(settings, command, vocabulary, texts, matrix, facts)


@contextlib.contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """Says how to go on where the block is interrupted, or the disk or a pipe refuses.

    From `save_prepared` on nothing is lost then: what was learned up to the last
    checkpoint is in the partial folder. The disk may speak through `cannot_write`.
    """
    try:
        yield
    except (KeyboardInterrupt, OSError, UserError) as error:
        if not isinstance(error, UserError) or isinstance(error.__cause__, OSError):
            name = shlex.quote(folder.name)
            logger.info("Go on with: python train.py --resume --name %s", name)
        raise


def discard(folder: Path) -> None:
    """Removes what is left of the unfinished run that would have become `folder`."""
    _remove(partial_folder(folder))


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
