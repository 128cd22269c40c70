"""What answers in the end: the parts of a run, mixed as its validation text likes best.

Network and n-gram model enter; the mixture that `predict.py` will run leaves.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from app.console import progress_bar
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
        fit: how much each counts.
        model: the mixture.
    """

    network: Network
    ngrams: NGramModel | None
    fit: MixtureFit
    model: Mixture | Network


def mix(prepared: Prepared, trainer: Trainer, arrays: Path | None) -> Mixed:
    """The mixture of a run, fitted on its validation text.

    Args:
        prepared: the run.
        trainer: has trained the network.
        arrays: the folder of the n-gram model's arrays, if there is one.
    """
    network = Network(prepared.architecture, named_weights(trainer.model))
    ngrams = NGramModel.load(arrays) if arrays else None
    text = prepared.texts["valid"]
    with progress_bar("Mixing", min(text.num_tokens, MOST_TOKENS)) as bar:
        fit = fit_mixture(network, ngrams, list(text.documents()), bar)
    return Mixed(network, ngrams, fit, Mixture.of(network, ngrams, fit.cache, fit))
