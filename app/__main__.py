"""`python -m app COMMAND`: what can be done with a trained model, one command each.

Heavy imports stay inside the handlers, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.console import run
from app.settings import (
    EvaluateSettings,
    ExportSettings,
    MemorySettings,
    Parts,
    VerifySettings,
    add_flags,
    from_flags,
)

_PURPOSE = "What can be done with a trained model."


class Command(NamedTuple):
    """One command: a line of help, its settings, and what it does with them."""

    help: str
    settings_class: type
    handler: Callable[[Any], None]


def export(settings: ExportSettings) -> None:
    """Writes a model in one format or all and prints the folder of each."""
    from app.model_folder import load_model_folder
    from app.model_names import find_model
    from app.serving.export import export_model

    model = load_model_folder(find_model(settings.model))
    versions = export_model(model, Path(settings.to), settings.format)
    print(*versions, sep="\n")


def verify(settings: VerifySettings) -> None:
    """Looks through a SavedModel without loading it, and says what it found."""
    from app.serving.verify import CAUTION, verify

    print(verify(Path(settings.folder)), CAUTION, sep="\n")


def evaluate(settings: EvaluateSettings) -> None:
    """Measures a model on texts and prints a table or JSON."""
    from app.evaluation.command import evaluate_files
    from app.loading import ngrams_of, predictor_of
    from app.model_folder import load_model_folder
    from app.model_names import find_model

    model = load_model_folder(find_model(settings.model))
    figures = evaluate_files(
        predictor_of(model, Parts.of(settings)),
        settings.paths,
        file_format=settings.format,
        field=settings.field,
        encoding=settings.encoding,
        as_json=settings.json,
        ngrams=ngrams_of(model),
    )
    print(figures)


def memory(settings: MemorySettings) -> None:
    """Shows or changes a personal memory."""
    from app.suggestion.memory_command import use_memory

    for line in use_memory(settings):
        print(line)


COMMANDS = {
    "evaluate": Command(
        "measure a model on texts, beside the baselines", EvaluateSettings, evaluate
    ),
    "export": Command(
        "write a model for programs without this package", ExportSettings, export
    ),
    "memory": Command(
        "see, forget or move what a personal memory holds", MemorySettings, memory
    ),
    "verify": Command(
        "look through a SavedModel without loading it: is it what export writes?",
        VerifySettings,
        verify,
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app", description=_PURPOSE)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    parsers = {
        name: commands.add_parser(name, help=command.help, description=command.help)
        for name, command in COMMANDS.items()
    }
    for name, command in COMMANDS.items():
        add_flags(parsers[name], command.settings_class)
    name, *rest = list(sys.argv[1:] if argv is None else argv) or [""]
    if name not in parsers:
        parser.parse_args(argv)  # shows the help, or what is wrong, and exits
    options = parsers[name].parse_intermixed_args(rest)  # paths and flags in any order
    command = COMMANDS[name]

    def handle() -> int:
        command.handler(from_flags(command.settings_class, options))
        return 0

    return run(handle)


if __name__ == "__main__":
    sys.exit(main())
