"""The settings of `python -m app distance`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from app.errors import UserError
from app.settings.corpus import (
    check_reading,
    encoding_option,
    field_option,
    format_option,
)
from app.settings.flags import flag_of, option

# Kinds of network that learn the generated language, from the oldest on.
KINDS = ("rnn", "gru", "lstm", "attention")

# What is taken where no flag says otherwise.
GENERATED_DISTANCES = "2,4,10,20,50,100"
TEXT_DISTANCES = "5,10,20,50,100,200"
SEEDS, STEPS, UNITS = 3, 2000, 32
TARGETS, CONTEXT = 600, 300

_OF_GENERATED = ("kinds", "seeds", "steps", "units")
_OF_TEXT = ("targets", "context", "format", "field", "encoding")


@dataclass(frozen=True)
class DistanceSettings:
    """`python -m app distance`: how far back the words are that a network uses."""

    model: str | None = option(
        None,
        "with a model and texts: what it costs a trained model when the words further "
        "back than so many are shuffled or cut away. Without: networks of several "
        "kinds and equal size learn a generated language, in which one word far back "
        "decides, and are asked for it after so many others; the gradient that reaches "
        "so far back is measured, too",
        positional=True,
        nargs="?",
        metavar="MODEL",
    )
    paths: tuple[str, ...] = option(
        (),
        "files, folders, globs; - for stdin",
        positional=True,
        nargs="*",
        metavar="PATH",
    )
    distances: str | None = option(
        None,
        "how many words back, with commas between (default: "
        f"{TEXT_DISTANCES} with a model, else {GENERATED_DISTANCES})",
        metavar="K,K,...",
    )
    kinds: str | None = option(
        None,
        "networks that learn the generated language; attention: an LSTM that looks "
        f"back at all its outputs (default: {','.join(KINDS)})",
        metavar="KIND,...",
    )
    seeds: int | None = option(
        None,
        f"how often each kind learns it, from another beginning (default: {SEEDS})",
        type=int,
        metavar="N",
    )
    steps: int | None = option(
        None,
        "steps of training, 32 streams of text each; a thousand take half a minute "
        f"(default: {STEPS})",
        type=int,
        metavar="N",
    )
    units: int | None = option(
        None,
        "width of the LSTM; the others are as wide as gives them as many parameters "
        f"(default: {UNITS})",
        type=int,
        metavar="N",
    )
    targets: int | None = option(
        None,
        f"words of the texts, drawn at random, that are predicted (default: {TARGETS})",
        type=int,
        metavar="N",
    )
    context: int | None = option(
        None,
        "words before each of them that a model reads; only words that have so many "
        f"before them in their document are predicted (default: {CONTEXT})",
        type=int,
        metavar="N",
    )
    format: str = format_option()
    field: str | None = field_option()
    encoding: str | None = encoding_option()
    seed: int = option(
        0,
        "same seed, same figures (default: %(default)s)",
        type=int,
        metavar="N",
    )
    to: str | None = option(
        None,
        "folder for the page, its pictures and the figures as JSON; with the generated "
        "language also for what was finished: an interrupted run goes on there",
        metavar="DIR",
    )
    json: bool = option(False, "print one JSON object instead of tables")

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        self._check_together()
        check_reading(self.format, self.field, self.encoding, pretokenized=False)
        for name in ("seeds", "steps", "units", "targets", "context"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f"--{name} is {value}, but must be 1 or more.")
        for kind in self.chosen_kinds:
            if kind not in KINDS:
                raise UserError(
                    f"--kinds: there is no kind {kind!r}. Choose from: "
                    f"{', '.join(KINDS)}."
                )
        odd = [it for it in self.chosen_distances if it % 2]
        if odd and not self.model:
            raise UserError(
                f"--distances: {odd[0]} is odd, but in the generated language every "
                "second word is a name, so that only even distances are asked for."
            )
        farthest = self.chosen_distances[-1]
        if self.model and farthest >= self.chosen_context:
            raise UserError(
                f"--distances: {farthest} words back is all of the context or more. "
                f"Leave it out, or give --context {2 * farthest}."
            )

    def _check_together(self) -> None:
        """Refuses flags of the one experiment with the other."""
        if self.model and not self.paths:
            raise UserError(
                f"distance {self.model}: give texts behind the model, files or folders "
                "that it has not learned from, or - for standard input."
            )
        without = _OF_GENERATED if self.model else _OF_TEXT
        for spec in dataclasses.fields(self):
            if spec.name in without and getattr(self, spec.name) != spec.default:
                which = "without a model" if self.model else "with a model and texts"
                raise UserError(
                    f"{flag_of(spec)} has a meaning only {which}. Leave it out."
                )

    @property
    def decisive(self) -> dict[str, Any]:
        """What the figures depend on, JSON values; kinds and seeds may be added."""
        added = {"kinds", "seeds", "to", "json"}
        values = dataclasses.asdict(self)
        return {name: it for name, it in values.items() if name not in added}

    @property
    def chosen_distances(self) -> tuple[int, ...]:
        """Ascending."""
        given = self.distances or (
            TEXT_DISTANCES if self.model else GENERATED_DISTANCES
        )
        try:
            found = sorted({int(it) for it in given.split(",")})
        except ValueError:
            found = [0]
        if found[0] < 1:
            raise UserError(
                f"--distances {given!r}: give numbers of words from 1 up, with commas "
                f"between them, for instance {TEXT_DISTANCES}."
            )
        return tuple(found)

    @property
    def chosen_kinds(self) -> tuple[str, ...]:
        """In the order given, each once."""
        return tuple(dict.fromkeys((self.kinds or ",".join(KINDS)).split(",")))

    @property
    def chosen_context(self) -> int:
        """Words that a model reads."""
        return CONTEXT if self.context is None else self.context

    def chosen(self, name: str) -> Any:
        """The value of a number that has its default elsewhere."""
        defaults = {
            "seeds": SEEDS,
            "steps": STEPS,
            "units": UNITS,
            "targets": TARGETS,
        }
        value = getattr(self, name)
        return defaults[name] if value is None else value
