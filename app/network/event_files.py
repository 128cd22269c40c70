"""The course of a run as event files, which TensorBoard and its like show.

Enters: what the training loop reports. Leaves: files under a folder. TensorBoard need
not be installed: a scalar is an ordinary summary that names the plugin that draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from app.errors import UserError
from app.network.progress import StepReport, perplexity

# Steps between two points of the curves that are not drawn by the epoch.
STEPS_BETWEEN_POINTS = 50

_SCALAR = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
)


class EventFiles:
    """Writes the curves of one run; the horizontal axis is the number of the step.

    Args:
        folder: gets one more event file.

    Raises:
        UserError: nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._writer = tf.summary.create_file_writer(str(folder))
        except tf.errors.OpError as error:
            raise UserError(
                f"{folder}: event files cannot be written ({error.message}). Choose "
                "another folder for --tensorboard."
            ) from error
        self._loss_sum = 0.0
        self._num_steps = 0
        self._step = 0

    def add_step(self, report: StepReport) -> None:
        """Counts a step; now and then writes the mean since the last time."""
        self._loss_sum += report.loss
        self._num_steps += 1
        self._step = report.step
        if self._num_steps < STEPS_BETWEEN_POINTS:
            return
        loss = self._loss_sum / self._num_steps
        self._write(
            {
                "training/loss": loss,
                "training/perplexity": perplexity(loss),
                "training/learning_rate": report.learning_rate,
                "training/tokens_per_second": report.tokens_per_second,
            }
        )
        self._loss_sum, self._num_steps = 0.0, 0

    def add_epoch(self, row: Mapping[str, float]) -> None:
        """Writes a row of the history, at the step that ended its epoch."""
        self._write(
            {
                "epoch/training_loss": row["training_loss"],
                "epoch/training_perplexity": perplexity(row["training_loss"]),
                "epoch/validation_loss": row["validation_loss"],
                "epoch/validation_perplexity": row["validation_perplexity"],
                "epoch/validation_top_1_accuracy": row["validation_top_1_accuracy"],
                "epoch/learning_rate": row["learning_rate"],
                "epoch/tokens_per_second": row["tokens_per_second"],
            }
        )
        self._writer.flush()

    def _write(self, values: Mapping[str, float]) -> None:
        with self._writer.as_default():
            for tag, value in values.items():
                tf.summary.write(
                    tag, tf.constant(value, tf.float32), self._step, _SCALAR
                )
