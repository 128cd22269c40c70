"""The training loop: epochs, validation, learning rate, early stopping, interruption.

Enters: a built model, encoded text for training and validation, `FitOptions`. Leaves:
the model with the best weights seen, and a `Progress` that tells how it went. What is
shown to the person, and where checkpoints lie, is decided by the caller through the
functions it hands over.

A run is a function of its options: the order of the documents, the dropout masks and
the sampled words are drawn from (seed, epoch) or (seed, step), never from a generator
that remembers. That is why an interrupted run ends with the very same weights.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from app.errors import UserError
from app.network.batches import (
    Batch,
    num_training_batches,
    training_batches,
    validation_batches,
)
from app.network.checkpoint import Checkpoint
from app.network.model import count_parameters, named_weights, set_named_weights
from app.network.schedule import learning_rate
from app.network.steps import Steps
from app.settings import Architecture, FitOptions
from app.text.encoding import EncodedText

SECONDS_BETWEEN_CHECKPOINTS = 120.0


@dataclass
class Progress:
    """Where a run stands; JSON can hold all of it.

    Attributes:
        epoch, batch, step: the next batch to train on: its epoch, its place in it,
            and the number of steps taken so far.
        seconds: spent on fitting and validation, and on nothing else.
        loss_sum, loss_tokens, loss_seconds: of this epoch so far (nats, count, s).
        best_loss, best_epoch: of validation, nats per token.
        history: one row an epoch.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    loss_tokens: int = 0
    loss_seconds: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = -1
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Callbacks:
    """What the caller wants to be told, and whether it wants to stop.

    Attributes:
        on_step: called with the share of the run that is done, 0 to 1, and the mean
            training loss of the epoch so far, nats.
        on_epoch: called with the new row of the history and the weights of now.
        on_checkpoint: called with everything needed to resume.
        should_stop: asked between steps; True saves a checkpoint and raises
            KeyboardInterrupt.
    """

    on_step: Callable[[float, float], None]
    on_epoch: Callable[[dict[str, float], dict[str, np.ndarray]], None]
    on_checkpoint: Callable[[Checkpoint], None]
    should_stop: Callable[[], bool]


