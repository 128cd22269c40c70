"""How much each part of a mixture counts: what is fitted, and kept in mixture.json.

One set of weights for every choice of parts, by the evidence of the cache; its size and
sharpness, too. Who fits them is `app.language.mixture_fitting`, who uses them
`app.language.mixture`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.language.cache import Cache

NETWORK, NGRAMS, CACHE = range(3)  # columns of the weights
_NAMES = ("network", "ngrams", "cache")

# Above it exp(-2 sharpness) of float32, the least likeness, would be 0.
_SHARPEST = 40.0


class Weights(NamedTuple):
    """How much each part counts, by the evidence of the cache.

    Attributes:
        edges: float32 [buckets - 2], ascending, between the buckets where there is
            some evidence; the first one is for none. One bucket alone has no edges.
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
