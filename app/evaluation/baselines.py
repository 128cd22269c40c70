"""What every model has to beat: predictions that read nothing, and n-grams.

A vocabulary with its training counts enters; two language models leave that offer
the contract of `app.language.contract`. A model is measured beside them and beside its
own parts, on the same tokens.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from app.console import Report, progress_bar
from app.evaluation.metrics import NEVER_TARGETS, evaluate
from app.language.contract import LanguageModel
from app.language.mixture import Mixture
from app.language.ngram import NGramModel
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

# The key of the n-gram model's figures in metrics.json.
NGRAMS = "kneser_ney_5"


class Contextless:
    """A language model whose prediction is the same whatever has been read.

    Args:
        log_probabilities: float32 [vocabulary], nats.
    """

    def __init__(self, log_probabilities: np.ndarray) -> None:
        self.vocabulary_size = len(log_probabilities)
        self._log_probabilities = log_probabilities

    def start(self, batch: int) -> Any:
        """States that hold nothing but their number, float32 [batch, 0]."""
        return np.zeros((batch, 0), np.float32)

    def advance(self, states: Any, token_ids: np.ndarray) -> Any:
        """The same states: nothing is remembered."""
        return states

    def log_probabilities(self, states: Any) -> np.ndarray:
        """float32 [batch, vocabulary], every row the same."""
        return np.tile(self._log_probabilities, (len(states), 1))

    def score(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """float32 [batch]."""
        return self._log_probabilities[token_ids]


def unigram(vocabulary: Vocabulary) -> Contextless:
    """Predicts every token as often as it stood in the training text.

    What never stood there counts as seen once: where no word became OOV in training,
    OOV would otherwise be impossible and one unknown word make perplexity infinite.
    """
    counts = np.maximum(vocabulary.counts, 1).astype(np.float64)
    counts[NEVER_TARGETS] = 0
    with np.errstate(divide="ignore"):  # the logarithm of 0 is meant to be -inf
        log_probabilities = np.log(counts / counts.sum())
    return Contextless(log_probabilities.astype(np.float32))


def most_common_word(vocabulary: Vocabulary) -> Contextless:
    """Is certain of the most frequent word; offers the next frequent ones after it.

    Whatever else comes is impossible to it, so it has accuracies and no perplexity.
    """
    words = np.flatnonzero(vocabulary.is_word)
    ranked = words[np.argsort(-vocabulary.counts[words], kind="stable")]
    log_probabilities = np.full(vocabulary.size, -np.inf, np.float32)
    # exp(-1e4) is 0: these numbers hold an order and no probability.
    log_probabilities[ranked] = -1e4 * np.arange(len(ranked))
    return Contextless(log_probabilities)


def evaluate_all(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: EncodedText,
    ngrams: NGramModel | None = None,
) -> dict[str, Any]:
    """The figures of a model, of its network alone, and of every baseline on `text`.

    Shows on stderr how far it is.

    Args:
        model: what answers.
        vocabulary: of all of them.
        text: at least one target.
        ngrams: the n-gram model, where there is one.

    Returns:
        "test", "baselines" and, where the model is a mixture, "network_only", as they
        stand in metrics.json.
    """
    network = model.network if isinstance(model, Mixture) else None
    measured = {"test": model, "network_only": network, NGRAMS: ngrams}
    models = {name: it for name, it in measured.items() if it is not None}
    found = {}
    with progress_bar("Measuring", len(models) * text.num_tokens) as bar:
        for number, (name, it) in enumerate(models.items()):
            before = number * text.num_tokens
            report = functools.partial(_go_on, bar, before)
            found[name] = evaluate(it, vocabulary, text, report=report)
    baselines = {
        "most_common_word": evaluate(most_common_word(vocabulary), vocabulary, text),
        "unigram": evaluate(unigram(vocabulary), vocabulary, text),
    }
    if NGRAMS in found:
        baselines[NGRAMS] = found.pop(NGRAMS)
    return {**found, "baselines": baselines}


def _go_on(bar: Report, before: int, done: float) -> None:
    bar(before + done)