class Trainer:
    """Fits one model.

    Args:
        model: what `build_model` made.
        architecture: its shape.
        options: how to train it.
        training: the text to learn from.
        validation: the text that decides when to stop and which weights are best.
    """

    def __init__(
        self,
        model: keras.Sequential,
        architecture: Architecture,
        options: FitOptions,
        training: EncodedText,
        validation: EncodedText,
    ) -> None:
        self.model = model
        self.context_length = architecture.context_length
        self.options = options
        self.training = training
        self.validation = validation
        self.progress = Progress()
        self.steps = Steps(model, architecture, options)
        self.states = self.steps.zero_states()
        self.best = named_weights(model)

    # -- the run ---------------------------------------------------------------

    def run(self, callbacks: Callbacks) -> Progress:
        """Trains until epochs, minutes or patience are used up; keeps the best weights.

        Raises:
            KeyboardInterrupt: `should_stop` said so; a checkpoint has been handed over.
            UserError: the loss is no longer a number.
        """
        while not self._is_over:
            self._run_epoch(callbacks)
            self._end_epoch(callbacks)
        set_named_weights(self.model, self.best)
        return self.progress

    def _run_epoch(self, callbacks: Callbacks) -> None:
        """Trains on what is left of the epoch, or until the minutes are used up."""
        progress = self.progress
        if progress.batch == 0:
            self.states = self.steps.zero_states()
        last_checkpoint = progress.seconds
        clock = time.monotonic()  # stands still while the caller has its turn
        for batch in self._batches_left():
            self._learn(batch)
            spent = time.monotonic() - clock
            progress.seconds += spent
            progress.loss_seconds += spent
            callbacks.on_step(
                self._share_done, progress.loss_sum / progress.loss_tokens
            )
            if callbacks.should_stop():
                callbacks.on_checkpoint(self.checkpoint())
                raise KeyboardInterrupt
            if progress.seconds - last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
                callbacks.on_checkpoint(self.checkpoint())
                last_checkpoint = progress.seconds
            if self._share_done >= 1:
                return
            clock = time.monotonic()

    def _learn(self, batch: Batch) -> None:
        """One step on one batch, counted in `progress`."""
        progress = self.progress
        loss_sum, self.states = self.steps.train(
            batch,
            self.states,
            number=progress.step,
            learning_rate=learning_rate(self.options, self._share_done),
        )
        self._check(loss_sum, "training")
        progress.loss_sum += loss_sum
        progress.loss_tokens += int(np.count_nonzero(batch.targets))
        progress.batch += 1
        progress.step += 1

    def _check(self, loss: float, name: str) -> None:
        """Refuses to go on with weights that are no longer numbers."""
        if not math.isfinite(loss):
            raise UserError(
                f"The {name} loss became {loss} in epoch {self.progress.epoch + 1}. "
                f"Use a smaller --learning-rate than {self.options.learning_rate:g}."
            )

    def _end_epoch(self, callbacks: Callbacks) -> None:
        """Validates, writes the history and remembers the best weights."""
        progress = self.progress
        clock = time.monotonic()
        loss, accuracy = self.validate()
        progress.seconds += time.monotonic() - clock
        self._check(loss, "validation")
        weights = named_weights(self.model)
        if loss < progress.best_loss:
            progress.best_loss, progress.best_epoch = loss, progress.epoch
            self.best = weights
        row = {
            "epoch": progress.epoch + 1,
            "training_loss": progress.loss_sum / progress.loss_tokens,
            "validation_loss": loss,
            "validation_perplexity": math.exp(min(loss, 700)),
            "validation_top_1_accuracy": accuracy,
            "learning_rate": learning_rate(self.options, self._share_done),
            "tokens_per_second": progress.loss_tokens / progress.loss_seconds,
            "seconds": progress.seconds,
        }
        progress.history.append(row)
        progress.epoch, progress.batch = progress.epoch + 1, 0
        progress.loss_sum, progress.loss_tokens, progress.loss_seconds = 0.0, 0, 0.0
        callbacks.on_checkpoint(self.checkpoint())
        callbacks.on_epoch(row, weights)

    @property
    def _is_over(self) -> bool:
        """Whether epochs, minutes or patience are used up; asked between epochs."""
        waited = self.progress.epoch - 1 - self.progress.best_epoch
        return self._share_done >= 1 or waited >= self.options.patience

    @property
    def _share_done(self) -> float:
        """How much of the run is over, 0 to 1: by steps or by time, whichever is more.

        Steps are the measure of a run with a number of epochs, so that its learning
        rates do not depend on the clock.
        """
        by_steps = by_time = 0.0
        if self.options.epochs is not None:
            steps = self.options.epochs * self.num_batches
            by_steps = self.progress.step / steps
        if self.options.minutes is not None:
            by_time = self.progress.seconds / (60 * self.options.minutes)
        return min(max(by_steps, by_time), 1.0)

    # -- the data --------------------------------------------------------------

    @property
    def num_batches(self) -> int:
        """Steps in an epoch."""
        return num_training_batches(
            self.training.num_tokens, self.options, self.context_length
        )

    def _batches_left(self) -> Iterator[Batch]:
        """This epoch's batches, but for those that were trained on already."""
        batches = training_batches(
            self.training, self.options, self.context_length, self.progress.epoch
        )
        return itertools.islice(batches, self.progress.batch, None)

    def validate(self) -> tuple[float, float]:
        """Loss (nats per token) and top-1 accuracy on the validation text, exact."""
        loss_sum, hits = 0.0, 0
        states = self.steps.zero_states()
        for batch in validation_batches(
            self.validation, self.options, self.context_length
        ):
            loss, hit, states = self.steps.validate(batch, states)
            loss_sum, hits = loss_sum + loss, hits + hit
        tokens = self.validation.num_tokens
        return loss_sum / tokens, hits / tokens

    def summary(self) -> dict[str, float]:
        """How the run went: "training" in metrics.json."""
        history = self.progress.history
        parameters, trainable = count_parameters(self.model)
        return {
            "tokens": self.training.num_tokens,
            "epochs": len(history),
            "seconds": self.progress.seconds,
            "tokens_per_second": statistics.mean(
                row["tokens_per_second"] for row in history
            ),
            "parameters": parameters,
            "trainable_parameters": trainable,
        }

    # -- interruption ----------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """Everything that `restore` needs, copied."""
        flat_states = tf.nest.flatten(self.states)
        return Checkpoint(
            arrays={
                "weights": named_weights(self.model),
                "best": self.best,
                "optimizer": _numbered(self.steps.optimizer.variables),
                "states": _numbered(flat_states),
            },
            record=asdict(self.progress),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Takes a run up where `checkpoint` left it."""
        set_named_weights(self.model, checkpoint.arrays["weights"])
        self.best = checkpoint.arrays["best"]
        for index, variable in enumerate(self.steps.optimizer.variables):
            variable.assign(checkpoint.arrays["optimizer"][str(index)])
        saved = checkpoint.arrays["states"]
        flat = [tf.constant(saved[str(index)]) for index in range(len(saved))]
        self.states = tf.nest.pack_sequence_as(self.states, flat)
        self.progress = Progress(**checkpoint.record)


def _numbered(values: list[Any]) -> dict[str, np.ndarray]:
    return {str(index): value.numpy() for index, value in enumerate(values)}
