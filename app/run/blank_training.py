"""The network for blanks, from the first step to its figures, beside the other one.

It is trained after the network that predicts the next word, on the same texts, with
the same options and with that network's word vectors. What enters is the run and the
other network; what leaves is a trainer, which `train.py` runs as it runs the other,
and the network that it has trained. The perplexity on the validation text is a little
too high, because there the right side ends with a window of training; on the test text
it ends with the document.
"""

from __future__ import annotations

from app.language.two_sided import TwoSidedNetwork
from app.network.memory import out_of_memory_is_told
from app.network.model import build_model, named_weights
from app.network.training import Trainer
from app.run.unfinished import Prepared


def build_blank_trainer(prepared: Prepared, next_word: Trainer) -> Trainer:
    """The network for blanks before its first step, and what trains it.

    Args:
        prepared: the run.
        next_word: has trained the other network.
    """
    settings, texts = prepared.settings, prepared.texts
    architecture = prepared.architecture.for_blanks()
    with out_of_memory_is_told():
        model = build_model(
            architecture,
            named_weights(next_word.model)["embedding"],
            seed=settings.seed,
            log_unigram=prepared.vocabulary.log_unigram(),
        )
        options = settings.fit_options()
        return Trainer(model, architecture, options, texts["train"], texts["valid"])


def two_sided_network(
    prepared: Prepared, next_word: Trainer, blanks: Trainer
) -> TwoSidedNetwork:
    """What was trained, as prediction runs it.

    Args:
        prepared: the run.
        next_word: has trained the other network, whose word vectors are also its own.
        blanks: has trained this one.
    """
    vectors = named_weights(next_word.model)["embedding"]
    weights = {**named_weights(blanks.model), "embedding": vectors}
    return TwoSidedNetwork(prepared.architecture.for_blanks(), weights)
