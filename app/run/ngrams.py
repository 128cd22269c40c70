"""The n-gram model of a run's training text, beside its network.

A prepared run enters; the arrays of the model leave, in a folder within that of the
unfinished run. They take seconds where the network takes minutes, so they are made anew
by a run that goes on after an interruption.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from app.language.kneser_ney import ORDER, estimate
from app.model_names import partial_folder
from app.run.unfinished import Prepared

logger = logging.getLogger(__name__)


def build_ngrams(prepared: Prepared, folder: Path) -> Path | None:
    """The folder of the arrays, for `NGramModel.load`; None: they are not wanted.

    Args:
        prepared: the run.
        folder: what will become of it, `models/NAME`.

    Raises:
        UserError: the disk is full.
    """
    if prepared.settings.no_ngrams:
        return None
    logger.info("Counting %d-grams ...", ORDER)
    place = partial_folder(folder) / "ngrams"
    if place.exists():  # left by a run that was interrupted
        shutil.rmtree(place)
    place.mkdir()
    estimate(prepared.texts["train"], prepared.vocabulary.size, place)
    return place
