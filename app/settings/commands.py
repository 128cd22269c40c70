"""The settings of `python -m app COMMAND`."""

from __future__ import annotations

from dataclasses import dataclass

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

EXPORT_FORMATS = ("savedmodel",)


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
    format: str = format_option()
    field: str | None = field_option()
    encoding: str | None = encoding_option()
    network_only: bool = network_only_option()
    no_ngrams: bool = no_ngrams_option()
    no_cache: bool = no_cache_option()
    json: bool = option(False, "print one JSON object instead of a table")

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        check_reading(self.format, self.field, self.encoding, pretokenized=False)
