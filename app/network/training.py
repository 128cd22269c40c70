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
import logging
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict

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
from app.network.progress import MOST_ROLLBACKS, Callbacks, Progress
from app.network.replicas import steps_for
from app.network.schedule import learning_rate
from app.settings import Architecture, FitOptions
from app.text.encoding import EncodedText

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_CHECKPOINTS = 120.0


# A loss so far beyond that of guessing blindly, log(vocabulary_size), that the weights
# are lost: with learning rates that only learn badly it stays below twice.
_LOST = 5.0


class _Diverged(Exception):
    """The loss is no longer a number, or exploded."""


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
        self.lost = _LOST * math.log(architecture.vocabulary_size)  # nats per token
        self.options = options
        self.training = training
        self.validation = validation
        self.progress = Progress()
        self.steps = steps_for(model, architecture, options)
        self.states = self.steps.zero_states()
        self.best = named_weights(model)

    # -- the run ---------------------------------------------------------------

    def run(self, callbacks: Callbacks) -> Progress:
        """Trains until epochs, minutes or patience are used up; keeps the best weights.

        Raises:
            KeyboardInterrupt: `should_stop` said so; a checkpoint has been handed over.
            UserError: the loss exploded, at any learning rate that was tried.
        """
        while not self._is_over:
            try:
                self._run_epoch(callbacks)
                self._end_epoch(callbacks)
            except _Diverged as error:
                self._roll_back(str(error))
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
            loss = self._learn(batch)
            spent = time.monotonic() - clock
            progress.seconds += spent
            progress.loss_seconds += spent
            callbacks.on_step(
                progress.report(loss, self._share_done, self._learning_rate)
            )
            progress.seconds, is_stopping = self.steps.agreed(
                progress.seconds, is_stopping=callbacks.should_stop()
            )
            if is_stopping:
                callbacks.on_checkpoint(self.checkpoint())
                raise KeyboardInterrupt
            if progress.seconds - last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
                callbacks.on_checkpoint(self.checkpoint())
                last_checkpoint = progress.seconds
            if self._share_done >= 1:
                return
            clock = time.monotonic()

    def _learn(self, batch: Batch) -> float:
        """One step on one batch, counted in `progress`; its loss, nats per token."""
        progress = self.progress
        loss_sum, self.states = self.steps.train(
            batch,
            self.states,
            number=progress.step,
            learning_rate=self._learning_rate,
        )
        num_targets = int(np.count_nonzero(batch.targets))
        loss = loss_sum / num_targets
        self._check(loss, "training")
        progress.loss_sum += loss_sum
        progress.loss_tokens += num_targets
        progress.batch += 1
        progress.step += 1
        return loss

    def _check(self, loss: float, name: str) -> None:
        """Refuses to go on with weights that are lost; `loss` is in nats per token."""
        if not loss <= self.lost:  # nor with one that is no number
            epoch = self.progress.epoch + 1
            raise _Diverged(f"The {name} loss became {loss:.4g} in epoch {epoch}")

    def _roll_back(self, what: str) -> None:
        """Begins the epoch again, with the best weights and a smaller learning rate.

        Everything it needs is in every checkpoint, so a run that is resumed goes back
        to the very same place.

        Raises:
            UserError: it was done often enough, and no epoch has ended well.
        """
        progress = self.progress
        progress.rollbacks += 1
        if progress.has_too_many_rollbacks and not progress.history:
            raise UserError(
                f"{what}, and so it did with {MOST_ROLLBACKS} smaller learning rates. "
                "Begin anew with --overwrite and a much smaller --learning-rate than "
                f"{self.options.learning_rate:g}."
            )
        set_named_weights(self.model, self.best)
        for variable in self.steps.optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        progress.begin_epoch_again()
        rate = self.options.learning_rate * progress.learning_rate_factor
        going_on = f"going back to the best weights, with a learning rate of {rate:g}"
        if progress.has_too_many_rollbacks:
            going_on = "the run ends with its best weights"
        logger.warning("%s; %s.", what, going_on)

    def _end_epoch(self, callbacks: Callbacks) -> None:
        """Validates, writes the history and remembers the best weights."""
        progress = self.progress
        clock = time.monotonic()
        loss, accuracy = self.validate()
        progress.seconds, _ = self.steps.agreed(
            progress.seconds + time.monotonic() - clock, is_stopping=False
        )
        self._check(loss, "validation")
        weights = named_weights(self.model)
        if loss < progress.best_loss:
            progress.best_loss, progress.best_epoch = loss, progress.epoch
            self.best = weights
        row = progress.row(loss, accuracy, self._learning_rate)
        progress.end_epoch(row)
        callbacks.on_checkpoint(self.checkpoint())
        callbacks.on_epoch(row, weights)

    @property
    def _is_over(self) -> bool:
        """Whether epochs, minutes or patience are used up; asked between epochs."""
        progress = self.progress
        if not progress.history:
            return False  # time may be up already, but there is nothing to keep yet
        waited = progress.epoch - 1 - progress.best_epoch
        return (
            self._share_done >= 1
            or waited >= self.options.patience
            or progress.has_too_many_rollbacks
        )

    @property
    def _learning_rate(self) -> float:
        """Of the next step."""
        planned = learning_rate(self.options, self._share_done)
        return planned * self.progress.learning_rate_factor

    @property
    def _share_done(self) -> float:
        """How much of the run is over, 0 to 1."""
        return self.progress.share_done(self.options, self.num_batches)

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
        num_documents = len(self.validation.document_ends)
        num_streams = self.steps.num_validation_streams(num_documents)
        states = self.steps.zero_states(num_streams)
        for batch in validation_batches(
            self.validation, self.options, self.context_length, num_streams
        ):
            loss, hit, states = self.steps.validate(batch, states)
            loss_sum, hits = loss_sum + loss, hits + hit
        tokens = self.validation.num_tokens
        return loss_sum / tokens, hits / tokens

    def summary(self) -> dict[str, float]:
        """How the run went: "training" in metrics.json."""
        history = self.progress.history
        parameters, trainable = count_parameters(self.model, self.steps.architecture)
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
        return Checkpoint(
            arrays={
                "weights": named_weights(self.model),
                "best": self.best,
                "optimizer": _numbered(
                    [v.numpy() for v in self.steps.optimizer.variables]
                ),
                "states": _numbered(self.steps.arrays_of(self.states)),
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
        self.states = self.steps.states_of(
            [saved[str(index)] for index in range(len(saved))]
        )
        self.progress = Progress(**checkpoint.record)


def _numbered(arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
    return {str(index): array for index, array in enumerate(arrays)}
