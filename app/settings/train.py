"""The settings of `train.py`."""

from __future__ import annotations

import dataclasses
from argparse import BooleanOptionalAction
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.settings.corpus import (
    check_reading,
    encoding_option,
    field_option,
    format_option,
)
from app.settings.flags import option
from app.settings.presets import (
    ATTENTION_LENGTH,
    CELLS,
    PRESETS,
    Architecture,
    FitOptions,
)
from app.settings.train_numbers import check_numbers
from app.settings.workers import (
    Workers,
    worker_index_option,
    workers_of_environment,
    workers_of_flags,
    workers_option,
)

# What --resume takes from its own command line.
_GIVEN_ANEW = ("epochs", "minutes", "patience", "no_ngrams", "export")
_OF_THIS_MACHINE = ("workers", "worker_index", "tensorboard")


@dataclass(frozen=True)
class TrainSettings:
    """`train.py`: everything that decides what a model becomes.

    None stands for "as the preset says".
    """

    corpus: tuple[str, ...] = option(
        (),
        "files of text, folders, globs or - for standard input; without any, the "
        "Wikipedia sample that comes with gensim",
        positional=True,
        nargs="*",
        metavar="CORPUS",
    )
    name: str | None = option(
        None, "name of the model: models/NAME/ (default: from the corpus)"
    )
    preset: str = option(
        "standard",
        "classic: the tutorial's network to the letter; standard: ours, for minutes; "
        "large: ours, for up to an hour (default: %(default)s)",
        choices=tuple(PRESETS),
    )
    valid: str | None = option(
        None, "validation text, instead of splitting the corpus", metavar="PATH"
    )
    test: str | None = option(None, "test text; needs --valid", metavar="PATH")
    pretokenized: bool = option(
        False,
        "tokens are separated by white space and kept as they are; each non-empty "
        "line is a document",
    )
    format: str = format_option()
    field: str | None = field_option()
    encoding: str | None = encoding_option()
    keep_duplicates: bool = option(
        False,
        "take the text as it is: neither leave out copies nor keep texts that largely "
        "repeat each other on one side of the split",
    )
    embeddings: str = option(
        "glove-6b-50d",
        "word vectors: a file (GloVe or word2vec text, word2vec binary, fastText .vec "
        "or .bin, saved by gensim, .npy beside a .txt of words; also packed), "
        "gensim:NAME to download, corpus to learn them from the text, random, or "
        "glove-6b-50d (default: %(default)s)",
        metavar="SOURCE",
    )
    trainable_embeddings: bool = option(False, "let training move the word vectors")
    vocabulary_size: int = option(
        20_000, "most words to know (default: %(default)s)", type=int, metavar="N"
    )
    min_count: int = option(
        2,
        "fewest occurrences of a known word (default: %(default)s)",
        type=int,
        metavar="N",
    )
    cell: str | None = option(None, "kind of recurrent layer", choices=CELLS)
    layers: int | None = option(None, "recurrent layers", type=int, metavar="N")
    units: int | None = option(
        None, "width of a recurrent layer", type=int, metavar="N"
    )
    dense_units: int | None = option(
        None, "width of the layer below the output", type=int, metavar="N"
    )
    dropout: float | None = option(
        None, "share of a recurrent layer's inputs dropped", type=float, metavar="P"
    )
    recurrent_dropout: float | None = option(
        None, "share of its hidden state dropped", type=float, metavar="P"
    )
    attention: bool | None = option(
        None,
        f"look back at the last {ATTENTION_LENGTH} outputs of the recurrent layers "
        "before each prediction; next.keras then opens only with this package "
        "(default: by preset)",
        action=BooleanOptionalAction,
    )
    blanks: bool = option(
        False,
        "also train a network that reads both sides of a blank; takes as many epochs "
        "and minutes again",
    )
    no_ngrams: bool = option(False, "do not build the n-gram model")
    epochs: int | None = option(
        None, "passes over the training text at most", type=int, metavar="N"
    )
    minutes: float | None = option(
        None,
        "minutes of fitting and validation at most; the weights then depend on the "
        "machine's speed",
        type=float,
        metavar="M",
    )
    patience: int | None = option(
        None, "epochs without improvement before the end", type=int, metavar="N"
    )
    batch_size: int | None = option(
        None, "streams of text read side by side", type=int, metavar="N"
    )
    learning_rate: float | None = option(
        None, "of Adam, at its highest", type=float, metavar="R"
    )
    seed: int = option(
        0,
        "same seed and --epochs, same weights (default: %(default)s)",
        type=int,
        metavar="N",
    )
    workers: str | None = workers_option()
    worker_index: int | None = worker_index_option()
    tensorboard: str | None = option(
        None,
        "also write the course of the run to DIR/NAME, for TensorBoard",
        metavar="DIR",
    )
    resume: bool = option(False, "go on with an interrupted run of this name")
    from_model: str | None = option(
        None,
        "begin with the weights of this model; words that it does not know are added "
        "(its --cell, --units and so on must be given again)",
        flag="--from",
        metavar="NAME",
    )
    overwrite: bool = option(False, "replace a model of this name")
    export: str | None = option(
        None, "also write the SavedModel to DIR/1", metavar="DIR"
    )

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        check_numbers(self)
        self._check_together()

    def _check_together(self) -> None:
        """Refuses flags that contradict each other or need another one."""
        if self.test and not self.valid:
            raise UserError(
                "--test needs --valid: give both parts, or neither and the corpus is "
                "split by document"
            )
        if self.valid and not self.corpus:
            raise UserError("--valid needs a corpus to train on beside it")
        if workers := workers_of_flags(self.workers, self.worker_index):
            workers.check_batch_size(self.fit_options().batch_size)
        if self.blanks and PRESETS[self.preset].architecture.context_length:
            raise UserError(
                f"--blanks does not go with --preset {self.preset}. Leave one out."
            )
        check_reading(
            self.format, self.field, self.encoding, pretokenized=self.pretokenized
        )
        if [*self.corpus, self.valid, self.test].count("-") > 1:
            raise UserError("Standard input (-) can be read only once. Give one -.")
        if self.resume and self.overwrite:
            raise UserError(
                "--resume goes on with a run and --overwrite begins anew. Leave out "
                "one of them."
            )

    def going_on_from(self, started: TrainSettings) -> tuple[TrainSettings, list[str]]:
        """The settings of a run that is resumed, and what it cannot take from these.

        A run goes on as it was started; only when it ends, and what comes after, is
        taken from here where it is given.
        """
        values, default = dataclasses.asdict(self), TrainSettings()
        given = {k: v for k, v in values.items() if v != getattr(default, k)}
        anew = {name: given.pop(name) for name in _GIVEN_ANEW if name in given}
        anew |= {name: values[name] for name in _OF_THIS_MACHINE}
        ignored = [
            name
            for name, value in given.items()
            if name not in ("name", "resume", *_OF_THIS_MACHINE)
            and value != getattr(started, name)
        ]
        return dataclasses.replace(started, **anew), ignored

    def given_anew(self) -> dict[str, Any]:
        """What may differ from the settings that the run was started with."""
        return {name: getattr(self, name) for name in _GIVEN_ANEW}

    def machines(self, environment: Mapping[str, str]) -> Workers | None:
        """Those that train together; None: this one alone."""
        given = workers_of_flags(self.workers, self.worker_index)
        return given or workers_of_environment(environment)

    @property
    def model_name(self) -> str:
        """`--name`, else the name of the first corpus without its ending."""
        if self.name is not None:
            return self.name
        if not self.corpus:
            return "wikipedia"
        if self.corpus[0] == "-":
            return "stdin"
        return Path(self.corpus[0]).resolve().name.split(".")[0].strip("*?[]") or "text"

    @property
    def reading(self) -> dict[str, Any]:
        """How every part of the corpus is read, as `ReadOptions` takes it."""
        return {
            "pretokenized": self.pretokenized,
            "file_format": self.format,
            "field": self.field,
            "encoding": self.encoding,
        }

    def architecture(
        self, *, vocabulary_size: int = 0, embedding_dim: int = 0
    ) -> Architecture:
        """The shape of the network: the preset's, where no flag says otherwise.

        Its sizes are 0 as long as text and vectors are not known.
        """
        chosen = {
            name: getattr(self, name)
            for name in (
                "cell",
                "layers",
                "units",
                "dense_units",
                "dropout",
                "recurrent_dropout",
            )
            if getattr(self, name) is not None
        }
        if self.attention is not None:
            chosen["attention_length"] = ATTENTION_LENGTH if self.attention else None
        return dataclasses.replace(
            PRESETS[self.preset].architecture,
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            trainable_embeddings=self.trainable_embeddings,
            **chosen,
        )

    def fit_options(self) -> FitOptions:
        """How to train: the preset's way, where no flag says otherwise.

        A limit that is given replaces both limits of the preset, so that a run of
        `--epochs` does not depend on the clock.
        """
        options = PRESETS[self.preset].fit_options
        if self.epochs is not None or self.minutes is not None:
            options = dataclasses.replace(options, epochs=None, minutes=None)
        chosen = {
            name: getattr(self, name)
            for name in ("epochs", "minutes", "patience", "batch_size", "learning_rate")
            if getattr(self, name) is not None
        }
        return dataclasses.replace(options, seed=self.seed, **chosen)
