"""From the prepared text to weights: training, on this machine or on several.

A `Run` enters; trainers leave, whose models have the best weights that were seen. This
is where TensorFlow is started, so nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.console import Report, catch_interrupt, progress_bar, without_chatter
from app.model_names import partial_folder
from app.run.epoch_report import show_epoch, show_figures
from app.run.meeting import receive
from app.run.unfinished import Prepared, checkpoint_path, load_prepared
from app.settings import Workers

if TYPE_CHECKING:
    from app.network.progress import Callbacks, OnEpoch
    from app.network.training import Trainer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What is trained, where it is kept and who takes part.

    Attributes:
        prepared: the text and the settings.
        folder: what will become of it, `models/NAME`.
        workers: the machines that train together; None: this one alone.
    """

    prepared: Prepared
    folder: Path
    workers: Workers | None = None


def fit(run: Run) -> Trainer:
    """Trains the network that predicts the next word."""
    logger.info("Starting TensorFlow ...")
    path = checkpoint_path(run.folder)
    return _run_trainer(
        run,
        lambda: _build_trainer(run.prepared, path),
        path,
        lambda row, weights: show_epoch(run.prepared, row, weights),
        events="",
    )


def fit_blanks(run: Run, next_word: Trainer) -> Trainer | None:
    """The same for the network that fills blanks, where it is wanted."""
    from app.run.blank_training import build_blank_trainer

    if not run.prepared.settings.blanks:
        return None
    logger.info("Now the network for blanks; perplexity is that of the word between")
    return _run_trainer(
        run,
        lambda: build_blank_trainer(run.prepared, next_word),
        checkpoint_path(run.folder, blanks=True),
        lambda row, weights: show_figures(row),
        events="blanks",
    )


def help_out(workers: Workers) -> None:
    """Trains along with worker 0, which has the text and writes the model."""
    with tempfile.TemporaryDirectory(prefix="nextword-") as place:
        folder = Path(place) / "model"
        partial_folder(folder).mkdir()
        anew = receive(workers, partial_folder(folder))
        prepared = load_prepared(folder)
        # The model of --from lies with worker 0, and its weights come from there.
        settings = dataclasses.replace(prepared.settings, **anew, from_model=None)
        run = Run(dataclasses.replace(prepared, settings=settings), folder, workers)
        fit_blanks(run, fit(run))
    logger.info("Done: worker 0 at %s has the model.", workers.addresses[0])


def _run_trainer(
    run: Run,
    build: Callable[[], Trainer],
    path: Path,
    on_epoch: OnEpoch,
    *,
    events: str,
) -> Trainer:
    """Trains from the first step, or from the checkpoint at `path`, to the end.

    Args:
        run: decides on which devices.
        build: makes what trains the network, at its beginning.
        path: where the checkpoints are kept.
        on_epoch: is called with each row of the history and the weights of then.
        events: of which part of the run the event files tell.
    """
    with catch_interrupt() as is_interrupted, contextlib.ExitStack() as stack:
        with without_chatter():
            from app.network.checkpoint import load_checkpoint
            from app.network.devices import training_devices
            from app.network.memory import out_of_memory_is_told

            batch_size = run.prepared.settings.fit_options().batch_size
            devices = stack.enter_context(training_devices(run.workers, batch_size))
            trainer = build()
        if devices:
            logger.info("Training on %s", devices)
        stack.enter_context(out_of_memory_is_told())
        bar = stack.enter_context(progress_bar("Training", 1.0))
        if path.exists():
            trainer.restore(load_checkpoint(path))
        trainer.run(_callbacks(run, path, on_epoch, events, bar, is_interrupted))
        if is_interrupted():  # too late for a step to ask; all of it is saved
            raise KeyboardInterrupt
    return trainer


def _callbacks(
    run: Run,
    path: Path,
    on_epoch: OnEpoch,
    events: str,
    bar: Report,
    should_stop: Callable[[], bool],
) -> Callbacks:
    """What training tells: the first of several machines writes for all."""
    from app.run.reporting import callbacks_that_show, callbacks_that_write

    if run.workers and run.workers.index:
        return callbacks_that_show(bar, should_stop)
    to = run.prepared.settings.tensorboard
    folder = Path(to) / run.folder.name / events if to else None
    return callbacks_that_write(path, folder, on_epoch, bar, should_stop)


def _build_trainer(prepared: Prepared, path: Path) -> Trainer:
    """What trains the network; its weights are those of --from where none are saved."""
    from app.network.memory import out_of_memory_is_told
    from app.network.model import build_model, named_weights, set_named_weights
    from app.network.training import Trainer
    from app.run.warm_start import weights_to_begin_with

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
        return Trainer(model, architecture, options, texts["train"], texts["valid"])
