"""What a mixture and each of its parts expect, at every place of a run of tokens.

The mixture and some texts that are read side by side enter; tables of log-probabilities
leave, all parts having been asked once. Who measures a model measures its parts too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.language.cache import Found
from app.language.contract import states_before
from app.language.mixture import SMALLEST, Mixture, MixtureStates, probabilities_of
from app.language.mixture_weights import CACHE
from app.language.remembered import Remembered


class PartTables(NamedTuple):
    """What the parts of a mixture say: float32 [rows, vocabulary_size] each, nats.

    Attributes:
        mixed: what they say together.
        network: alone.
        ngrams: alone; None where they take no part.
        cache: alone, -inf for tokens that it does not remember; None where it takes
            no part.
    """

    mixed: np.ndarray
    network: np.ndarray
    ngrams: np.ndarray | None
    cache: np.ndarray | None


class _Weighed(NamedTuple):
    """How much the parts count at one step, and what the cache found there."""

    weights: np.ndarray  # float32 [batch, 3]
    found: Found | None


def tables_along(
    mixture: Mixture, states: MixtureStates, token_ids: np.ndarray
) -> tuple[PartTables, MixtureStates]:
    """What is expected before every token of a run, and the states after it.

    Args:
        mixture: all of its parts are asked.
        states: [batch], unchanged.
        token_ids: int32 [batch, steps], at least one step.

    Returns:
        Tables of steps * batch rows, all rows of one step beside each other; states.
    """
    network, hidden = mixture.network.read_along(states.network, token_ids)
    steps = hidden.swapaxes(0, 1)  # [steps, batch, dense_units]
    alone = mixture.network.log_probabilities_of(steps.reshape(-1, hidden.shape[2]))
    ngrams, ngram_states = None, states.ngrams
    if mixture.ngrams is not None:
        before, ngram_states = states_before(mixture.ngrams, ngram_states, token_ids)
        ngrams = mixture.ngrams.log_probabilities(before)
    weighed, memory = _look_back(mixture, states.memory, steps, token_ids)
    weights = np.concatenate([it.weights for it in weighed])
    mixed = probabilities_of(weights, alone, ngrams)
    cache = _add_cache(mixed, weighed) if mixture.cache else None
    np.log(np.maximum(mixed, SMALLEST, out=mixed), out=mixed)
    tables = PartTables(mixed, alone, ngrams, cache)
    return tables, MixtureStates(network, ngram_states, memory)


def _look_back(
    mixture: Mixture, memory: Remembered, steps: np.ndarray, token_ids: np.ndarray
) -> tuple[list[_Weighed], Remembered]:
    """What the cache finds before every token, and what it remembers after them.

    Args:
        mixture: has the cache, or has none.
        memory: [batch].
        steps: float32 [steps, batch, dense_units], what the network thought.
        token_ids: int32 [batch, steps].
    """
    weighed = []
    for hidden, ids in zip(steps, token_ids.T, strict=True):
        weighed.append(_Weighed(*mixture.weigh_hidden(memory, hidden)))
        if mixture.cache:
            memory = mixture.cache.remember(memory, hidden[:, None], ids[:, None])
    return weighed, memory


def _add_cache(mixed: np.ndarray, weighed: list[_Weighed]) -> np.ndarray:
    """Adds the cache's share to the probabilities of the others; what it says alone.

    Args:
        mixed: float32 [steps * batch, vocabulary_size], changed.
        weighed: what it found at each step.

    Returns:
        float32 [steps * batch, vocabulary_size], nats.
    """
    alone = np.zeros_like(mixed)
    batch = len(mixed) // len(weighed)
    for step, (weights, found) in enumerate(weighed):
        if found is not None:
            rows = slice(step * batch, (step + 1) * batch)
            found.add_to(mixed[rows], weights[:, CACHE])
            found.add_to(alone[rows], np.ones(batch, np.float32))
    with np.errstate(divide="ignore"):  # what is not remembered has -inf
        return np.log(alone, out=alone)
