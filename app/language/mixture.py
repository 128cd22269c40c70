"""The mixture that answers: network, n-grams and cache, each where it is worth most.

    p(w | h) = sum_k weights[bucket(h), k] p_k(w | h)        k: network, n-grams, cache

A linear mixture needs no normalising. Its weights depend on how much the cache has to
go by: on little, nobody listens to it; where the text at hand had been at a place like
this one before, it can outweigh the network. The buckets are ranges of its evidence;
where there is no cache there is one bucket. Weights are fitted on text that no part was
trained on (`app.language.mixture_fitting`); this module takes them as they are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from app.language.cache import Cache, Found
from app.language.contract import select_rows
from app.language.mixture_weights import (
    CACHE,
    NETWORK,
    NGRAMS,
    MixtureFit,
    Weights,
    name_of,
)
from app.language.network import Network
from app.language.ngram import NGramModel
from app.language.remembered import Remembered

# A probability below it counts as it, so that every logarithm is finite.
SMALLEST = np.finfo(np.float32).tiny

# Errors of rounding in a sum of some products, and more.
_ROUNDING = np.float32(1 + 1e-5)


class MixtureStates(NamedTuple):
    """The states of the parts; those of a missing one hold nothing."""

    network: Any
    ngrams: Any
    memory: Remembered


class Mixture:
    """Network, n-gram model and cache as one; a `LanguageModel`.

    Args:
        network: always takes part, because the cache needs its hidden vectors.
        ngrams: None where it takes no part; over the same vocabulary.
        cache: None where it takes no part.
        weights: fitted for just these parts.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.
        network: see above.
        ngrams: see above.
        cache: see above.
    """

    def __init__(
        self,
        network: Network,
        ngrams: NGramModel | None,
        cache: Cache | None,
        weights: Weights,
    ) -> None:
        self.vocabulary_size = network.vocabulary_size
        self.network = network
        self.ngrams = ngrams
        self.cache = cache
        self._weights = weights

    @classmethod
    def of(
        cls,
        network: Network,
        ngrams: NGramModel | None,
        cache: Cache | None,
        fit: MixtureFit,
    ) -> Mixture | Network:
        """The mixture of these parts with the weights fitted for just them.

        The network alone where there is no other part.

        Raises:
            ValueError: no weights were fitted for them.
        """
        others = [NGRAMS] * (ngrams is not None) + [CACHE] * (cache is not None)
        if not others:
            return network
        if name_of(others) not in fit.weights:
            raise ValueError(f"it has no weights for {name_of(others)!r}")
        return cls(network, ngrams, cache, fit.weights[name_of(others)])

    def start(self, batch: int) -> MixtureStates:
        """The states of `batch` contexts that have read BOS and nothing else."""
        return MixtureStates(
            self.network.start(batch),
            self.ngrams.start(batch) if self.ngrams else (),
            Remembered.empty(batch, self.network.hidden_width if self.cache else 0),
        )

    def advance(self, states: MixtureStates, token_ids: np.ndarray) -> MixtureStates:
        """The states after one more token per row, int32 [batch]."""
        return self.read(states, np.asarray(token_ids)[:, None])

    def read(self, states: MixtureStates, token_ids: np.ndarray) -> MixtureStates:
        """The states after a run of tokens, int32 [batch, steps]."""
        network, ngrams, memory = states
        if not token_ids.shape[1]:
            return states
        if self.cache:
            network, hidden = self.network.read_along(network, token_ids)
            memory = self.cache.remember(memory, hidden, token_ids)
        else:
            network = self.network.read(network, token_ids)
        if self.ngrams:
            ngrams = self.ngrams.read(ngrams, token_ids)
        return MixtureStates(network, ngrams, memory)

    def branch(self, states: MixtureStates, token_ids: np.ndarray) -> MixtureStates:
        """The states after each of int32 [n] tokens, `states` having one row."""
        network, ngrams, memory = states
        rows = np.zeros(len(token_ids), np.intp)
        if self.cache:
            hidden = self.network.hidden(network)[rows, None]
            memory = self.cache.remember(
                memory.select_rows(rows), hidden, token_ids[:, None]
            )
        else:
            memory = memory.select_rows(rows)
        if self.ngrams:
            ngrams = self.ngrams.advance(select_rows(ngrams, rows), token_ids)
        return MixtureStates(self.network.branch(network, token_ids), ngrams, memory)

    def log_probabilities(self, states: MixtureStates) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size]."""
        network = self.network.log_probabilities(states.network)
        ngrams = None
        if self.ngrams is not None:
            ngrams = self.ngrams.log_probabilities(states.ngrams)
        weights, found = self._weigh(states)
        table = probabilities_of(weights, network, ngrams)
        if found:
            found.add_to(table, weights[:, CACHE])
        return np.log(np.maximum(table, SMALLEST, out=table), out=table)

    def score(self, states: MixtureStates, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats."""
        network = self.network.score(states.network, token_ids)
        weights, found = self._weigh(states)
        return self._mix_scores(weights, network, states.ngrams, found, token_ids)

    def score_run(
        self, states: MixtureStates, token_ids: np.ndarray
    ) -> tuple[np.ndarray, MixtureStates]:
        """Of every token of a run, float32 [batch, steps], nats; the states after it.

        The network, which costs most, sees the whole run at once.
        """
        network, hidden = self.network.read_along(states.network, token_ids)
        scores = self.network.score_hidden(hidden, token_ids)
        _, ngrams, memory = states
        for step, ids in enumerate(token_ids.T):
            here = slice(step, step + 1)
            weights, found = self.weigh_hidden(memory, hidden[:, step])
            scores[:, step] = self._mix_scores(
                weights, scores[:, step], ngrams, found, ids
            )
            if self.ngrams:
                ngrams = self.ngrams.advance(ngrams, ids)
            if self.cache:
                memory = self.cache.remember(
                    memory, hidden[:, here], token_ids[:, here]
                )
        return scores, MixtureStates(network, ngrams, memory)

    def _mix_scores(
        self,
        weights: np.ndarray,
        network: np.ndarray,
        ngrams: Any,
        found: Found | None,
        token_ids: np.ndarray,
    ) -> np.ndarray:
        """float32 [batch], nats: one token of each row, from what the parts say.

        Args:
            weights: float32 [batch, 3].
            network: its score, float32 [batch], nats.
            ngrams: the states of the n-grams.
            found: by the cache.
            token_ids: int32 [batch].
        """
        total = weights[:, NETWORK] * np.exp(network)
        if self.ngrams:
            total += weights[:, NGRAMS] * np.exp(self.ngrams.score(ngrams, token_ids))
        if found:
            total += weights[:, CACHE] * found.of(token_ids)
        return np.log(np.maximum(total, SMALLEST))

    def score_bounds(self, states: MixtureStates, token_ids: np.ndarray) -> np.ndarray:
        """What log-probabilities of some next tokens cannot exceed, [rows, n], nats.

        That of the network, mixed with what the other parts say about these tokens.
        """
        weights, found = self._weigh(states)
        total = np.exp(self.network.score_bounds(states.network, token_ids))
        total *= weights[:, NETWORK, None]
        if self.ngrams:
            ngrams = np.exp(self.ngrams.score_bounds(states.ngrams, token_ids))
            total += weights[:, NGRAMS, None] * ngrams
        if found:
            total += weights[:, CACHE, None] * found.of_each(token_ids)
        return np.log(np.clip(total * _ROUNDING, SMALLEST, 1.0))

    def _weigh(self, states: MixtureStates) -> tuple[np.ndarray, Found | None]:
        """float32 [batch, 3], and what the cache found, where there is one."""
        return self.weigh_hidden(states.memory, self.network.hidden(states.network))

    def weigh_hidden(
        self, memory: Remembered, hidden: np.ndarray
    ) -> tuple[np.ndarray, Found | None]:
        """The same from what the network thinks, float32 [batch, dense_units].

        Args:
            memory: what the cache remembers, [batch].
            hidden: of the network.
        """
        if self.cache is None:
            return self._weights.of(None, len(hidden)), None
        found = self.cache.look_up(memory, hidden)
        return self._weights.of(found.evidence, len(hidden)), found


def probabilities_of(
    weights: np.ndarray, network: np.ndarray, ngrams: np.ndarray | None
) -> np.ndarray:
    """What all parts but the cache add up to, float32 [rows, vocabulary_size].

    Args:
        weights: float32 [rows, 3].
        network: its log-probabilities, float32 [rows, vocabulary_size], nats.
        ngrams: theirs, where they take part.
    """
    table = np.exp(network)
    table *= weights[:, NETWORK, None]
    if ngrams is not None:
        other = np.exp(ngrams)
        other *= weights[:, NGRAMS, None]
        table += other
    return table
