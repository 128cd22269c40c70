"""Words for the blanks of a text, where what stands to the right counts too.

Token ids of the pieces between the blanks go in, ranked words for every blank come
out. A network that reads from left to right cannot look ahead, so each candidate is
put into the blank and the text is read on: the better it goes on, the better the
candidate.

    left ___ right        log P(word | left) + log P(right | left word)

With several blanks a beam search goes from left to right, and a blank's answer is the
marginal of the hypotheses that are left at the end. The module knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel, join_rows, read, select_rows
from app.suggestion.decoding import (
    MAX_CONTEXT_TOKENS,
    Candidate,
    Suggestion,
    best_indices,
    expand,
    read_context,
    suggest,
    token_priors,
)
from app.suggestion.offers import Offers
from app.text.vocabulary import OOV

# What stands further to the right than this tells nearly nothing about the word and
# would cost a full distribution per token and candidate.
MAX_RIGHT_TOKENS = 50

# Candidates examined for one blank, hypotheses kept for several.
BEAM = 256

# Continuations of each hypothesis after the first blank.
PER_HYPOTHESIS = 32


class Given(NamedTuple):
    """A candidate that the user named.

    Attributes:
        word: as the user spelled it.
        token_ids: its tokens, at least one; OOV where unknown.
    """

    word: str
    token_ids: tuple[int, ...]


class FilledBlank(NamedTuple):
    """The answer for one blank.

    Attributes:
        suggestions: the likeliest first.
        unexamined: prior mass of the words that were not tried, where words to the
            right decided between those that were; else None.
    """

    suggestions: list[Suggestion]
    unexamined: float | None


@dataclass(frozen=True)
class _Beam:
    """What the search has so far.

    Attributes:
        states: after everything read, [hypotheses].
        log_scores: float64 [hypotheses], nats; of the words taken and of the pieces
            read after the first blank.
        choices: for every hypothesis the candidates it took.
    """

    states: Any
    log_scores: np.ndarray
    choices: list[tuple[Candidate, ...]]


def fill(
    model: LanguageModel,
    offers: Offers,
    pieces: Sequence[np.ndarray],
    *,
    top: int,
    candidates: Sequence[Given] | None = None,
) -> list[FilledBlank]:
    """Words for every blank between two pieces.

    Args:
        model: only the contract is used.
        offers: says what may be offered, and how it is written.
        pieces: int32 [tokens] each, one more than there are blanks; may be empty.
        top: suggestions per blank; where words to the right count, at most `BEAM`.
        candidates: rank only these, and all of them, in every blank.

    Returns:
        One answer per blank. A single blank with nothing to its right gets the exact
        next words; elsewhere the probabilities of all words tried sum to 1.
    """
    states = read_context(model, pieces[0])
    if len(pieces) == 2 and not len(pieces[1]) and candidates is None:
        return [FilledBlank(suggest(model, offers, states, top), None)]
    beam = _Beam(states, np.zeros(1), [()])
    unexamined = []
    for place, right in enumerate(pieces[1:], start=1):
        if candidates is None:
            states, scores = beam.states, beam.log_scores
            each = BEAM if place == 1 else PER_HYPOTHESIS
            tried = expand(model, offers, states, scores, count=BEAM, per_row=each)
        else:
            tried = _rank_given(model, offers, beam, candidates)
        if not tried:  # no word may be offered
            return [FilledBlank([], None) for _ in pieces[1:]]
        is_judged = candidates is None and len(right) > 0
        unexamined.append(_unexamined(tried, beam) if is_judged else None)
        is_last = place == len(pieces) - 1
        beam = _read_piece(model, _take(model, beam, tried), right, is_last)
    count = top if candidates is None else len(candidates)
    return [
        FilledBlank(_marginals(beam, place, candidates)[:count], mass)
        for place, mass in enumerate(unexamined)
    ]


def _unexamined(tried: list[Candidate], beam: _Beam) -> float:
    """The share of the hypotheses' probability on words that were not tried.

    A contraction lies inside the share of its host: where that was tried too, it is
    not counted again. "won't" is, because "wo" alone is no word.
    """
    alone = {(it.row, *it.token_ids) for it in tried if len(it.token_ids) == 1}
    examined = [
        it.log_prior
        for it in tried
        if len(it.token_ids) == 1 or (it.row, it.token_ids[0]) not in alone
    ]
    total = np.logaddexp.reduce(beam.log_scores)
    return float(max(0.0, 1.0 - np.exp(np.array(examined) - total).sum()))


def _rank_given(
    model: LanguageModel, offers: Offers, beam: _Beam, given: Sequence[Given]
) -> list[Candidate]:
    """The given candidates after every hypothesis, the best by their first token.

    The first blank keeps all of them.
    """
    firsts = np.array([it.token_ids[0] for it in given], np.int32)
    num_rows = len(beam.log_scores)
    priors = beam.log_scores[:, None] + _given_priors(
        model, offers, beam.states, np.tile(firsts, (num_rows, 1))
    )  # [hypotheses, given]
    kept = best_indices(priors.ravel(), max(BEAM, len(given)))
    begun = [
        Candidate(given[k].word, given[k].token_ids, float(priors[row, k]), int(row))
        for row, k in zip(*np.divmod(kept, len(given)), strict=True)
    ]
    finished = []
    for group in _by_length(begun):
        states, token_ids = _rows_and_ids(beam, group)
        log_priors = np.array([it.log_prior for it in group])
        for position in range(1, token_ids.shape[1]):
            states = model.advance(states, token_ids[:, position - 1])
            now = token_ids[:, position : position + 1]
            log_priors += _given_priors(model, offers, states, now)[:, 0]
        finished += [
            it._replace(log_prior=prior)
            for it, prior in zip(group, log_priors.tolist(), strict=True)
        ]
    return finished


def _given_priors(
    model: LanguageModel, offers: Offers, states: Any, token_ids: np.ndarray
) -> np.ndarray:
    """`token_priors`, where OOV is one word and not all that it stands for.

    OOV's probability is that of every training word that the vocabulary left out.
    """
    share = np.log(max(1, offers.vocabulary.oov_types))
    return token_priors(model, states, token_ids) - share * (token_ids == OOV)


def _take(model: LanguageModel, beam: _Beam, tried: list[Candidate]) -> _Beam:
    """The beam after the tried candidates, each read to its end."""
    groups = _by_length(tried)
    states = [read(model, *_rows_and_ids(beam, group)) for group in groups]
    ordered = [it for group in groups for it in group]
    return _Beam(
        join_rows(states),
        np.array([it.log_prior for it in ordered]),
        [(*beam.choices[it.row], it) for it in ordered],
    )


def _by_length(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Candidates of equal length together, because they can be read together."""
    lengths = sorted({len(it.token_ids) for it in candidates})
    return [[it for it in candidates if len(it.token_ids) == n] for n in lengths]


