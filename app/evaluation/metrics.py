"""How well a model predicts a text: perplexity, accuracy, rank.

A language model, its vocabulary and an encoded text enter; numbers leave. What is
counted:

- Targets are every token and every EOS. BOS begins a document and is never a target.
- Perplexities are over the vocabulary without PAD, BOS and BLANK. In `perplexity` OOV
  is one word type; in `perplexity_charged` an OOV target's probability is divided by
  the number of training word types that became OOV, which makes vocabularies of
  different sizes comparable; `perplexity_known` leaves OOV targets out.
- Accuracies and ranks are among all ids but PAD, OOV, BOS and BLANK, and an OOV
  target is always wrong. `words_only` has targets and candidates that begin with a
  letter. Of two equally likely candidates the one with the lower id comes first.

Sums are kept in float64 and divided once. This module refuses to know what kind of
model it measures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from app.errors import UserError
from app.language.contract import LanguageModel, select_rows
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, OOV, PAD, Vocabulary

NEVER_TARGETS = np.array([PAD, BOS, BLANK])
NEVER_CANDIDATES = np.array([PAD, OOV, BOS, BLANK])
TOPS = (1, 3, 5)
DOCUMENTS_AT_ONCE = 64

# float32 [rows, vocabulary_size] log-probabilities and int32 [rows] targets.
Predictions = tuple[np.ndarray, np.ndarray]


def evaluate(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: EncodedText,
    batch: int = DOCUMENTS_AT_ONCE,
    report: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """The figures of `model` on `text`, as they stand in metrics.json under "test".

    Args:
        model: predicts ids of `vocabulary`.
        vocabulary: knows which ids are words and how many types became OOV.
        text: at least one target.
        batch: documents read side by side; changes the time and not the figures.
        report: is called now and then with the number of targets done.

    Returns:
        Counts, perplexities, `loss_nats` (mean negative log-likelihood a target) and
        shares from 0 to 1. What is infinite, or has no target to count, is None.

    Raises:
        UserError: the text is empty, or the model's probabilities are no numbers.
    """
    return figures(predictions(model, text, batch, report), vocabulary, text)


def figures(
    predicted: Iterable[Predictions], vocabulary: Vocabulary, text: EncodedText
) -> dict[str, Any]:
    """The figures of some predictions of `text`; see `evaluate`.

    Args:
        predicted: whoever made them; the targets are tokens of `text`, all or some.
        vocabulary: knows which ids are words and how many types became OOV.
        text: says how many documents there are, and how many unknown words.
    """
    totals = _Totals(vocabulary)
    for log_probabilities, targets in predicted:
        totals.add(log_probabilities, targets)
    if not totals.num_tokens:
        raise UserError("There is nothing to evaluate: the text has no tokens.")
    if math.isnan(totals.loss):
        raise UserError(
            "The model's probabilities are not numbers; its training diverged. "
            "Train it again with a smaller --learning-rate."
        )
    return totals.figures(text)


def predictions(
    model: LanguageModel,
    text: EncodedText,
    batch: int = DOCUMENTS_AT_ONCE,
    report: Callable[[float], None] | None = None,
) -> Iterator[Predictions]:
    """Yields float32 [rows, vocabulary] and int32 [rows], `batch` documents in step.

    Documents go from long to short, so that those side by side end together and the
    rows still reading are always the first ones::

        the cat sat EOS dogs bark EOS      4 steps with 2 rows,
        it  rains .  EOS                   3 steps with 1 row
    """
    documents = [document for document in text.documents() if len(document)]
    documents.sort(key=len, reverse=True)
    done = 0
    for first in range(0, len(documents), batch):
        group = documents[first : first + batch]
        lengths = np.array([len(document) for document in group])
        ids = np.zeros((len(group), lengths[0]), np.int32)
        for row, document in zip(ids, group, strict=True):
            row[: len(document)] = document
        states = model.start(len(group))
        for step in range(lengths[0]):
            targets = ids[: np.count_nonzero(lengths > step), step]
            yield model.log_probabilities(states), targets
            done += len(targets)
            if report:
                report(done)
            going_on = np.count_nonzero(lengths > step + 1)
            if going_on < len(targets):
                states = select_rows(states, np.arange(going_on))
            if going_on:
                states = model.advance(states, targets[:going_on])


class _Totals:
    """Running sums over targets; divided once, by `figures`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._is_word = vocabulary.is_word
        # What competes with a word but is none; few, so they are cheaper to subtract
        # from a rank than the words are to count a second time.
        is_other = ~vocabulary.is_word
        is_other[NEVER_CANDIDATES] = False
        self._others = np.flatnonzero(is_other)
        self._oov_charge = math.log(max(1, vocabulary.oov_types))
        self.num_tokens = 0
        self.loss = 0.0
        self._known_loss = 0.0
        self._num_oov = 0
        self._reciprocal_rank = 0.0
        self._num_words = 0
        self._hits = np.zeros(len(TOPS), np.int64)
        self._word_hits = np.zeros(len(TOPS), np.int64)

    def add(self, log_probabilities: np.ndarray, targets: np.ndarray) -> None:
        """Counts float32 [rows, vocabulary] against int32 [rows]."""
        chosen = log_probabilities[np.arange(len(targets)), targets]  # [rows]
        losses = _losses(log_probabilities, chosen)
        is_known = targets != OOV
        self.num_tokens += len(targets)
        self.loss += losses.sum()
        self._known_loss += losses[is_known].sum()
        self._num_oov += int(np.count_nonzero(~is_known))

        better = _num_better(log_probabilities, None, targets, chosen)
        better -= _num_better(log_probabilities, NEVER_CANDIDATES, targets, chosen)
        ranks = better + 1
        self._reciprocal_rank += (1.0 / ranks[is_known]).sum()
        self._hits += _hits(ranks[is_known])

        is_word = self._is_word[targets]
        better -= _num_better(log_probabilities, self._others, targets, chosen)
        self._num_words += int(np.count_nonzero(is_word))
        self._word_hits += _hits(better[is_word] + 1)

    def figures(self, text: EncodedText) -> dict[str, Any]:
        """The figures of all targets that were added, all of `text`."""
        tokens = self.num_tokens
        known = tokens - self._num_oov
        # An unknown word is a word, too, and always a wrong guess.
        words = self._num_words + text.oov_words
        charged_loss = self.loss + self._num_oov * self._oov_charge
        return {
            "documents": len(text.document_ends),
            "tokens": tokens,
            "oov_tokens": int(self._num_oov),
            "perplexity": _perplexity(self.loss, tokens),
            "perplexity_charged": _perplexity(charged_loss, tokens),
            "perplexity_known": _perplexity(self._known_loss, known),
            "loss_nats": _share(self.loss, tokens),
            **_accuracies(self._hits, tokens),
            "mean_reciprocal_rank": _share(self._reciprocal_rank, tokens),
            "words_only": {"tokens": words, **_accuracies(self._word_hits, words)},
        }


