"""The settings of `python -m app evaluate`, and how much is measured where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.errors import UserError
from app.settings.corpus import (
    check_reading,
    encoding_option,
    field_option,
    format_option,
)
from app.settings.flags import option
from app.settings.parts import (
    network_only_option,
    no_cache_option,
    no_ngrams_option,
)


class Amounts(NamedTuple):
    """How much of a text is measured in the ways that take long.

    Attributes:
        keystrokes: characters that the simulated typist types; 0: none.
        blanks: words that are blanked out; 0: none.
    """

    keystrokes: int = 50_000
    blanks: int = 200


@dataclass(frozen=True)
class EvaluateSettings:
    """`python -m app evaluate`: how well models predict texts they have not seen."""

    model: str = option(
        "",
        "name or path of the model; more of them are compared on the same texts",
        positional=True,
        metavar="MODEL",
    )
    paths: tuple[str, ...] = option(
        (),
        "files, folders, globs; - for stdin. Cut as the model's training text was",
        positional=True,
        nargs="+",
        metavar="[MODEL ...] PATH",
    )
    format: str = format_option()
    field: str | None = field_option()
    encoding: str | None = encoding_option()
    network_only: bool = network_only_option()
    no_ngrams: bool = no_ngrams_option()
    no_cache: bool = no_cache_option()
    keystrokes: int = option(
        Amounts().keystrokes,
        "characters that a simulated typist types with the model's help, of whole "
        "documents in random order; 0: none",
        type=int,
        metavar="N",
    )
    blanks: int = option(
        Amounts().blanks,
        "words that are blanked out at random and filled; 0: none",
        type=int,
        metavar="N",
    )
    json: bool = option(False, "print one JSON object instead of tables")

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        check_reading(self.format, self.field, self.encoding, pretokenized=False)
        for flag, number in (("keystrokes", self.keystrokes), ("blanks", self.blanks)):
            if number < 0:
                raise UserError(f"--{flag} is {number}, but must be 0 or more.")

    @property
    def amounts(self) -> Amounts:
        """How much is typed and blanked out."""
        return Amounts(self.keystrokes, self.blanks)
