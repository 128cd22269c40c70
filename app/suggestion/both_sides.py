"""The network that reads both sides of a blank, beside the one that reads on.

Two estimates of the same probabilities are pooled, the share `w` being the weight of
the network that reads both sides:

    log P(word) = (1 - w) log P(word right | left) + w log Q(word | left, right) + c

P reads from left to right, the words to the right included; Q is the two-sided
network, to which other blanks are words that it does not know. Q also proposes words
that P alone would not have tried. Source of the logarithmic opinion pool: Genest and
Zidek (1986), Combining probability distributions, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.language.contract import LanguageModel
from app.language.two_sided import Between, TwoSidedNetwork
from app.suggestion.decoding import Candidate, best_indices, token_priors
from app.suggestion.hypotheses import by_length, rows_and_ids
from app.suggestion.offers import Offers
from app.text.vocabulary import OOV

# The weight of the two-sided network. On 400 blanks of a held-out novel the mean
# negative log-likelihood was 3.115 nats with 0, 3.104 with 0.2 and 0.3, 3.126 with 0.5
# and 3.278 with 1, where both had 128 units and had read ten novels.
SHARE = 0.25

# What is read on either side. The network was trained on windows not much longer.
MAX_SIDE_TOKENS = 100


def between_pieces(
    network: TwoSidedNetwork, pieces: Sequence[np.ndarray], place: int
) -> Between:
    """What can be asked about one of the blanks between pieces, int32 [tokens] each."""
    return network.between(
        _with_unknown_words(pieces[: place + 1])[-MAX_SIDE_TOKENS:],
        _with_unknown_words(pieces[place + 1 :])[:MAX_SIDE_TOKENS],
    )


def proposals(
    model: LanguageModel,
    offers: Offers,
    states: Any,
    log_priors: np.ndarray,
    between: Between,
    count: int,
) -> list[Candidate]:
    """The `count` single tokens that fit both sides best, after every hypothesis.

    Args:
        model: says how likely they are after what stands before.
        offers: what may be offered.
        states: after the hypotheses, [hypotheses].
        log_priors: float [hypotheses], nats; those of candidates begin with them.
        between: the blank.
        count: how many; fewer come back when fewer may be offered.
    """
    words = offers.host_ids[offers.is_alone]
    words = words[best_indices(between.log_probabilities()[words], count)]
    every_row = np.tile(words, (len(log_priors), 1))
    priors = log_priors[:, None] + token_priors(model, states, every_row)
    return [
        Candidate(offers.write((word,)), (word,), float(priors[row, column]), row)
        for row in range(len(priors))
        for column, word in enumerate(words.tolist())
    ]


def fits(
    between: Between, candidates: Sequence[Candidate], log_oov_types: float
) -> np.ndarray:
    """How well each candidate fits both sides: float64 [candidates], nats.

    Args:
        between: the blank.
        candidates: several of the same tokens are scored once.
        log_oov_types: is taken off for every OOV, which is one word and not all that
            it stands for.
    """
    alone = between.log_probabilities()
    scores = np.empty(len(candidates))
    for group in by_length(candidates):
        _, token_ids = rows_and_ids([candidates[i] for i in group])
        if token_ids.shape[1] == 1:
            scores[group] = alone[token_ids[:, 0]]
        else:
            different, which = np.unique(token_ids, axis=0, return_inverse=True)
            scores[group] = between.score(different)[which.ravel()]
        scores[group] -= log_oov_types * (token_ids == OOV).sum(axis=1)
    return scores


def _with_unknown_words(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """The pieces as one text, a word that is not known in every blank between them."""
    parts = [np.asarray(pieces[0])]
    for piece in pieces[1:]:
        parts += [np.array([OOV]), np.asarray(piece)]
    return np.concatenate(parts).astype(np.int32)
