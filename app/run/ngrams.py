"""The n-gram models of a run's training text, beside its network.

A prepared run enters; the arrays of the model leave, in a folder within that of the
unfinished run. They take seconds where the network takes minutes, so they are made anew
by a run that goes on after an interruption.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from app.files.ngram_files import NGRAMS, TRIGRAMS
from app.language.kneser_ney import ORDER, estimate
from app.model_names import partial_folder
from app.run.unfinished import Prepared

logger = logging.getLogger(__name__)


# The orders that are counted; the lower one only to be measured beside the other.
ORDERS = {NGRAMS: ORDER, TRIGRAMS: 3}


def build_ngrams(prepared: Prepared, folder: Path) -> dict[str, Path]:
    """The folders of the arrays, for `NGramModel.load`; none where they are not wanted.

    Args:
        prepared: the run.
        folder: what will become of it, `models/NAME`.

    Raises:
        UserError: the disk is full.
    """
    if prepared.settings.no_ngrams:
        return {}
    places = {}
    for name, order in ORDERS.items():
        logger.info("Counting %d-grams ...", order)
        place = partial_folder(folder) / name
        if place.exists():  # left by a run that was interrupted
            shutil.rmtree(place)
        place.mkdir()
        estimate(prepared.texts["train"], prepared.vocabulary.size, place, order=order)
        places[name] = place
    return places
