"""`python -m app COMMAND`: what can be done with a trained model, one command each.

Heavy imports stay inside the handlers, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.console import run
from app.settings import (
    CompareSettings,
    DistanceSettings,
    EvaluateSettings,
    ExplainSettings,
    ExportSettings,
    MemorySettings,
    Parts,
    ReportSettings,
    ServeSettings,
    VerifySettings,
    add_flags,
    from_flags,
)

logger = logging.getLogger("app.main")

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
    """Measures models on texts and prints tables or JSON."""
    from app.evaluation.command import evaluate_files
    from app.loading import subject_of
    from app.model_folder import load_model_folder
    from app.model_names import models_first

    named, paths = models_first(settings.model, settings.paths)
    models = {name: load_model_folder(folder) for name, folder in named.items()}
    subjects = {
        name: subject_of(model, Parts.of(settings)) for name, model in models.items()
    }
    configs = {name: model.config for name, model in models.items()}
    print(evaluate_files(subjects, configs, paths, settings))


def explain(settings: ExplainSettings) -> None:
    """Writes what a model did with a text and prints the file."""
    from app.evaluation.explain.command import explain_text
    from app.files.whole_file import check_place
    from app.loading import predictor_of
    from app.model_folder import load_model_folder
    from app.model_names import find_model

    check_place(Path(settings.to))
    folder = load_model_folder(find_model(settings.model))
    predictor = predictor_of(folder)
    print(explain_text(predictor, folder.path.name, folder.architecture, settings))


def compare(settings: CompareSettings) -> None:
    """Trains and measures networks of several kinds; prints tables or JSON."""
    from app.evaluation.kinds import study as study_of
    from app.run.comparing import Comparison
    from app.run.lock import only_run_of

    folder = Path(settings.to)
    cure = "Wait for its end, or choose another folder with --to."
    with only_run_of(folder, cure):
        study = study_of(Comparison(settings).run())
        logger.info("%s", study.write(folder))
    print(json.dumps(study.figures) if settings.json else study.shown)


def distance(settings: DistanceSettings) -> None:
    """Measures how far back words are remembered, and prints tables or JSON."""
    to = Path(settings.to) if settings.to is not None else None
    if settings.model is None:
        from app.evaluation.distance.remembered import study as study_of
        from app.run.distance import generated_language
        from app.run.kept import Kept

        study = study_of(generated_language(settings, Kept(to, settings.decisive)))
    else:
        from app.evaluation.distance.command import text_costs
        from app.evaluation.distance.used import study as study_on
        from app.loading import subject_of
        from app.model_folder import load_model_folder
        from app.model_names import find_model

        subject = subject_of(load_model_folder(find_model(settings.model)))
        if to is not None:  # refused now, where it will be refused
            to.mkdir(parents=True, exist_ok=True)
        name = Path(settings.model).name
        study = study_on(name, text_costs(subject, settings))
    if to is not None:
        logger.info("%s", study.write(to))
    print(json.dumps(study.figures) if settings.json else study.shown)


def memory(settings: MemorySettings) -> None:
    """Shows or changes a personal memory."""
    from app.suggestion.memory_command import use_memory

    for line in use_memory(settings):
        print(line)


def report(settings: ReportSettings) -> None:
    """Writes the page about a model and prints its path."""
    from app.evaluation.report.command import write_report
    from app.model_names import find_model

    to = Path(settings.to) if settings.to is not None else None
    print(write_report(find_model(settings.model), to))


def serve(settings: ServeSettings) -> None:
    """Answers over HTTP until it is stopped; prints the address."""
    from app.serving.server.command import serve as serve_models

    serve_models(settings, lambda address: print(address, flush=True))


COMMANDS = {
    "compare": Command(
        "train kinds of network alike on the same text and compare them",
        CompareSettings,
        compare,
    ),
    "distance": Command(
        "measure how far back the words are that a network uses",
        DistanceSettings,
        distance,
    ),
    "evaluate": Command(
        "measure a model on texts, beside the baselines", EvaluateSettings, evaluate
    ),
    "explain": Command(
        "look inside: what the network did with a text, word by word",
        ExplainSettings,
        explain,
    ),
    "export": Command(
        "write a model for programs without this package", ExportSettings, export
    ),
    "memory": Command(
        "see, forget or move what a personal memory holds", MemorySettings, memory
    ),
    "report": Command(
        "write a page about a model: what it learned from, how good it is",
        ReportSettings,
        report,
    ),
    "serve": Command(
        "a page that completes as one types, and an HTTP server for other programs",
        ServeSettings,
        serve,
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
