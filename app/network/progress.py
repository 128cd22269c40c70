"""Where a training run stands, and what it tells to whoever started it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from app.network.checkpoint import Checkpoint
from app.settings import FitOptions

OnEpoch: TypeAlias = Callable[[dict[str, float], dict[str, np.ndarray]], None]

# A learning rate that explodes is mostly one or two orders of magnitude too large.
ROLLBACK_FACTOR = 0.1
MOST_ROLLBACKS = 3


@dataclass(frozen=True)
class StepReport:
    """What is known after a step.

    Attributes:
        step: how many have been taken.
        share_done: how much of the run is over, 0 to 1.
        loss: of the step, nats per token.
        mean_loss: of the epoch so far, nats per token.
        learning_rate: of the next step.
        tokens_per_second: of the epoch so far, validation and reports left out.
    """

    step: int
    share_done: float
    loss: float
    mean_loss: float
    learning_rate: float
    tokens_per_second: float


@dataclass
class Progress:
    """Where a run stands; JSON can hold all of it.

    Attributes:
        epoch, batch, step: the next batch to train on: its epoch, its place in it,
            and the number of steps taken so far.
        seconds: spent on fitting and validation, and on nothing else.
        loss_sum, loss_tokens, loss_seconds: of this epoch so far (nats, count, s).
        best_loss, best_epoch: of validation, nats per token.
        rollbacks: how often the loss exploded and training went back to the best
            weights; the learning rate is ten times smaller after each.
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
    rollbacks: int = 0
    history: list[dict[str, float]] = field(default_factory=list)

    def share_done(self, options: FitOptions, steps_an_epoch: int) -> float:
        """How much of the run is over, 0 to 1: by steps or by time, whichever is more.

        Steps are the measure of a run with a number of epochs, so that its learning
        rates do not depend on the clock.
        """
        by_steps = by_time = 0.0
        if options.epochs is not None:
            by_steps = self.step / (options.epochs * steps_an_epoch)
        if options.minutes is not None:
            by_time = self.seconds / (60 * options.minutes)
        return min(max(by_steps, by_time), 1.0)

    @property
    def learning_rate_factor(self) -> float:
        """What is left of the learning rate after the rollbacks."""
        return ROLLBACK_FACTOR**self.rollbacks

    @property
    def has_too_many_rollbacks(self) -> bool:
        """Whether smaller learning rates have not helped either."""
        return self.rollbacks > MOST_ROLLBACKS

    def report(
        self, loss: float, share_done: float, learning_rate: float
    ) -> StepReport:
        """What is known after the step that had this loss, nats per token."""
        return StepReport(
            step=self.step,
            share_done=share_done,
            loss=loss,
            mean_loss=self.loss_sum / self.loss_tokens,
            learning_rate=learning_rate,
            tokens_per_second=self.loss_tokens / self.loss_seconds,
        )

    def row(
        self, loss: float, accuracy: float, learning_rate: float
    ) -> dict[str, float]:
        """The history's row of the epoch that ends now.

        Args:
            loss: of validation, nats per token.
            accuracy: of validation, the share of right first guesses.
            learning_rate: of the next step.
        """
        return {
            "epoch": self.epoch + 1,
            "training_loss": self.loss_sum / self.loss_tokens,
            "validation_loss": loss,
            "validation_perplexity": perplexity(loss),
            "validation_top_1_accuracy": accuracy,
            "learning_rate": learning_rate,
            "rollbacks": self.rollbacks,
            "tokens_per_second": self.loss_tokens / self.loss_seconds,
            "seconds": self.seconds,
        }

    def begin_epoch_again(self) -> None:
        """Goes back to where the epoch began; the time spent is spent."""
        self.step -= self.batch
        self._begin()

    def end_epoch(self, row: dict[str, float]) -> None:
        """Adds the epoch's row to the history and goes on to the next."""
        self.history.append(row)
        self.epoch += 1
        self._begin()

    def _begin(self) -> None:
        self.batch = 0
        self.loss_sum, self.loss_tokens, self.loss_seconds = 0.0, 0, 0.0


@dataclass(frozen=True)
class Callbacks:
    """What the caller wants to be told, and whether it wants to stop.

    Attributes:
        on_step: called after each step.
        on_epoch: called with the new row of the history and the weights of now.
        on_checkpoint: called with everything needed to resume.
        should_stop: asked between steps; True saves a checkpoint and raises
            KeyboardInterrupt.
    """

    on_step: Callable[[StepReport], None]
    on_epoch: OnEpoch
    on_checkpoint: Callable[[Checkpoint], None]
    should_stop: Callable[[], bool]


def perplexity(loss: float) -> float:
    """Of a loss in nats per token; finite whatever the loss."""
    return math.exp(min(loss, 700))
