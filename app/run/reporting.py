"""What a training run tells while it goes on: to the person, the disk, TensorBoard.

Where several machines train together, the first one writes; the others only show how
far they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.console import Report
from app.network.checkpoint import Checkpoint, save_checkpoint
from app.network.event_files import EventFiles
from app.network.progress import Callbacks, OnEpoch, StepReport


def callbacks_that_write(
    checkpoint: Path,
    events: Path | None,
    on_epoch: OnEpoch,
    bar: Report,
    should_stop: Callable[[], bool],
) -> Callbacks:
    """The callbacks of the one machine, or the first of several.

    Args:
        checkpoint: where the last checkpoint of the run lies.
        events: folder for event files; None: there are none.
        on_epoch: shows an epoch to the person.
        bar: shows how far it is.
        should_stop: asked between steps.
    """
    files = EventFiles(events) if events else None

    def tell_step(report: StepReport) -> None:
        _show_step(bar, report)
        if files:
            files.add_step(report)

    def tell_epoch(row: dict[str, float], weights: dict[str, np.ndarray]) -> None:
        on_epoch(row, weights)
        if files:
            files.add_epoch(row)

    def keep(made: Checkpoint) -> None:
        save_checkpoint(checkpoint, made)

    return Callbacks(tell_step, tell_epoch, keep, should_stop)


def callbacks_that_show(bar: Report, should_stop: Callable[[], bool]) -> Callbacks:
    """The callbacks of every machine but the first."""
    return Callbacks(
        on_step=lambda report: _show_step(bar, report),
        on_epoch=lambda row, weights: None,
        on_checkpoint=lambda made: None,
        should_stop=should_stop,
    )


def _show_step(bar: Report, report: StepReport) -> None:
    speed = f"{report.tokens_per_second:,.0f} tokens/s"
    bar(report.share_done, f"loss {report.mean_loss:.3f}, {speed}")
