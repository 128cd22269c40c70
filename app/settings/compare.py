"""The settings of `python -m app compare`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from app.errors import UserError
from app.settings.flags import option
from app.settings.presets import ATTENTION_LENGTH
from app.settings.train import TrainSettings

KNESER_NEY, TWO_SIDED = "kneser-ney", "two-sided"

# Kinds, and what makes each of them of the standard network.
KINDS: dict[str, dict[str, Any]] = {
    "rnn": {"cell": "rnn"},
    "gru": {"cell": "gru"},
    "lstm": {"cell": "lstm"},
    "two-layers": {"cell": "lstm", "layers": 2},
    "attention": {"cell": "lstm", "attention": True},
    TWO_SIDED: {"cell": "lstm", "blanks": True},
    KNESER_NEY: {},
}

MINUTES = 3.0


def _as_in_training(name: str) -> Any:
    """The same field as that of `TrainSettings`."""
    (spec,) = (it for it in dataclasses.fields(TrainSettings) if it.name == name)
    return dataclasses.field(default=spec.default, metadata=spec.metadata)


@dataclass(frozen=True)
class CompareSettings:
    """`python -m app compare`: kinds of network, trained alike on the same text."""

    corpus: tuple[str, ...] = _as_in_training("corpus")
    valid: str | None = _as_in_training("valid")
    test: str | None = _as_in_training("test")
    pretokenized: bool = _as_in_training("pretokenized")
    format: str = _as_in_training("format")
    field: str | None = _as_in_training("field")
    encoding: str | None = _as_in_training("encoding")
    keep_duplicates: bool = _as_in_training("keep_duplicates")
    embeddings: str = _as_in_training("embeddings")
    vocabulary_size: int = _as_in_training("vocabulary_size")
    min_count: int = _as_in_training("min_count")
    kinds: str = option(
        ",".join(KINDS),
        "rnn, gru, lstm; of LSTMs: two-layers, attention (looks back at its last "
        f"{ATTENTION_LENGTH} outputs), two-sided (fills blanks, reads what follows "
        "them too); kneser-ney: the 5-gram without any network (default: all)",
        metavar="KIND,...",
    )
    units: int = option(
        256,
        "width of the LSTM; every other kind is as wide as gives it as many "
        "parameters, within 2 %%, word vectors and output layer left out, which are "
        "the same for all (default: %(default)s)",
        type=int,
        metavar="N",
    )
    minutes: float | None = option(
        None,
        f"minutes of training for each network (default: {MINUTES:g}, where no "
        "--epochs are given)",
        type=float,
        metavar="M",
    )
    epochs: int | None = option(
        None,
        "passes over the training text for each instead: the figures then do not "
        "depend on how busy the machine is",
        type=int,
        metavar="N",
    )
    seeds: int = option(
        3,
        "how often each is trained, from another beginning; their spread says which "
        "differences are chance (default: %(default)s)",
        type=int,
        metavar="N",
    )
    to: str = option(
        "",
        "folder for the page, its pictures and the figures as JSON, and for what was "
        "finished: whoever interrupts goes on there by the same command",
        required=True,
        metavar="DIR",
    )
    json: bool = option(False, "print one JSON object instead of tables")

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        for kind in self.chosen_kinds:
            if kind not in KINDS:
                raise UserError(
                    f"--kinds: there is no kind {kind!r}. Choose from: "
                    f"{', '.join(KINDS)}."
                )
        for name in ("seeds", "units"):
            if getattr(self, name) < 1:
                raise UserError(
                    f"--{name} is {getattr(self, name)}, but must be 1 or more."
                )
        if self.valid and not self.test:
            raise UserError(
                "--valid needs --test here: what is compared is measured on a text "
                "that no network was trained or chosen on."
            )
        if "-" in (*self.corpus, self.valid, self.test):
            raise UserError(
                "Standard input (-) could not be read again after an interruption. "
                "Write it to a file first."
            )
        self.training("lstm", 0)  # the rest is refused as train.py refuses it

    @property
    def chosen_kinds(self) -> tuple[str, ...]:
        """In the order given, each once."""
        return tuple(dict.fromkeys(self.kinds.split(",")))

    @property
    def decisive(self) -> dict[str, Any]:
        """What the figures depend on, JSON values; kinds and seeds may be added."""
        added = {"kinds", "seeds", "to", "json"}
        values = dataclasses.asdict(self)
        return {name: it for name, it in values.items() if name not in added}

    def training(self, kind: str, seed: int, units: int | None = None) -> TrainSettings:
        """How `train.py` would train a network of one kind.

        Args:
            kind: one of `KINDS`.
            seed: of everything that is drawn.
            units: its width; None: that of the LSTM.
        """
        names = {it.name for it in dataclasses.fields(TrainSettings)}
        shared = {name: it for name, it in self.decisive.items() if name in names}
        minutes = self.minutes
        if minutes is None and self.epochs is None:
            minutes = MINUTES
        chosen = {"units": units or self.units, "minutes": minutes, "seed": seed}
        return TrainSettings(**{**shared, **chosen, **KINDS[kind]})
