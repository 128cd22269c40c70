"""The settings of `python -m app evaluate`, and how much is measured where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
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
from app.settings.typist import (
    CHARACTERS,
    OWN,
    SLOTS,
    check_typist,
    keystrokes_option,
    rules_option,
    slots_option,
)


class Amounts(NamedTuple):
    """How much of a text is measured in the ways that take long, and how.

    Attributes:
        keystrokes: characters that the simulated typist types; 0: none.
        slots: words in the typist's list, numbers with commas between.
        rules: what the typist keeps to, names with commas between.
        blanks: words that are blanked out; 0: none.
    """

    keystrokes: int = CHARACTERS
    slots: str = SLOTS
    rules: str = OWN
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
    keystrokes: int = keystrokes_option()
    slots: str = slots_option()
    rules: str = rules_option()
    blanks: int = option(
        Amounts().blanks,
        "words that are blanked out at random and filled; 0: none",
        type=int,
        metavar="N",
    )
    page: str | None = option(
        None,
        "also write what was found as a page: of one model its report, of several a "
        "comparison (also FILE.svg)",
        metavar="FILE.html",
    )
    json: bool = option(False, "print one JSON object instead of tables")

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        check_reading(self.format, self.field, self.encoding, pretokenized=False)
        check_typist(self.keystrokes, self.slots, self.rules)
        if self.blanks < 0:
            raise UserError(f"--blanks is {self.blanks}, but must be 0 or more.")
        if self.page and Path(self.page).suffix.lower() not in (".html", ".svg"):
            raise UserError(
                f"--page {self.page}: give a name that ends in .html, or in .svg for "
                "the picture of a comparison alone."
            )

    @property
    def has_picture(self) -> bool:
        """Whether the page is to be a picture alone."""
        return Path(self.page or "").suffix.lower() == ".svg"

    @property
    def amounts(self) -> Amounts:
        """How much is typed and blanked out."""
        return Amounts(self.keystrokes, self.slots, self.rules, self.blanks)