def _losses(log_probabilities: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """float64 [rows], nats: `chosen` with the share of the never-targets taken out.

    The network gives them nothing; a model that does, pays no price for it.
    """
    lost = np.exp(log_probabilities[:, NEVER_TARGETS].astype(np.float64)).sum(axis=1)
    left = np.maximum(1.0 - lost, 1e-12)  # float32 rounding must not make it 0
    return np.log(left) - chosen.astype(np.float64)


def _num_better(
    log_probabilities: np.ndarray,
    ids: np.ndarray | None,
    targets: np.ndarray,
    chosen: np.ndarray,
) -> np.ndarray:
    """int64 [rows]: how many of `ids` come before the target.

    Those are the likelier ones, and the equally likely ones with a lower id. Comparing
    takes 3 us for a row of 20,000, sorting its ids (stably) 200 (1,200).

    Args:
        log_probabilities: float32 [rows, vocabulary].
        ids: int64 [num_ids], ascending; None for all.
        targets: int32 [rows].
        chosen: float32 [rows], the targets' log-probabilities.
    """
    if ids is not None:
        log_probabilities = log_probabilities[:, ids]
        targets = np.searchsorted(ids, targets)
    counts = [
        np.count_nonzero(row[:target] >= value) + np.count_nonzero(row[target:] > value)
        for row, target, value in zip(log_probabilities, targets, chosen, strict=True)
    ]
    return np.array(counts, np.int64)


def _hits(ranks: np.ndarray) -> np.ndarray:
    """int64 [tops]: how many of `ranks` are among the first 1, 3 and 5."""
    return np.array([np.count_nonzero(ranks <= top) for top in TOPS], np.int64)


def _accuracies(hits: np.ndarray, tokens: int) -> dict[str, float | None]:
    shares = (_share(num_hits, tokens) for num_hits in hits)
    return dict(zip((f"top_{top}_accuracy" for top in TOPS), shares, strict=True))


def _share(total: float, count: int) -> float | None:
    """`total / count`; None where there is nothing to count, or too much."""
    return float(total / count) if count and math.isfinite(total) else None


def _perplexity(loss: float, count: int) -> float | None:
    mean = _share(loss, count)
    # exp(709.8) is the largest float64.
    return math.exp(mean) if mean is not None and mean < 709 else None
