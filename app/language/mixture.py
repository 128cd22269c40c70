"""The mixture that answers: network, n-grams and cache, each where it is worth most.

    p(w | h) = sum_k weights[bucket(h), k] p_k(w | h)        k: network, n-grams, cache

A linear mixture needs no normalising. Its weights depend on how much the cache has to
go by: on little, nobody listens to it; where the text at hand had been at a place like
this one before, it can outweigh the network. The buckets are ranges of its evidence;
where there is no cache there is one bucket. Weights are fitted on text that no part was
trained on (`app.language.mixture_fitting`); this module takes them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.language.cache import Cache, Found, Memory
from app.language.contract import select_rows
from app.language.network import Network
from app.language.ngram import NGramModel

NETWORK, NGRAMS, CACHE = range(3)  # columns of the weights
_NAMES = ("network", "ngrams", "cache")

# A probability below it counts as it, so that every logarithm is finite.
_SMALLEST = np.finfo(np.float32).tiny

# Errors of rounding in a sum of some products, and more.
_ROUNDING = np.float32(1 + 1e-5)

# Above it exp(-2 sharpness) of float32, the least likeness, would be 0.
_SHARPEST = 40.0


class Weights(NamedTuple):
    """How much each part counts, by the evidence of the cache.

    Attributes:
        edges: float32 [buckets - 2], ascending, between the buckets where something
            is remembered; nothing is remembered in the first. One bucket has none.
        shares: float32 [buckets, 3]; rows sum to 1.
    """

    edges: np.ndarray
    shares: np.ndarray

    def of(self, evidence: np.ndarray | None, batch: int) -> np.ndarray:
        """float32 [batch, 3] for the cache's evidence, float32 [batch], if any."""
        if evidence is None:
            return np.broadcast_to(self.shares[0], (batch, 3))
        return self.shares[buckets_of(evidence, self.edges)]


