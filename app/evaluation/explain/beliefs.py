"""What a model expects at every word of a text: how surprised it is, what it held.

Token ids enter and one number a token leaves; of the last words the whole
distributions are kept, so that one can see a belief grow. The model is the very
mixture that `predict.py` runs, and what each of its parts adds to a suggestion is told.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel, read, states_before
from app.language.mixture import Mixture
from app.language.mixture_tables import tables_along
from app.language.mixture_weights import CACHE, NETWORK, NGRAMS
from app.suggestion.memory_model import Remembering
from app.text.vocabulary import BLANK, BOS, OOV, PAD

NEVER_SHOWN = np.array([PAD, OOV, BOS, BLANK])
PARTS = {NETWORK: "network", NGRAMS: "n-grams", CACHE: "cache"}
MEMORY = "memory"

_STEPS = 64  # read at a time: with 20,000 words four tables of 5 MB


class Following(NamedTuple):
    """What a model made of a text.

    Attributes:
        probabilities: of every token that was scored, after those before it, float32.
        tables: log-probabilities before each of the last tokens, and after the last,
            float32 [kept + 1, vocabulary], nats.
        states: at the end.
    """

    probabilities: np.ndarray
    tables: np.ndarray
    states: Any


def follow(
    model: LanguageModel, token_ids: np.ndarray, keep: int, *, score_all: bool = True
) -> Following:
    """Reads a text with a model.

    Args:
        model: begins anew.
        token_ids: int32 [tokens], without BOS; may be empty.
        keep: of so many of the last tokens all is kept; at most all.
        score_all: whether the tokens in front of these are scored, which takes most of
            the time of a long text, or only read.
    """
    states = model.start(1)
    probabilities, kept = [], []
    first_kept = len(token_ids) - keep
    if not score_all:
        in_front, token_ids = np.split(np.asarray(token_ids, np.int32), [first_kept])
        states, first_kept = read(model, states, in_front[None]), 0
    for first in range(0, len(token_ids), _STEPS):
        run = np.asarray(token_ids[None, first : first + _STEPS], np.int32)
        table, states = _read(model, states, run)
        scores = table[np.arange(len(table)), run[0]]
        probabilities.append(np.exp(scores))
        if first + _STEPS > first_kept:
            kept.append(table[max(0, first_kept - first) :])
    kept.append(model.log_probabilities(states))
    none = np.empty(0, np.float32)
    return Following(
        np.concatenate([none, *probabilities]), np.concatenate(kept), states
    )


def _read(model: LanguageModel, states: Any, run: np.ndarray) -> tuple[np.ndarray, Any]:
    """What is expected before each token of int32 [1, steps]; the states after it."""
    if isinstance(model, Mixture):
        tables, after = tables_along(model, states, run)
        return tables.mixed, after
    before, after = states_before(model, states, run)
    return model.log_probabilities(before), after


def likeliest(table: np.ndarray, count: int) -> np.ndarray:
    """The likeliest tokens of float32 [vocabulary], the first one first: int64."""
    shown = table.copy()
    shown[NEVER_SHOWN] = -np.inf
    some = np.argpartition(-shown, count)[: count + 1]
    return some[np.argsort(-shown[some], kind="stable")][:count]


def shares_of_parts(
    model: LanguageModel, states: Any, token_ids: np.ndarray
) -> dict[str, np.ndarray]:
    """What each part adds to the probabilities of some tokens.

    Args:
        model: a mixture, one that listens to a personal memory, or anything else,
            which is one part.
        states: in which they are predicted, one row.
        token_ids: int [n].

    Returns:
        By the part's name, float64 [n]; over the parts they sum to the probability.
    """
    if isinstance(model, Remembering):
        others = shares_of_parts(model.model, states.of_model, token_ids)
        shares = {it: (1 - model.weight) * share for it, share in others.items()}
        return {**shares, MEMORY: model.added_by_memory(states, token_ids)[0]}
    if not isinstance(model, Mixture):
        table = model.log_probabilities(states)[0]
        return {PARTS[NETWORK]: np.exp(table[token_ids].astype(np.float64))}
    network, ngrams, memory = states
    hidden = model.network.hidden(network)
    weights, found = model.weigh_hidden(memory, hidden)
    table = model.network.log_probabilities_of(hidden)[0]
    said = {NETWORK: np.exp(table[token_ids].astype(np.float64))}
    if model.ngrams is not None:
        counted = model.ngrams.log_probabilities(ngrams)[0]
        said[NGRAMS] = np.exp(counted[token_ids].astype(np.float64))
    if found is not None:
        said[CACHE] = found.of_each(np.asarray(token_ids))[0].astype(np.float64)
    return {PARTS[it]: weights[0, it] * share for it, share in said.items()}
