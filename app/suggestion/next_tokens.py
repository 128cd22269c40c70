"""The next token without the reserved ids: exact, or bounded from above.

A language model spends some of its probability on tokens that are never offered (an
unknown word, the end of a paragraph). Here every other token's share is one of what is
left, for a few rows at a time. This module knows no words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from app.language.contract import BoundsScores, LanguageModel, select_rows
from app.text.vocabulary import RESERVED

# Rows whose whole distribution stands in memory at a time: 5 MB with 20,000 words.
_ROWS_AT_A_TIME = 64


def next_log_probabilities(model: LanguageModel, states: Any) -> np.ndarray:
    """Of every next token, normalised over the ids that are not reserved.

    These have what the few reserved ids leave of 1. Where that is little, rounding
    errors would be much of it, so all of them are added up.

    Returns:
        float32 [rows, vocabulary_size], nats.
    """
    table = model.log_probabilities(states)
    reserved = np.exp(table[:, : len(RESERVED)]).sum(axis=1)
    log_shares = np.log(np.maximum(1.0 - reserved, 0.5))
    for row in np.flatnonzero(reserved > 0.5):
        words = table[row, len(RESERVED) :]
        largest = words.max()
        log_shares[row] = largest + np.log(np.exp(words - largest).sum())
    table -= log_shares[:, None]
    return table


def distributions(
    model: LanguageModel, states: Any, num_rows: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """`next_log_probabilities` of a few rows at a time, with their place."""
    for first in range(0, num_rows, _ROWS_AT_A_TIME):
        rows = slice(first, min(first + _ROWS_AT_A_TIME, num_rows))
        some = select_rows(states, np.arange(rows.start, rows.stop))
        yield rows, next_log_probabilities(model, some)


def token_priors(
    model: LanguageModel, states: Any, token_ids: np.ndarray
) -> np.ndarray:
    """Log-probabilities of some next tokens, normalised over the unreserved ids.

    Args:
        model: only the contract is used.
        states: [rows].
        token_ids: int [rows, n]; OOV is allowed and shares the normaliser.

    Returns:
        float32 [rows, n], nats.
    """
    picked = np.empty(token_ids.shape, np.float32)
    for rows, log_probabilities in distributions(model, states, len(token_ids)):
        picked[rows] = np.take_along_axis(log_probabilities, token_ids[rows], axis=1)
    return picked


def prior_bounds(
    model: LanguageModel, states: Any, token_ids: np.ndarray
) -> np.ndarray:
    """What `token_priors` of int [n] tokens cannot exceed, float32 [rows, n].

    P(token) / (1 - P(reserved)) grows with both probabilities, so the bounds of both
    make one for the quotient.
    """
    if not isinstance(model, BoundsScores):
        return np.zeros(1, np.float32)
    reserved = np.arange(len(RESERVED))
    bounds = model.score_bounds(states, np.concatenate([reserved, token_ids]))
    shares = np.exp(bounds[:, : len(RESERVED)]).sum(axis=1, keepdims=True)
    log_unreserved = np.log(np.maximum(1.0 - shares, np.finfo(np.float32).tiny))
    return np.minimum(bounds[:, len(RESERVED) :] - log_unreserved, 0.0)


def best_indices(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` largest of float [n], largest first, ties in order.

    Example:
        >>> best_indices(np.array([0.1, 0.4, 0.1, 0.4]), 3)
        array([1, 3, 0])
    """
    if count >= len(values):
        return np.argsort(-values, kind="stable")
    # Partition is linear; everything equal to the last one taken stays in, so that the
    # stable sort decides ties and not the partition.
    smallest = np.partition(values, -count)[-count]
    indices = np.flatnonzero(values >= smallest)
    return indices[np.argsort(-values[indices], kind="stable")][:count]