def buckets_of(evidence: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """int64 [batch]: 0 without any evidence, else 1 and up.

    Example:
        >>> buckets_of(np.array([-np.inf, 0.5, 2.0]), np.array([1.0]))
        array([0, 1, 2])
    """
    return np.where(np.isneginf(evidence), 0, 1 + np.searchsorted(edges, evidence))


class MixtureFit(NamedTuple):
    """What is fitted and kept beside the parts.

    Attributes:
        cache: None where the network carries no states.
        weights: of the network and whatever else takes part, by `name_of` that.
    """

    cache: Cache | None
    weights: dict[str, Weights]

    def as_json(self) -> dict[str, Any]:
        """For mixture.json."""
        return {
            "columns": _NAMES,
            "cache": self.cache._asdict() if self.cache else None,
            "weights": {
                name: {"edges": edges.tolist(), "shares": shares.tolist()}
                for name, (edges, shares) in self.weights.items()
            },
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> MixtureFit:
        """What `as_json` gave.

        Raises:
            ValueError: it is none, or its numbers are no weights.
        """
        try:
            cache = values["cache"]
            weights = {
                name: Weights(
                    np.array(them["edges"], np.float32),
                    np.array(them["shares"], np.float32),
                )
                for name, them in values["weights"].items()
            }
            fit = cls(None if cache is None else Cache(**cache), weights)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"it holds no mixture: {error}") from error
        fit._check()
        return fit

    def _check(self) -> None:
        """Refuses numbers that are no weights, or no cache."""
        for name, (edges, shares) in self.weights.items():
            num_buckets = len(edges) + 2 if "cache" in name else 1
            is_sound = (
                shares.shape == (num_buckets, len(_NAMES))
                and bool((shares >= 0).all())
                and np.allclose(shares.sum(axis=1), 1, atol=1e-3)
                and bool((np.diff(edges) > 0).all())
            )
            if not is_sound:
                raise ValueError(f"the weights {name!r} are no weights")
        if self.cache and not (
            isinstance(self.cache.size, int)
            and self.cache.size > 0
            and isinstance(self.cache.sharpness, float)
            and 0 < self.cache.sharpness < _SHARPEST
        ):
            raise ValueError(f"there is no such cache: {self.cache}")


def name_of(others: Sequence[int]) -> str:
    """How the parts beside the network are called together.

    Example:
        >>> name_of([NGRAMS, CACHE])
        'ngrams cache'
    """
    return " ".join(_NAMES[part] for part in others)


class MixtureStates(NamedTuple):
    """The states of the parts; those of a missing one hold nothing."""

    network: Any
    ngrams: Any
    memory: Memory


class Mixture:
    """Network, n-gram model and cache as one; a `LanguageModel`.

    Args:
        network: always takes part, because the cache needs its hidden vectors.
        ngrams: None where it takes no part; over the same vocabulary.
        cache: None where it takes no part.
        weights: fitted for just these parts.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.
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
        self._ngrams = ngrams
        self._cache = cache
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
            self._ngrams.start(batch) if self._ngrams else (),
            Memory.empty(batch, self.network.hidden_width if self._cache else 0),
        )

    def advance(self, states: MixtureStates, token_ids: np.ndarray) -> MixtureStates:
        """The states after one more token per row, int32 [batch]."""
        return self.read(states, np.asarray(token_ids)[:, None])

    def read(self, states: MixtureStates, token_ids: np.ndarray) -> MixtureStates:
        """The states after a run of tokens, int32 [batch, steps]."""
        network, ngrams, memory = states
        if not token_ids.shape[1]:
            return states
        if self._cache:
            network, hidden = self.network.read_along(network, token_ids)
            memory = self._cache.remember(memory, hidden, token_ids)
        else:
            network = self.network.read(network, token_ids)
        if self._ngrams:
            ngrams = self._ngrams.read(ngrams, token_ids)
        return MixtureStates(network, ngrams, memory)

    def branch(self, states: MixtureStates, token_ids: np.ndarray) -> MixtureStates:
        """The states after each of int32 [n] tokens, `states` having one row."""
        network, ngrams, memory = states
        rows = np.zeros(len(token_ids), np.intp)
        if self._cache:
            hidden = self.network.hidden(network)[rows, None]
            memory = self._cache.remember(
                memory.select_rows(rows), hidden, token_ids[:, None]
            )
        else:
            memory = memory.select_rows(rows)
        if self._ngrams:
            ngrams = self._ngrams.advance(select_rows(ngrams, rows), token_ids)
        return MixtureStates(self.network.branch(network, token_ids), ngrams, memory)

    def log_probabilities(self, states: MixtureStates) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size]."""
        weights, found = self._weigh(states)
        table = np.exp(self.network.log_probabilities(states.network))
        table *= weights[:, NETWORK, None]
        if self._ngrams:
            other = np.exp(self._ngrams.log_probabilities(states.ngrams))
            other *= weights[:, NGRAMS, None]
            table += other
        if found:
            found.add_to(table, weights[:, CACHE])
        return np.log(np.maximum(table, _SMALLEST, out=table), out=table)

    def score(self, states: MixtureStates, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats."""
        weights, found = self._weigh(states)
        network = np.exp(self.network.score(states.network, token_ids))
        total = weights[:, NETWORK] * network
        if self._ngrams:
            ngrams = np.exp(self._ngrams.score(states.ngrams, token_ids))
            total += weights[:, NGRAMS] * ngrams
        if found:
            total += weights[:, CACHE] * found.of(token_ids)
        return np.log(np.maximum(total, _SMALLEST))

    def score_bounds(self, states: MixtureStates, token_ids: np.ndarray) -> np.ndarray:
        """What log-probabilities of some next tokens cannot exceed, [rows, n], nats.

        That of the network, mixed with what the other parts say about these tokens.
        """
        weights, found = self._weigh(states)
        total = np.exp(self.network.score_bounds(states.network, token_ids))
        total *= weights[:, NETWORK, None]
        if self._ngrams:
            ngrams = np.exp(self._ngrams.score_bounds(states.ngrams, token_ids))
            total += weights[:, NGRAMS, None] * ngrams
        if found:
            total += weights[:, CACHE, None] * found.of_each(token_ids)
        return np.log(np.clip(total * _ROUNDING, _SMALLEST, 1.0))

    def _weigh(self, states: MixtureStates) -> tuple[np.ndarray, Found | None]:
        """float32 [batch, 3], and what the cache found, where there is one."""
        hidden = self.network.hidden(states.network)
        if self._cache is None:
            return self._weights.of(None, len(hidden)), None
        found = self._cache.look_up(states.memory, hidden)
        return self._weights.of(found.evidence, len(hidden)), found
