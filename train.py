#!/usr/bin/env python3
"""Learns from text: read, tokenize, count, load vectors, build, fit, measure, save.

    python train.py                        the Wikipedia sample that comes with gensim
    python train.py notes/ letters.txt     your own text
    python train.py --help                 everything that can be chosen

The model lands in models/NAME/, where predict.py finds it.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.console import run
from app.settings import (
    ExportSettings,
    TrainSettings,
    add_flags,
    check_memory,
    from_flags,
)

if TYPE_CHECKING:  # the real imports wait until they are needed: --help is instant
    from app.evaluation.measuring import Measured
    from app.network.training import Trainer
    from app.run.mixing import Mixed
    from app.run.unfinished import Prepared

logger = logging.getLogger("app.train")


def main(argv: Sequence[str] | None = None) -> int:
    """Trains one model; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Learns from text and writes a model to models/NAME/.",
        epilog="Ctrl-C stops and keeps what was learned; --resume goes on.",
    )
    add_flags(parser, TrainSettings)
    arguments = list(sys.argv[1:] if argv is None else argv)
    parsed = parser.parse_intermixed_args(arguments)  # texts and flags in any order

    def command() -> int:
        train(from_flags(TrainSettings, parsed), arguments)
        return 0

    return run(command, closed_pipe=1)  # without a model the work is not done


def train(settings: TrainSettings, arguments: list[str]) -> None:
    """The story, from text to model folder."""
    from app.model_names import new_folder, partial_folder
    from app.run.fitting import Run, fit, fit_blanks, help_out
    from app.run.lock import only_run_of
    from app.run.meeting import gathering
    from app.run.mixing import mix
    from app.run.ngrams import build_ngrams
    from app.run.unfinished import discard, resumable

    workers = settings.machines(os.environ)
    # TensorFlow talks of its compiler; of a lost worker its words fill a page.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3" if workers else "2")
    if workers and workers.index:
        help_out(workers)
        return
    folder = new_folder(settings.model_name)
    with only_run_of(folder), gathering(workers) as send_to_others:
        prepared = begin(settings, arguments, folder)
        with resumable(folder):
            send_to_others(partial_folder(folder), prepared.settings.given_anew())
            this_run = Run(prepared, folder, workers)
            trainer = fit(this_run)
            blanks = fit_blanks(this_run, trainer)
            ngrams = build_ngrams(prepared, folder)
            mixed = mix(prepared, trainer, ngrams)
            measured = measure(prepared, trainer, blanks, mixed)
            save(prepared, folder, trainer, blanks, ngrams, mixed, measured)
        discard(folder)
    if prepared.settings.export:
        export(folder, prepared.settings.export)
    logger.info("Done: %s. Try: python predict.py --model %s", folder, folder.name)


def begin(settings: TrainSettings, arguments: list[str], folder: Path) -> Prepared:
    """The prepared text of a new run, or of the one that is gone on with."""
    from app.model_folder import check_target
    from app.run.preparation import prepare
    from app.run.unfinished import check_interrupted
    from app.run.warm_start import check_start

    if settings.resume:
        return take_up(settings, folder)
    check_target(folder, overwrite=settings.overwrite)
    check_interrupted(folder, overwrite=settings.overwrite)
    check_memory(settings.architecture(), settings.fit_options())
    check_start(settings, settings.architecture())
    return prepare(settings, arguments, folder)


def take_up(settings: TrainSettings, folder: Path) -> Prepared:
    """The interrupted run, which goes on as it was started."""
    from app.run.unfinished import load_prepared

    prepared = load_prepared(folder)
    logger.info("Going on with: train.py %s", shlex.join(prepared.command))
    going_on, ignored = settings.going_on_from(prepared.settings)
    if ignored:
        names = ", ".join(name.replace("_", " ") for name in ignored)
        logger.warning("A run goes on as it was started; not used: %s.", names)
    return dataclasses.replace(prepared, settings=going_on)


# -- from weights to figures and files -----------------------------------------------


def measure(
    prepared: Prepared, trainer: Trainer, blanks: Trainer | None, mixed: Mixed
) -> Measured:
    """What answers, its parts and the baselines on the test text; sentences of it."""
    from app.evaluation.measuring import Measured
    from app.evaluation.measuring import measure as measure_subject
    from app.evaluation.subject import Subject
    from app.evaluation.table import short_text
    from app.network.model import named_weights
    from app.run.blank_training import two_sided_network
    from app.suggestion.predictor import Predictor
    from app.text.tokenizer import Tokenizer

    metrics: dict[str, Any] = {"training": trainer.summary()}
    if blanks is not None:
        metrics["blanks"] = {"training": blanks.summary()}
    text = prepared.texts.get("test")
    if text is None:
        logger.warning("There is no --test text, so nothing is measured.")
        return Measured(metrics, {})
    two_sided = None
    if blanks is not None:
        two_sided = two_sided_network(prepared, trainer, blanks)
    tokenizer = Tokenizer(pretokenized=prepared.settings.pretokenized)
    predictor = Predictor(prepared.vocabulary, tokenizer, mixed.model, two_sided)
    vectors = named_weights(trainer.model)["embedding"]
    subject = Subject(predictor, vectors, mixed.ngrams, mixed.trigrams)
    measured = measure_subject(subject, text)
    print(short_text(measured.metrics))
    if blanks is not None:
        metrics["blanks"] |= measured.metrics["blanks"]
    return Measured(measured.metrics | metrics, measured.examples)


def save(
    prepared: Prepared,
    folder: Path,
    trainer: Trainer,
    blanks: Trainer | None,
    ngrams: dict[str, Path],
    mixed: Mixed,
    measured: Measured,
) -> None:
    """Writes models/NAME/, whole or not at all."""
    from app.evaluation.charts.learning_curve import learning_curve
    from app.evaluation.report.command import page_of
    from app.files.weight_files import BlankFiles
    from app.model_folder import write_model_folder
    from app.network.model import named_weights

    settings, vocabulary = prepared.settings, prepared.vocabulary
    config = {
        "name": folder.name,
        "command": ["train.py", *prepared.command],
        "seed": settings.seed,
        "settings": dataclasses.asdict(settings),
        "architecture": dataclasses.asdict(prepared.architecture),
        "vocabulary": {
            "size": vocabulary.size,
            "oov_types": vocabulary.oov_types,
            "pretokenized": settings.pretokenized,
        },
        **prepared.facts,
    }
    blank_files = None
    if blanks is not None:
        config["blank_architecture"] = dataclasses.asdict(blanks.steps.architecture)
        blank_files = BlankFiles(named_weights(blanks.model), blanks.model.save)
    write_model_folder(
        folder,
        overwrite=settings.overwrite,
        config=config,
        vocabulary=vocabulary,
        weights=named_weights(trainer.model),
        write_keras=trainer.model.save,
        blanks=blank_files,
        ngrams=ngrams,
        mixture=mixed.fit.as_json(),
        metrics=measured.metrics,
        examples=measured.examples,
        history=trainer.progress.history,
        learning_curve=learning_curve(trainer.progress.history).document(),
        make_report=lambda fresh: page_of(fresh, vocabulary),
    )


def export(folder: Path, to: str) -> None:
    """Writes the SavedModel of a model folder."""
    from app.__main__ import export as export_model

    logger.info("Exporting ...")
    try:
        export_model(ExportSettings(model=str(folder), to=to))
    except KeyboardInterrupt:
        how = shlex.join(["export", folder.name, "--to", to])
        logger.info("The model is whole. Export it with: python -m app %s", how)
        raise


if __name__ == "__main__":
    sys.exit(main())
