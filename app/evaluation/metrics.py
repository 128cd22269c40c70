"""How well a model predicts a text: perplexity, accuracy, rank, calibration.

The outcomes of all targets and the text enter; the figures of metrics.json leave.

- Targets are every token and every EOS. BOS begins a document and is never a target.
- In `perplexity` OOV is one word type; in `perplexity_charged` an OOV target's
  probability is divided by the number of training word types that became OOV, which
  makes vocabularies of different sizes comparable; `perplexity_known` leaves OOV
  targets out. The same three for loss and bits.
- In accuracies and ranks an OOV target is always wrong. `words_only` has targets and
  candidates that begin with a letter.
- A character is one of the text as a person types it, a paragraph's end being one.
- Standard errors are by document: see `bootstrap`.

Sums are kept in float64 and divided once. This module refuses to know what kind of
model it measures.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from app.errors import UserError
from app.evaluation.bootstrap import FEWEST_DOCUMENTS, resampled, standard_error
from app.evaluation.calibration import calibration
from app.evaluation.outcomes import Outcomes
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, OOV, Vocabulary

TOPS = (1, 3, 5, 10)


class Target(NamedTuple):
    """What was to be predicted: a text, or some of its tokens.

    Attributes:
        token_ids: int32 [targets].
        units: int64 [targets], the number of the document that each is of, or of the
            paragraph where documents are few.
        num_documents: of the text.
        num_oov_words: unknown tokens that begin with a letter.
        num_characters: of the text; None where its letters were not kept.
        num_known_characters: without unknown tokens and the space before each.
    """

    token_ids: np.ndarray
    units: np.ndarray
    num_documents: int
    num_oov_words: int
    num_characters: int | None
    num_known_characters: int | None

    @classmethod
    def all_of(cls, text: EncodedText, vocabulary: Vocabulary) -> Target:
        """Every token of `text`."""
        ids, ends = np.asarray(text.ids), text.document_ends
        if len(ends) < FEWEST_DOCUMENTS:
            ends = np.flatnonzero(ids == EOS) + 1
        units = np.searchsorted(ends, np.arange(len(ids)), "right")
        characters = known = None
        if text.written is not None:
            characters = text.written.num_characters(
                pretokenized=vocabulary.pretokenized
            )
            lengths = np.array([len(token) + 1 for token in text.written.types])
            known = characters - int(lengths[text.written.type_ids[ids == OOV]].sum())
        num_documents = len(text.document_ends)
        return cls(ids, units, num_documents, text.oov_words, characters, known)

    def only(self, wanted: np.ndarray) -> Target:
        """Those where bool [targets] is true; unknown words must be among them."""
        return self._replace(token_ids=self.token_ids[wanted], units=self.units[wanted])


def figures(
    outcomes: Outcomes, target: Target, vocabulary: Vocabulary
) -> dict[str, Any]:
    """The figures of a model, as they stand in metrics.json under "test".

    Args:
        outcomes: what it made of every target.
        target: what was to be predicted.
        vocabulary: knows which ids are words and how many types became OOV.

    Returns:
        Counts, perplexities, `loss_nats` (mean negative log-likelihood a target) and
        shares from 0 to 1. What is infinite, or has no target to count, is None.

    Raises:
        UserError: the model's probabilities are no numbers.
    """
    if np.isnan(outcomes.losses).any():
        raise UserError(
            "The model's probabilities are not numbers; its training diverged. "
            "Train it again with a smaller --learning-rate."
        )
    tokens, is_oov = len(target.token_ids), target.token_ids == OOV
    num_oov = int(np.count_nonzero(is_oov))
    # An unknown word is a word, too, and always a wrong guess.
    is_word = vocabulary.is_word[target.token_ids]
    words = int(np.count_nonzero(is_word)) + target.num_oov_words
    reciprocal = np.where(is_oov, 0.0, 1.0 / outcomes.ranks)
    return {
        "documents": target.num_documents,
        "tokens": tokens,
        "oov_tokens": num_oov,
        "characters": target.num_characters,
        **_surprise(outcomes.losses, is_oov, target, vocabulary.oov_types),
        **_accuracies(outcomes.ranks, tokens),
        "mean_reciprocal_rank": _share(reciprocal.sum(), tokens),
        "words_only": {
            "tokens": words,
            **_accuracies(outcomes.word_ranks[is_word], words),
        },
        "standard_errors": _standard_errors(outcomes, reciprocal, target),
        "calibration": calibration(outcomes.confidences, outcomes.ranks == 1),
    }


def _surprise(
    losses: np.ndarray, is_oov: np.ndarray, target: Target, oov_types: int
) -> dict[str, float | None]:
    """Perplexities, nats and bits: unknown words as one, charged, and left out."""
    num_oov = int(np.count_nonzero(is_oov))
    known = losses[~is_oov].sum()
    total = known + losses[is_oov].sum()
    charge = num_oov * math.log(max(1, oov_types))
    ways = {
        "": (total, len(losses), target.num_characters),
        "_charged": (total + charge, len(losses), target.num_characters),
        "_known": (known, len(losses) - num_oov, target.num_known_characters),
    }
    found: dict[str, float | None] = {}
    for ending, (nats, tokens, characters) in ways.items():
        bits = nats / math.log(2)
        found[f"perplexity{ending}"] = perplexity(nats, tokens)
        found[f"loss_nats{ending}"] = _share(nats, tokens)
        found[f"bits_per_token{ending}"] = _share(bits, tokens)
        found[f"bits_per_character{ending}"] = _share(bits, characters or 0)
    return found


def _accuracies(ranks: np.ndarray, tokens: int) -> dict[str, float | None]:
    """Shares of targets whose rank is among the first 1, 3, ..."""
    return {
        f"top_{top}_accuracy": _share(float(np.count_nonzero(ranks <= top)), tokens)
        for top in TOPS
    }


def _standard_errors(
    outcomes: Outcomes, reciprocal: np.ndarray, target: Target
) -> dict[str, float | None]:
    """By document, of what an average over the targets is."""
    quantities = {
        "loss_nats": outcomes.losses,
        **{f"top_{top}_accuracy": outcomes.ranks <= top for top in TOPS},
        "mean_reciprocal_rank": reciprocal,
    }
    means = resampled_means(list(quantities.values()), target)
    if means is None:
        return dict.fromkeys([*quantities, "perplexity"])
    errors = {
        name: standard_error(column)
        for name, column in zip(quantities, means.T, strict=True)
    }
    with np.errstate(over="ignore"):
        return {**errors, "perplexity": standard_error(np.exp(means[:, 0]))}


def resampled_means(quantities: list[np.ndarray], target: Target) -> np.ndarray | None:
    """Means of numbers of each target when documents are drawn again.

    Args:
        quantities: [targets] each.
        target: says of which document each is.

    Returns:
        float64 [rounds, quantities]; None where there is nothing to choose from.
    """
    counts = np.bincount(target.units)
    if np.count_nonzero(counts) < 2:
        return None
    sums = [np.bincount(target.units, weights) for weights in quantities]
    totals = resampled(np.stack([counts, *sums], axis=1)[counts > 0])
    return totals[:, 1:] / totals[:, :1]


def _share(total: float, count: int) -> float | None:
    """`total / count`; None where there is nothing to count, or too much."""
    return float(total / count) if count and math.isfinite(total) else None


def perplexity(loss: float, count: int) -> float | None:
    """That of `count` targets which lose so many nats together.

    None where it is infinite, or there is no target.
    """
    mean = _share(loss, count)
    # exp(709.8) is the largest float64.
    return math.exp(mean) if mean is not None and mean < 709 else None
