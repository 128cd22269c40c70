"""Next words: from the log-probabilities of tokens to words that a person would type.

A word is one token, or a host with the clitic that is written together with it: `it`
and `'s` make "it's". The probability of a contraction is the product of its tokens',
and that of a host is not lowered by its contractions: "it" stays right when "'s"
follows. Everything is exact and deterministic, because the exported graph does the
same. This module knows the contract of a language model and what may be offered, no
text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel, branch, read, select_rows
from app.suggestion.next_tokens import (
    best_indices,
    distributions,
    prior_bounds,
    token_priors,
)
from app.suggestion.offers import Offers
from app.text.sentences import capitalised

# Only the last tokens of a text are read, so that a whole book in front of a blank
# takes no longer than this. An LSTM makes use of some 200 (Khandelwal et al. 2018,
# Sharp nearby, fuzzy far away).
MAX_CONTEXT_TOKENS = 1000

# A context begins at a multiple of this, so that a text that grows is not read anew
# with every word; so the oldest of its last 1,499 tokens may be read as well.
CONTEXT_STEP = 500

# What rounding may make of two log-probabilities that are equal, nats, and more.
_MARGIN = 1e-4


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


def context_start(num_tokens: int) -> int:
    """How many tokens at the beginning of a text are not read.

    >>> [context_start(n) for n in (0, 1000, 1499, 1500, 1999, 2000)]
    [0, 0, 0, 500, 500, 1000]
    """
    too_many = max(0, num_tokens - MAX_CONTEXT_TOKENS)
    return too_many - too_many % CONTEXT_STEP


def read_context(model: LanguageModel, token_ids: np.ndarray) -> Any:
    """The states after BOS and the last of int32 [tokens], see `context_start`."""
    context = np.asarray(token_ids, np.int32)[context_start(len(token_ids)) :]
    return read(model, model.start(1), context[None, :])


def suggest(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    count: int,
    *,
    known: np.ndarray | None = None,
) -> list[Suggestion]:
    """The `count` likeliest next words, the likeliest first; `states` have one row.

    Probabilities are over all tokens of the vocabulary, reserved ids left out,
    whichever of them may be offered.
    """
    return [
        # float32 may leave a certain word a rounding error above 1.
        Suggestion(candidate.word, min(1.0, float(np.exp(candidate.log_prior))))
        for candidate in propose(model, offers, states, count, known=known)
    ]


def beginning_a_sentence(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """The suggestions as they are written where a sentence begins."""
    return [it._replace(word=capitalised(it.word)) for it in suggestions]


def propose(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    count: int,
    *,
    known: np.ndarray | None = None,
) -> list[Candidate]:
    """The `count` likeliest next words with what they are made of.

    1. Log-probabilities are normalised over the ids that are not reserved.
    2. The likeliest hosts are taken, which are the ids that a word can begin with.
       Bound ones (`wo` of "won't") may not be offered alone, so it is `count` and,
       since all of these may be among them, as many more as there are of these.
    3. Each is continued by every clitic, normalised likewise.
    4. What may not be offered is dropped; the rest is sorted and the first `count`
       are kept.

    A contraction is never likelier than its host, so no other host can bring one in,
    nor can one that is less likely than `count` words that stand alone; that is not
    even tried in step 3. Equal probabilities go by token ids.

    Args:
        model: only the contract is used.
        offers: says what may be offered, and how it is written.
        states: one row.
        count: how many words; fewer come back when fewer may be offered.
        known: `next_log_probabilities` of `states`, where they are known already.
    """
    return expand(model, offers, states, np.zeros(1), count=count, known=known)


def expand(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    log_priors: np.ndarray,
    *,
    count: int,
    per_row: int | None = None,
    known: np.ndarray | None = None,
) -> list[Candidate]:
    """The likeliest ways to go on from several rows by one word; see `propose`.

    Args:
        model: only the contract is used.
        offers: says what may be offered, and how it is written.
        states: [rows].
        log_priors: float [rows], nats; the log-priors of candidates begin with them.
        count: candidates to give back, over all rows together.
        per_row: hosts to take from each row at most; as many as are kept if None.
        known: `next_log_probabilities` of `states`, where they are known already.
    """
    num_hosts = count + offers.num_bound
    limit = num_hosts if per_row is None else per_row
    tables: Iterable[tuple[slice, np.ndarray]]
    if known is None:
        tables = distributions(model, states, len(log_priors))
    else:
        tables = [(slice(0, len(known)), known)]
    rows, places, priors = _best_hosts(tables, offers, log_priors, limit)
    best = best_indices(priors, num_hosts)  # in step 2 over all rows together
    rows, places, priors = rows[best], places[best], priors[best]
    hosts = offers.host_ids[places]
    found = [  # the likeliest first
        _candidate(offers, (int(hosts[i]),), priors[i], rows[i])
        for i in np.flatnonzero(offers.is_alone[places])
    ]
    # A contraction takes the place of the last of these, or has none.
    last = found[count - 1].log_prior if len(found) >= count else -np.inf
    likely = (priors >= last - _MARGIN) & offers.may_join[places].any(axis=1)
    found += _contractions(
        model, offers, states, rows[likely], places[likely], priors[likely], last
    )
    found.sort(key=lambda it: (-it.log_prior, it.row, it.token_ids))
    return found[:count]


def _contractions(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    rows: np.ndarray,
    places: np.ndarray,
    priors: np.ndarray,
    last: float,
) -> list[Candidate]:
    """What hosts make with each clitic, but for those less likely than `last`.

    The probability of a clitic takes a whole distribution after its host. It cannot
    exceed its bound, where the model knows one; most hosts drop out by that alone.
    """
    if not rows.size:
        return []
    hosts, clitics = offers.host_ids[places], offers.vocabulary.clitic_ids
    after = branch(model, states, rows, hosts)
    bounds = priors[:, None] + prior_bounds(model, after, clitics)
    likely = (bounds >= last - _MARGIN) & offers.may_join[places]
    kept = np.flatnonzero(likely.any(axis=1))
    joined = priors[kept, None] + token_priors(
        model, select_rows(after, kept), np.tile(clitics, (len(kept), 1))
    )  # [kept, clitics]
    return [
        _candidate(
            offers, (int(hosts[i]), int(clitics[j])), joined[row, j], int(rows[i])
        )
        for row, i in enumerate(kept)
        for j in np.flatnonzero(likely[i])
    ]


def _best_hosts(
    tables: Iterable[tuple[slice, np.ndarray]],
    offers: Offers,
    log_priors: np.ndarray,
    limit: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `limit` likeliest hosts of every row.

    Args:
        tables: `distributions`.
        offers: says what they are.
        log_priors: float [rows].
        limit: how many of each row.

    Returns:
        Their rows, places in `offers.host_ids` and log-priors.
    """
    rows, places, priors = [], [], []
    for block, table in tables:
        for row, of_row in enumerate(table, start=block.start):
            of_row = of_row.take(offers.host_ids)  # twice as quick as [host_ids]
            of_row = offers.merge_cases(of_row)
            best = best_indices(of_row, limit)
            best = best[of_row[best] > -np.inf]
            rows.append(np.full(len(best), row))
            places.append(best)
            priors.append(log_priors[row] + of_row[best])
    return np.concatenate(rows), np.concatenate(places), np.concatenate(priors)


def _candidate(
    offers: Offers, token_ids: tuple[int, ...], log_prior: float, row: int
) -> Candidate:
    return Candidate(offers.write(token_ids), token_ids, float(log_prior), int(row))
