#!/usr/bin/env python3
"""Learns from text: read, tokenize, count, load vectors, build, fit, measure, save.

    python train.py                        the Wikipedia sample that comes with gensim
    python train.py notes/ letters.txt     your own text
    python train.py --help                 everything that can be chosen

The model lands in models/NAME/, where predict.py finds it.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import logging
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.console import catch_interrupt, progress_bar, run, without_chatter
from app.settings import (
    ExportSettings,
    TrainSettings,
    Workers,
    add_flags,
    check_memory,
    from_flags,
)

if TYPE_CHECKING:  # the real imports wait until they are needed: --help is instant
    from app.network.training import Trainer
    from app.unfinished import Prepared

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
    from app.meeting import gathering
    from app.model_folder import new_folder, partial_folder
    from app.run_lock import only_run_of
    from app.unfinished import discard, resumable

    workers = settings.machines(os.environ)
    if workers:  # TensorFlow's own words about a lost one fill a page
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if workers and workers.index:
        help_out(workers)
        return
    folder = new_folder(settings.model_name)
    with only_run_of(folder), gathering(workers) as send_to_others:
        prepared = begin(settings, arguments, folder)
        with resumable(folder):
            send_to_others(partial_folder(folder), prepared.settings.given_anew())
            trainer = fit(prepared, folder, workers)
            metrics = measure(prepared, trainer)
            save(prepared, folder, trainer, metrics)
        discard(folder)
    if prepared.settings.export:
        export(folder, prepared.settings.export)
    logger.info("Done: %s. Try: python predict.py --model %s", folder, folder.name)


def begin(settings: TrainSettings, arguments: list[str], folder: Path) -> Prepared:
    """The prepared text of a new run, or of the one that is gone on with."""
    from app.model_folder import check_target
    from app.preparation import prepare
    from app.unfinished import check_interrupted
    from app.warm_start import check_start

    if settings.resume:
        return take_up(settings, folder)
    check_target(folder, overwrite=settings.overwrite)
    check_interrupted(folder, overwrite=settings.overwrite)
    check_memory(settings.architecture(), settings.fit_options())
    check_start(settings, settings.architecture())
    return prepare(settings, arguments, folder)


def take_up(settings: TrainSettings, folder: Path) -> Prepared:
    """The interrupted run, which goes on as it was started."""
    from app.unfinished import load_prepared

    prepared = load_prepared(folder)
    logger.info("Going on with: train.py %s", shlex.join(prepared.command))
    going_on, ignored = settings.going_on_from(prepared.settings)
    if ignored:
        names = ", ".join(name.replace("_", " ") for name in ignored)
        logger.warning("A run goes on as it was started; not used: %s.", names)
    return dataclasses.replace(prepared, settings=going_on)


# -- from numbers to weights ---------------------------------------------------------


def fit(prepared: Prepared, folder: Path, workers: Workers | None = None) -> Trainer:
    """Trains; afterwards the trainer's model has the best weights that were seen."""
    from app.unfinished import checkpoint_path

    settings, path = prepared.settings, checkpoint_path(folder)
    events = Path(settings.tensorboard) / folder.name if settings.tensorboard else None
    logger.info("Starting TensorFlow ...")
    with catch_interrupt() as is_interrupted, contextlib.ExitStack() as stack:
        with without_chatter():
            from app.network.devices import training_devices
            from app.network.memory import out_of_memory_is_told
            from app.run_report import callbacks_that_show, callbacks_that_write

            batch_size = settings.fit_options().batch_size
            devices = stack.enter_context(training_devices(workers, batch_size))
            trainer = build_trainer(prepared, path)
        if devices:
            logger.info("Training on %s", devices)
        stack.enter_context(out_of_memory_is_told())
        bar = stack.enter_context(progress_bar("Training", 1.0))
        if workers and workers.index:
            callbacks = callbacks_that_show(bar, is_interrupted)
        else:
            callbacks = callbacks_that_write(
                prepared, path, events, bar, is_interrupted
            )
        trainer.run(callbacks)
        if is_interrupted():  # too late for a step to ask; all of it is saved
            raise KeyboardInterrupt
    return trainer


def help_out(workers: Workers) -> None:
    """Trains along with worker 0, which has the text and writes the model."""
    from app.meeting import receive
    from app.model_folder import partial_folder
    from app.unfinished import load_prepared

    with tempfile.TemporaryDirectory(prefix="nextword-") as place:
        folder = Path(place) / "model"
        partial_folder(folder).mkdir()
        anew = receive(workers, partial_folder(folder))
        prepared = load_prepared(folder)
        settings = dataclasses.replace(prepared.settings, **anew)
        fit(dataclasses.replace(prepared, settings=settings), folder, workers)
    logger.info("Done: worker 0 at %s has the model.", workers.addresses[0])


def build_trainer(prepared: Prepared, path: Path) -> Trainer:
    """What trains the network, at its beginning or at the checkpoint at `path`."""
    from app.network.checkpoint import load_checkpoint
    from app.network.memory import out_of_memory_is_told
    from app.network.model import build_model, named_weights, set_named_weights
    from app.network.training import Trainer
    from app.warm_start import weights_to_begin_with

    settings, architecture = prepared.settings, prepared.architecture
    vocabulary, texts = prepared.vocabulary, prepared.texts
    is_classic = settings.preset == "classic"
    with out_of_memory_is_told():
        model = build_model(
            architecture,
            prepared.embedding_matrix,
            seed=settings.seed,
            log_unigram=None if is_classic else vocabulary.log_unigram(),
        )
        if not path.exists():
            fresh = named_weights(model)
            weights = weights_to_begin_with(settings, vocabulary, fresh)
            set_named_weights(model, weights)
        options = settings.fit_options()
        trainer = Trainer(model, architecture, options, texts["train"], texts["valid"])
        if path.exists():
            trainer.restore(load_checkpoint(path))
    return trainer


# -- from weights to figures and files -----------------------------------------------


def measure(prepared: Prepared, trainer: Trainer) -> dict[str, Any]:
    """metrics.json: the model and the baselines on the same test tokens."""
    from app.evaluation.baselines import evaluate_baselines
    from app.evaluation.metrics import evaluate
    from app.evaluation.table import baselines_table
    from app.language.network import Network
    from app.network.model import named_weights

    text = prepared.texts.get("test")
    if text is None:
        logger.warning("There is no --test text, so nothing is measured.")
        return {"training": trainer.summary()}
    network = Network(prepared.architecture, named_weights(trainer.model))
    with progress_bar("Measuring", text.num_tokens) as bar:
        test = evaluate(network, prepared.vocabulary, text, report=bar)
    baselines = evaluate_baselines(prepared.vocabulary, text)
    print(baselines_table(test, baselines))
    return {"test": test, "baselines": baselines, "training": trainer.summary()}


def save(
    prepared: Prepared, folder: Path, trainer: Trainer, metrics: dict[str, Any]
) -> None:
    """Writes models/NAME/, whole or not at all."""
    from app.evaluation.learning_curve import learning_curve
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
    write_model_folder(
        folder,
        overwrite=settings.overwrite,
        config=config,
        vocabulary=vocabulary,
        weights=named_weights(trainer.model),
        write_keras=trainer.model.save,
        metrics=metrics,
        history=trainer.progress.history,
        learning_curve=learning_curve(trainer.progress.history),
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
