"""How much each part of the mixture counts, and how the cache looks: fitted on text.

A text that no part has learned from enters, with the parts; sizes and weights leave.
The parts say once what they think of every token. Then each size and sharpness of the
cache is tried: the evidence is cut into buckets of equally many tokens, and in each the
weights are those that make the text likeliest, which expectation maximisation finds:

    r_k(t) = weights_k p_k(t) / sum_j weights_j p_j(t)      share of part k in token t
    weights_k = mean of r_k over the tokens of the bucket

Source: Jelinek and Mercer 1980, Interpolated estimation of Markov source parameters
from sparse data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from app.language.cache import FEWEST, JUST_READ, Cache, unit
from app.language.contract import LanguageModel, states_before
from app.language.mixture_weights import (
    CACHE,
    NETWORK,
    NGRAMS,
    MixtureFit,
    Weights,
    buckets_of,
    name_of,
)
from app.language.network import Network
from app.language.ngram import NGramModel

SIZES = (1000, 500, 250)  # the first of equally good ones is taken
SHARPNESSES = (6.0, 9.0, 12.0, 16.0, 20.0)
NUM_BUCKETS = 10  # where there is evidence

# Tokens that are looked at: whole documents, and of long ones the beginning.
MOST_TOKENS = 60_000
MOST_OF_A_DOCUMENT = 20_000

_STEPS = 200  # tokens read at a time
_BLOCK = 500  # tokens whose likeness to others is held at a time
_ROUNDS = 60  # of expectation maximisation
_PRIOR = 10.0  # tokens' worth of the weights of all buckets together, in each
_GUESS = np.array([0.7, 0.15, 0.15])  # the same of them before any text


def fit_mixture(
    network: Network,
    ngrams: NGramModel | None,
    documents: Sequence[np.ndarray],
    report: Callable[[float], None] | None = None,
) -> MixtureFit:
    """The cache and the weights under which `documents` are likeliest.

    Args:
        network: one part.
        ngrams: another one, if there is any.
        documents: int32 [tokens] each, at least one token in all.
        report: is called now and then with the number of tokens done, `MOST_TOKENS`
            at most.
    """
    traces: list[_Trace] = []
    num_read = 0
    for document in documents:
        piece = document[:MOST_OF_A_DOCUMENT][: MOST_TOKENS - num_read]
        if len(piece):
            traces.append(_trace(network, ngrams, piece))
            num_read += len(piece)
            if report:
                report(num_read)
    weights = {}
    if ngrams is not None:
        found = np.concatenate([trace.probabilities for trace in traces])
        weights[name_of([NGRAMS])] = fit_weights(found, None, parts=[NETWORK, NGRAMS])
    if not network.carries_states:
        return MixtureFit(None, weights)
    parts = [NETWORK, CACHE] if ngrams is None else [NETWORK, NGRAMS, CACHE]
    best = min(_tries(traces), key=lambda it: _loss(it, parts))
    for others in ([CACHE], parts[1:]):
        weights[name_of(others)] = fit_weights(
            best.probabilities, best.evidence, parts=[NETWORK, *others]
        )
    return MixtureFit(best.cache, weights)


class _Trace(NamedTuple):
    """What the parts think of the tokens of a document.

    Attributes:
        token_ids: int32 [tokens].
        probabilities: float64 [tokens, 3], of each token; the cache's are still 0.
        keys: float32 [tokens, width], what the cache remembers with each.
    """

    token_ids: np.ndarray
    probabilities: np.ndarray
    keys: np.ndarray


def _trace(
    network: Network, ngrams: NGramModel | None, token_ids: np.ndarray
) -> _Trace:
    """Reads one document."""
    probabilities = np.zeros((len(token_ids), 3))
    keys = []
    for place, states in _states_before_each(network, token_ids):
        scores = network.score(states, token_ids[place])
        probabilities[place, NETWORK] = np.exp(scores)
        keys.append(unit(network.hidden(states)))
    if ngrams is not None:
        for place, states in _states_before_each(ngrams, token_ids):
            scores = ngrams.score(states, token_ids[place])
            probabilities[place, NGRAMS] = np.exp(scores)
    return _Trace(token_ids, probabilities, np.concatenate(keys))


def _states_before_each(
    model: LanguageModel, token_ids: np.ndarray
) -> Iterator[tuple[slice, Any]]:
    """Yields the states before some tokens, a row each, and where these stand."""
    states = model.start(1)
    for first in range(0, len(token_ids), _STEPS):
        ids = token_ids[first : first + _STEPS]
        before, states = states_before(model, states, ids[None])
        yield slice(first, first + len(ids)), before


class _Tried(NamedTuple):
    """A cache, and what it finds for all tokens.

    Attributes:
        cache: the one.
        probabilities: float64 [tokens, 3], of each token by each part.
        evidence: float64 [tokens].
    """

    cache: Cache
    probabilities: np.ndarray
    evidence: np.ndarray


def _tries(traces: Sequence[_Trace]) -> Iterator[_Tried]:
    """Yields what each cache finds."""
    known = np.concatenate([trace.probabilities for trace in traces])
    caches = [Cache(size, sharp) for size, sharp in product(SIZES, SHARPNESSES)]
    blocks = [_look_up_all(caches, trace) for trace in traces]
    found, evidence = np.concatenate(blocks, axis=2)  # [2, caches, tokens] each
    for number, cache in enumerate(caches):
        probabilities = known.copy()
        probabilities[:, CACHE] = found[number]
        yield _Tried(cache, probabilities, evidence[number])


def _look_up_all(caches: Sequence[Cache], trace: _Trace) -> np.ndarray:
    """What `Cache.look_up` gives before each token, for all tokens at once.

    Returns:
        float64 [2, caches, tokens]: the probability of each token, and the evidence.
    """
    ids, keys, longest = trace.token_ids, trace.keys, max(SIZES)
    found = np.empty((2, len(caches), len(ids)))
    for first in range(0, len(ids), _BLOCK):
        last = min(first + _BLOCK, len(ids))
        begin = max(0, first - longest)
        likeness = keys[first:last] @ keys[begin:last].T  # [block, remembered]
        is_it = ids[first:last, None] == ids[None, begin:last]
        age = np.arange(first, last)[:, None] - np.arange(begin, last)[None]
        for number, (size, sharpness) in enumerate(caches):
            shares = np.exp(sharpness * (likeness - 1))
            shares[(age <= JUST_READ) | (age > size)] = 0
            shares[np.count_nonzero(shares, axis=1) < FEWEST] = 0
            totals = shares.sum(axis=1, dtype=np.float64)
            hits = (shares * is_it).sum(axis=1, dtype=np.float64)
            with np.errstate(divide="ignore"):
                found[1, number, first:last] = np.log(totals) + sharpness
            found[0, number, first:last] = hits / np.maximum(totals, 1e-300)
    return found


def _loss(tried: _Tried, parts: Sequence[int]) -> float:
    """Nats a token of the mixture with this cache."""
    weights = fit_weights(tried.probabilities, tried.evidence, parts=parts)
    of_each = weights.of(tried.evidence, len(tried.evidence))
    mixed = (of_each * tried.probabilities).sum(axis=1)
    return float(-np.log(np.maximum(mixed, 1e-300)).mean())


def fit_weights(
    probabilities: np.ndarray, evidence: np.ndarray | None, *, parts: Sequence[int]
) -> Weights:
    """The weights that make a text likeliest.

    Args:
        probabilities: float64 [tokens, 3], of each token by each part.
        evidence: float64 [tokens], the cache's; None: one bucket for all.
        parts: columns that take part; the others get no weight.
    """
    takes_part = np.isin(np.arange(3), parts)
    edges, buckets = np.zeros(0, np.float32), np.zeros(len(probabilities), np.int64)
    if evidence is not None:
        has_any = evidence[np.isfinite(evidence)]
        cuts = np.arange(1, NUM_BUCKETS) / NUM_BUCKETS
        edges = np.unique(np.quantile(has_any, cuts) if len(has_any) else cuts)
        buckets = buckets_of(evidence, edges)
    guess = _GUESS * takes_part / _GUESS[takes_part].sum()
    everywhere = _maximise(probabilities, np.zeros_like(buckets), guess[None])
    count = 1 if evidence is None else len(edges) + 2
    shares = _maximise(probabilities, buckets, np.tile(everywhere, (count, 1)))
    if evidence is not None:  # a cache without any evidence has no probabilities
        shares[0, CACHE] = 0.0
        shares[0] /= shares[0].sum()
    return Weights(edges.astype(np.float32), shares.astype(np.float32))


def _maximise(
    probabilities: np.ndarray, buckets: np.ndarray, guess: np.ndarray
) -> np.ndarray:
    """Expectation maximisation from float64 [buckets, 3], which also is the prior."""
    weights = guess
    count = len(guess)
    for _ in range(_ROUNDS):
        shares = weights[buckets] * probabilities
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        sums = [np.bincount(buckets, column, count) for column in shares.T]
        weights = np.stack(sums, axis=1) + _PRIOR * guess
        weights /= weights.sum(axis=1, keepdims=True)
    return weights
