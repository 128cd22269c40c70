"""Who predicts better, and whether the difference is more than chance.

What several models made of the same targets enters; differences with their standard
errors leave. Both are drawn from the same documents each time, so what makes a document
hard for everybody does not count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.evaluation.bootstrap import standard_error
from app.evaluation.metrics import Target, resampled_means
from app.evaluation.outcomes import Outcomes
from app.text.vocabulary import OOV, Vocabulary

# Standard errors, within which 95 % of a normal distribution lie.
SIGNIFICANT = 1.96


def compare(
    first: str, found: Mapping[str, Outcomes], target: Target
) -> list[dict[str, Any]]:
    """The part "comparisons" of metrics.json.

    Args:
        first: the name of the one that the others are held against.
        found: by name; losses of different vocabularies must be charged.
        target: what all of them predicted.

    Returns:
        For each of the others: "better" and "than", the two names; "nats", how much
        less a token costs the better one, and its "standard_error"; the
        "perplexity_ratio", from 1 up; "top_1_accuracy", how much more often the better
        one's first word is right (below 0: less often), its "top_1_standard_error".
        Where one of both has no perplexity, accuracy decides, and what is about nats is
        None; so is a standard error where there is one document.
    """
    return [
        _compare(first, found[first], name, other, target)
        for name, other in found.items()
        if name != first
    ]


def charged(outcomes: Outcomes, target: Target, vocabulary: Vocabulary) -> Outcomes:
    """The outcomes with unknown words charged for the choice among all they stand for.

    Only so can losses over different vocabularies be compared.
    """
    losses = outcomes.losses.copy()
    losses[target.token_ids == OOV] += math.log(max(1, vocabulary.oov_types))
    return outcomes.with_losses(losses)


def _compare(
    name: str, ours: Outcomes, other_name: str, theirs: Outcomes, target: Target
) -> dict[str, Any]:
    with np.errstate(invalid="ignore"):  # infinite for both
        saved = theirs.losses - ours.losses
    more_often = (ours.ranks == 1).astype(float) - (theirs.ranks == 1)
    nats, accuracy = float(saved.mean()), float(more_often.mean())
    nats_error, accuracy_error = _standard_errors([saved, more_often], target)
    has_nats = math.isfinite(nats)
    is_ours = (nats if has_nats else accuracy) >= 0
    sign = 1 if is_ours else -1
    return {
        "better": name if is_ours else other_name,
        "than": other_name if is_ours else name,
        "nats": sign * nats if has_nats else None,
        "standard_error": nats_error,
        "perplexity_ratio": math.exp(min(abs(nats), 700)) if has_nats else None,
        "top_1_accuracy": sign * accuracy,
        "top_1_standard_error": accuracy_error,
    }


def _standard_errors(
    quantities: list[np.ndarray], target: Target
) -> list[float | None]:
    means = resampled_means(quantities, target)
    if means is None:
        return [None] * len(quantities)
    return [standard_error(column) for column in means.T]
