"""What a person sees of an epoch that has just ended, on stderr."""

from __future__ import annotations

import logging

import numpy as np

from app.language.network import Network
from app.run.unfinished import Prepared
from app.suggestion.samples import sample_completions

logger = logging.getLogger(__name__)


def show_epoch(
    prepared: Prepared, row: dict[str, float], weights: dict[str, np.ndarray]
) -> None:
    """One line of figures and three sample completions, on stderr."""
    show_figures(row)
    network = Network(prepared.architecture, weights)
    for line in sample_completions(
        network, prepared.vocabulary, prepared.texts["valid"]
    ):
        logger.info("    %s", line)


def show_figures(row: dict[str, float]) -> None:
    """One line of figures, on stderr."""
    logger.info(
        "epoch %d  training loss %.3f  validation perplexity %.1f  accuracy %.1f %%  "
        "%s tokens/s  %s",
        row["epoch"],
        row["training_loss"],
        row["validation_perplexity"],
        100 * row["validation_top_1_accuracy"],
        f"{row['tokens_per_second']:,.0f}",
        f"{row['seconds'] / 60:.1f} min",
    )
