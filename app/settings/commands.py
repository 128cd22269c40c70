"""The settings of `python -m app COMMAND`."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import UserError
from app.settings.flags import option

EXPORT_FORMATS = ("savedmodel", "litert", "onnx", "all")

# What can be done with a personal memory, and what each needs besides.
MEMORY_ACTIONS = {
    "list": None,
    "search": "WORD",
    "accept": "TEXT",
    "forget": "WORD",
    "clear": None,
    "export": "TO",
    "import": "FROM",
}


@dataclass(frozen=True)
class ExportSettings:
    """`python -m app export`: a model for programs that do not have this package."""

    model: str = option(
        "", "name or path of the model", positional=True, metavar="MODEL"
    )
    to: str = option(
        "",
        "folder of the versions: DIR/1 is written, or the next free number; of the "
        "other formats DIR/litert/1 and DIR/onnx/1",
        required=True,
        metavar="DIR",
    )
    format: str = option(
        "savedmodel",
        "savedmodel: for TensorFlow and its server; litert: for telephones and small "
        "devices; onnx: for other runtimes and browsers; all: each of them "
        "(default: savedmodel)",
        choices=EXPORT_FORMATS,
    )


@dataclass(frozen=True)
class VerifySettings:
    """`python -m app verify`: whether a SavedModel is what `export` writes."""

    folder: str = option(
        "", "folder of one version of a SavedModel", positional=True, metavar="DIR"
    )


@dataclass(frozen=True)
class ReportSettings:
    """`python -m app report`: all that is known about a model, as one page."""

    model: str = option(
        "", "name or path of the model", positional=True, metavar="MODEL"
    )
    to: str | None = option(
        None,
        "where to write the page, which holds words of the text that the model was "
        "measured on (default: report.html in the model's folder)",
        metavar="FILE",
    )


@dataclass(frozen=True)
class MemorySettings:
    """`python -m app memory`: what a personal memory holds, and forgetting it."""

    file: str = option(
        "", "file of the memory, as for predict.py --memory", positional=True
    )
    action: str = option(
        "",
        "list: every word with what it counts now and what followed it; search: those "
        "that have WORD in them; accept: learn from TEXT (- for standard input); "
        "forget: remove WORD and what links it to others; clear: remove everything; "
        "export: write a copy to the file TO; import: add what the file FROM holds",
        positional=True,
        choices=tuple(MEMORY_ACTIONS),
    )
    argument: str | None = option(
        None,
        "the word, text or file that the action needs",
        positional=True,
        nargs="?",
        metavar="WORD|TEXT|TO|FROM",
    )

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says what is missing or too much.
        """
        needed = MEMORY_ACTIONS[self.action]
        if needed and not self.argument:
            raise UserError(f"{self.action} needs one thing more: {needed}.")
        if not needed and self.argument is not None:
            raise UserError(
                f"{self.action} needs nothing more, so {self.argument!r} has no "
                "meaning. Leave it out."
            )
