"""The model that a new run begins with: `train.py --from NAME`.

Its words stay known and its weights become the first weights of the run. The surgery
on vocabulary and weights is done in `text` and `network`; this is where the old model
is found and asked whether it fits.
"""

from __future__ import annotations

import numpy as np

from app.model_folder import ModelFolder, load_model_folder
from app.model_names import find_model
from app.network.warm_start import check_same_shape, grown_weights
from app.settings import Architecture, TrainSettings
from app.text.grown_vocabulary import grown_vocabulary
from app.text.vocabulary import Vocabulary


def check_start(settings: TrainSettings, architecture: Architecture) -> None:
    """Refuses a model that this run cannot begin with.

    Args:
        settings: of the run.
        architecture: its network; sizes that are not known yet are 0.

    Raises:
        UserError: there is no such model, or its network is built differently.
    """
    if settings.from_model:
        old = _old_model(settings)
        check_same_shape(str(old.path), old.architecture, architecture)


def vocabulary_to_begin_with(
    settings: TrainSettings, counted: Vocabulary
) -> Vocabulary:
    """The words of the text, and those that the model of `--from` knows besides.

    Raises:
        UserError: that model's text was cut into tokens in another way.
    """
    if not settings.from_model:
        return counted
    return grown_vocabulary(counted, _old_model(settings).vocabulary)


def weights_to_begin_with(
    settings: TrainSettings, vocabulary: Vocabulary, fresh: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """`fresh`, or what the model of `--from` makes of them: see `grown_weights`."""
    if not settings.from_model:
        return fresh
    old = _old_model(settings)
    return grown_weights(old.weights, old.vocabulary, fresh, vocabulary)


def _old_model(settings: TrainSettings) -> ModelFolder:
    return load_model_folder(find_model(settings.from_model))
