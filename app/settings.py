"""Every setting of every command: its name, type, default and help, once.

Each command has one frozen dataclass. `add_flags` makes the command line from its
fields, `from_flags` reads it back, `__post_init__` refuses what cannot work. Facts
that are learned later (the size of the vocabulary, the coverage of the vectors) are
results and live in the model folder, not here.
"""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from app.errors import UserError
from app.presets import CELLS, PRESETS, Architecture, FitOptions

EXPORT_FORMATS = ("savedmodel",)

Settings = TypeVar("Settings")


def option(default: Any, help: str, **argparse_options: Any) -> Any:
    """A dataclass field that is also a flag; `argparse_options` go to argparse.

    Fields whose default is False become switches; a field with `positional=True`
    becomes a positional argument; `flag="--x"` names a flag that is no identifier.
    """
    metadata = {"help": help, **argparse_options}
    return field(default=default, metadata=metadata)


def add_flags(parser: argparse.ArgumentParser, settings_class: type) -> None:
    """Adds one flag per field of `settings_class` to `parser`."""
    for spec in dataclasses.fields(settings_class):
        options = dict(spec.metadata)
        positional = options.pop("positional", False)
        flag = options.pop("flag", "--" + spec.name.replace("_", "-"))
        if positional:
            parser.add_argument(spec.name, **options)
        elif spec.default is False:
            parser.add_argument(flag, dest=spec.name, action="store_true", **options)
        else:
            parser.add_argument(flag, dest=spec.name, default=spec.default, **options)


def from_flags(
    settings_class: type[Settings], namespace: argparse.Namespace
) -> Settings:
    """The settings that a parsed command line holds.

    Raises:
        UserError: a value is out of its range, or two contradict each other.
    """
    names = [spec.name for spec in dataclasses.fields(settings_class)]  # type: ignore[arg-type]
    values = {name: getattr(namespace, name) for name in names}
    return settings_class(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    )


@dataclass(frozen=True)
class TrainSettings:
    """`train.py`: everything that decides what a model becomes.

    None stands for "as the preset says".
    """

    corpus: tuple[str, ...] = option(
        (),
        "text files, folders, globs or - for standard input; without any, the "
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
        "large: ours, for an hour (default: %(default)s)",
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
    keep_duplicates: bool = option(
        False, "train on documents that occur more than once as often as they occur"
    )
    embeddings: str = option(
        "glove-6b-50d",
        "word vectors: glove-6b-50d, random, or a file of GloVe or word2vec text, "
        "also .gz (default: %(default)s)",
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
    resume: bool = option(False, "go on with an interrupted run of this name")
    overwrite: bool = option(False, "replace a model of this name")
    export: str | None = option(
        None, "also write the SavedModel to DIR/1", metavar="DIR"
    )

    def __post_init__(self) -> None:
        """Refuses values that cannot work."""
        at_least = dict.fromkeys(
            ("layers", "units", "dense_units", "epochs", "patience", "batch_size"), 1
        )
        for name, least in {**at_least, "min_count": 1, "vocabulary_size": 7}.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise UserError(
                    f"{_flag(name)} is {value}, but must be {least} or more"
                )
        for name in ("dropout", "recurrent_dropout"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < 1:
                raise UserError(
                    f"{_flag(name)} is {value:g}, but a share to drop is at least 0 "
                    "and less than 1"
                )
        for name in ("minutes", "learning_rate"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise UserError(f"{_flag(name)} is {value:g}, but must be more than 0")
        if not 0 <= self.seed < 2**31:
            raise UserError(f"--seed is {self.seed}, but must be from 0 to 2147483647")
        if self.test and not self.valid:
            raise UserError(
                "--test needs --valid: give both parts, or neither and the corpus is "
                "split by document"
            )
        if self.valid and not self.corpus:
            raise UserError("--valid needs a corpus to train on beside it")
        if self.resume and self.overwrite:
            raise UserError("--resume goes on with a run and --overwrite begins anew")

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

    def architecture(self, *, vocabulary_size: int, embedding_dim: int) -> Architecture:
        """The shape of the network: the preset's, where no flag says otherwise."""
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


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@dataclass(frozen=True)
class ExportSettings:
    """`python -m app export`: a model for programs that do not have this package."""

    model: str = option(
        "", "name or path of the model", positional=True, metavar="MODEL"
    )
    to: str = option(
        "",
        "folder of the versions: DIR/1 is written, or the next free number",
        required=True,
        metavar="DIR",
    )
    format: str = option("savedmodel", "what to write", choices=EXPORT_FORMATS)


@dataclass(frozen=True)
class EvaluateSettings:
    """`python -m app evaluate`: how well a model predicts texts it has not seen."""

    model: str = option(
        "", "name or path of the model", positional=True, metavar="MODEL"
    )
    paths: tuple[str, ...] = option(
        (),
        "files, folders, globs; - for stdin. Cut as the model's training text was",
        positional=True,
        nargs="+",
        metavar="PATH",
    )
    keep_duplicates: bool = option(
        False, "count a document as often as it stands there, not once"
    )
    json: bool = option(False, "print one JSON object instead of a table")


@dataclass(frozen=True)
class PredictSettings:
    """`predict.py`: which texts are completed, by which model, shown how."""

    text: tuple[str, ...] = option(
        (),
        "each argument is one text: with ___ in it its blanks are filled, without it "
        "is completed; - reads one text a line from standard input; without any, a "
        "live prompt",
        positional=True,
        nargs="*",
        metavar="TEXT",
    )
    model: str | None = option(
        None,
        "name of a model in models/, or path of one (default: the newest)",
        metavar="NAME",
    )
    top: int = option(
        5, "suggestions for each blank (default: %(default)s)", type=int, metavar="N"
    )
    candidates: str | None = option(
        None, "rank only these words; all of them are answered", metavar="A,B,C"
    )
    json: bool = option(False, "print one JSON object a line instead of a table")
    jsonl: bool = option(
        False,
        "standard input holds JSON objects, one a line, and so does the answer: "
        '{"text": ..., "candidates": [...], "top": ...}',
    )
    network_only: bool = option(
        False, "let the network answer alone, which it does anyway so far"
    )

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        if self.top < 1:
            raise UserError(f"--top is {self.top}, but at least 1 word is shown.")
        if self.candidates is not None and not self.candidate_words:
            raise UserError(
                f"--candidates {self.candidates!r} names no word. Give words with "
                "commas between them, for instance: --candidates cat,dog."
            )
        if self.jsonl and self.text not in ((), ("-",)):
            raise UserError(
                "--jsonl reads the texts from standard input, so TEXT cannot be "
                "given too. Leave out one of them."
            )
        if self.text.count("-") > 1:
            raise UserError("Standard input (-) can be read only once. Give one -.")

    @property
    def candidate_words(self) -> list[str] | None:
        """The candidates one by one, or None where any word may be answered."""
        if self.candidates is None:
            return None
        return [word.strip() for word in self.candidates.split(",") if word.strip()]
