"""Next words: from the log-probabilities of tokens to words that a person would type.

A word is one token, or a host with the clitic that is written together with it: `it`
and `'s` make "it's". The probability of a contraction is the product of its tokens',
and that of a host is not lowered by its contractions: "it" stays right when "'s"
follows. Everything is exact and deterministic, because the exported graph does the
same. This module knows the contract of a language model and what may be offered, no
text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel, read, select_rows
from app.suggestion.offers import Offers
from app.text.sentences import capitalised
from app.text.vocabulary import RESERVED

# Only the last tokens of a text are read, so that a whole book in front of a blank
# takes no longer than this. An LSTM makes use of some 200 (Khandelwal et al. 2018,
# Sharp nearby, fuzzy far away).
MAX_CONTEXT_TOKENS = 1000

# Rows whose whole distribution stands in memory at a time: 5 MB with 20,000 words.
_ROWS_AT_A_TIME = 64


class Suggestion(NamedTuple):
    """An offered word.

    Attributes:
        word: as a person writes it.
        probability: normalised over what was asked for.
    """

    word: str
    probability: float


class Candidate(NamedTuple):
    """A word that may stand next.

    Attributes:
        word: as a person writes it.
        token_ids: what the model reads when the word is taken.
        log_prior: log-probability of these tokens after what stands before, nats.
        row: which row of the states it goes on from.
    """

    word: str
    token_ids: tuple[int, ...]
    log_prior: float
    row: int = 0


def read_context(model: LanguageModel, token_ids: np.ndarray) -> Any:
    """The states after BOS and the last `MAX_CONTEXT_TOKENS` of int32 [tokens]."""
    context = np.asarray(token_ids, np.int32)[-MAX_CONTEXT_TOKENS:]
    return read(model, model.start(1), context[None, :])


def suggest(
    model: LanguageModel, offers: Offers, states: Any, count: int
) -> list[Suggestion]:
    """The `count` likeliest next words, the likeliest first; `states` have one row.

    Probabilities are over all tokens of the vocabulary, reserved ids left out,
    whichever of them may be offered.
    """
    return [
        # float32 may leave a certain word a rounding error above 1.
        Suggestion(candidate.word, min(1.0, float(np.exp(candidate.log_prior))))
        for candidate in propose(model, offers, states, count)
    ]


def beginning_a_sentence(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """The suggestions as they are written where a sentence begins."""
    return [it._replace(word=capitalised(it.word)) for it in suggestions]


def propose(
    model: LanguageModel, offers: Offers, states: Any, count: int
) -> list[Candidate]:
    """The `count` likeliest next words with what they are made of.

    1. Log-probabilities are normalised over the ids that are not reserved.
    2. The likeliest hosts are taken, which are the ids that a word can begin with.
       Bound ones (`wo` of "won't") may not be offered alone, so it is `count` and,
       since all of these may be among them, as many more as there are of these.
    3. Each is continued by every clitic, normalised likewise.
    4. What may not be offered is dropped; the rest is sorted and the first `count`
       are kept.

    A contraction is never likelier than its host, so no other host can bring one in.
    Equal probabilities go by token ids.

    Args:
        model: only the contract is used.
        offers: says what may be offered, and how it is written.
        states: one row.
        count: how many words; fewer come back when fewer may be offered.
    """
    return expand(model, offers, states, np.zeros(1), count=count)


def expand(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    log_priors: np.ndarray,
    *,
    count: int,
    per_row: int | None = None,
) -> list[Candidate]:
    """The likeliest ways to go on from several rows by one word; see `propose`.

    Args:
        model: only the contract is used.
        offers: says what may be offered, and how it is written.
        states: [rows].
        log_priors: float [rows], nats; the log-priors of candidates begin with them.
        count: candidates to give back, over all rows together.
        per_row: hosts to take from each row at most; as many as are kept if None.
    """
    num_hosts = count + offers.num_bound
    limit = num_hosts if per_row is None else per_row
    rows, places, priors = _best_hosts(model, offers, states, log_priors, limit)
    best = best_indices(priors, num_hosts)  # in step 2 over all rows together
    rows, places, priors = rows[best], places[best], priors[best]
    hosts = offers.host_ids[places]
    found = [
        _candidate(offers, (int(hosts[i]),), priors[i], rows[i])
        for i in np.flatnonzero(offers.is_alone[places])
    ]
    clitics = offers.vocabulary.clitic_ids
    if clitics.size and hosts.size:
        after = model.advance(select_rows(states, rows), hosts)
        joined = priors[:, None] + token_priors(
            model, after, np.tile(clitics, (len(hosts), 1))
        )  # [hosts, clitics]
        found += [
            _candidate(offers, (int(hosts[i]), int(clitics[j])), joined[i, j], rows[i])
            for i, j in np.argwhere(offers.may_join[places])
        ]
    found.sort(key=lambda it: (-it.log_prior, it.row, it.token_ids))
    return found[:count]


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
    for rows, log_probabilities in _blocks(model, states, len(token_ids)):
        picked[rows] = np.take_along_axis(log_probabilities, token_ids[rows], axis=1)
    return picked


def best_indices(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` largest of float [n], largest first, ties in order.

    Example:
        >>> best_indices(np.array([0.1, 0.4, 0.1, 0.4]), 3)
        array([1, 3, 0])
    """
    indices = np.arange(len(values))
    if count < len(values):
        # Partition is linear; everything equal to the last one taken stays in, so
        # that the stable sort decides ties and not the partition.
        smallest = -np.partition(-values, count - 1)[count - 1]
        indices = np.flatnonzero(values >= smallest)
    return indices[np.argsort(-values[indices], kind="stable")][:count]


def _best_hosts(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    log_priors: np.ndarray,
    limit: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `limit` likeliest hosts of every row.

    Returns:
        Their rows, places in `offers.host_ids` and log-priors.
    """
    rows, places, priors = [], [], []
    for block, log_probabilities in _blocks(model, states, len(log_priors)):
        values = offers.merge_cases(log_probabilities[:, offers.host_ids])
        for row, of_row in enumerate(values, start=block.start):
            best = best_indices(of_row, limit)
            best = best[of_row[best] > -np.inf]
            rows.append(np.full(len(best), row))
            places.append(best)
            priors.append(log_priors[row] + of_row[best])
    return np.concatenate(rows), np.concatenate(places), np.concatenate(priors)


def _blocks(
    model: LanguageModel, states: Any, num_rows: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """Normalised log-probabilities of a few rows at a time, with their place."""
    for first in range(0, num_rows, _ROWS_AT_A_TIME):
        rows = slice(first, min(first + _ROWS_AT_A_TIME, num_rows))
        some = select_rows(states, np.arange(rows.start, rows.stop))
        yield rows, _normalise(model.log_probabilities(some))


def _normalise(log_probabilities: np.ndarray) -> np.ndarray:
    """Takes the log of the share of unreserved ids off every row, in place."""
    words = log_probabilities[:, len(RESERVED) :]
    largest = words.max(axis=1, keepdims=True)
    total = np.exp(words - largest).sum(axis=1, keepdims=True)
    log_probabilities -= largest + np.log(total)
    return log_probabilities


def _candidate(
    offers: Offers, token_ids: tuple[int, ...], log_prior: float, row: int
) -> Candidate:
    return Candidate(offers.write(token_ids), token_ids, float(log_prior), int(row))