def _rows_and_ids(beam: _Beam, group: list[Candidate]) -> tuple[Any, np.ndarray]:
    """The states that a group goes on from, and its int32 [candidates, tokens]."""
    rows = np.array([it.row for it in group])
    ids = np.array([it.token_ids for it in group], np.int32)
    return select_rows(beam.states, rows), ids


def _read_piece(
    model: LanguageModel, beam: _Beam, piece: np.ndarray, is_last: bool
) -> _Beam:
    """The beam after the piece to the right of a blank.

    Its first tokens judge the hypotheses. The rest is only read, and only where
    another blank follows.
    """
    states, log_scores = beam.states, beam.log_scores
    num_rows = len(log_scores)
    judging = piece[:MAX_RIGHT_TOKENS]
    for position, token_id in enumerate(judging):
        token_ids = np.full(num_rows, token_id, np.int32)
        log_scores = log_scores + model.score(states, token_ids)
        if not is_last or position + 1 < len(judging):
            states = model.advance(states, token_ids)
    rest = piece[MAX_RIGHT_TOKENS:][-MAX_CONTEXT_TOKENS:]
    if not is_last and len(rest):
        states = read(model, states, np.tile(rest, (num_rows, 1)))
    return _Beam(states, log_scores, beam.choices)


def _marginals(
    beam: _Beam, place: int, given: Sequence[Given] | None
) -> list[Suggestion]:
    """Every word tried in a blank, with the share of the hypotheses that have it.

    Equal shares go by token ids, or in the order in which candidates were given; a
    given candidate that no hypothesis kept has the share 0.
    """
    log_total = np.logaddexp.reduce(beam.log_scores)
    shares = np.exp(beam.log_scores - log_total)
    found = [(choice[place].token_ids, choice[place].word) for choice in beam.choices]
    options = sorted(set(found))
    if given is not None:
        options = [(it.token_ids, it.word) for it in given]
    totals = dict.fromkeys(options, 0.0)
    for option, share in zip(found, shares.tolist(), strict=True):
        totals[option] += share
    ranked = sorted(totals.items(), key=lambda item: -item[1])
    # A sum of shares may exceed 1 by a rounding error.
    return [Suggestion(word, min(1.0, total)) for (_, word), total in ranked]
