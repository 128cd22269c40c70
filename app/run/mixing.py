"""What answers in the end: the parts of a run, mixed as its validation text likes best.

Network and n-gram model enter; the mixture that `predict.py` will run leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from app.console import progress_bar
from app.files.ngram_files import NGRAMS, TRIGRAMS
from app.language.mixture import Mixture
from app.language.mixture_fitting import MOST_TOKENS, fit_mixture
from app.language.mixture_weights import MixtureFit
from app.language.network import Network
from app.language.ngram import NGramModel
from app.network.model import named_weights
from app.network.training import Trainer
from app.run.unfinished import Prepared


class Mixed(NamedTuple):
    """The parts, and all of them together.

    Attributes:
        network: the one that was trained.
        ngrams: where they are wanted.
        trigrams: to be measured beside them, where they are wanted.
        fit: how much each counts.
        model: the mixture.
    """

    network: Network
    ngrams: NGramModel | None
    trigrams: NGramModel | None
    fit: MixtureFit
    model: Mixture | Network


def mix(prepared: Prepared, trainer: Trainer, arrays: Mapping[str, Path]) -> Mixed:
    """The mixture of a run, fitted on its validation text.

    Args:
        prepared: the run.
        trainer: has trained the network.
        arrays: the folders of the n-gram models' arrays, by name.
    """
    network = Network(prepared.architecture, named_weights(trainer.model))
    counted = {name: NGramModel.load(folder) for name, folder in arrays.items()}
    ngrams = counted.get(NGRAMS)
    text = prepared.texts["valid"]
    with progress_bar("Mixing", min(text.num_tokens, MOST_TOKENS)) as bar:
        fit = fit_mixture(network, ngrams, list(text.documents()), bar)
    model = Mixture.of(network, ngrams, fit.cache, fit)
    return Mixed(network, ngrams, counted.get(TRIGRAMS), fit, model)
