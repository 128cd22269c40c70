"""Writing on: what may follow a text, drawn word by word from a model.

States go in, token ids come out; the module knows no text. Each token is drawn from
the model's probabilities, with the improbable left out: the tail of a model's
distribution is where it knows least, and text drawn from all of it falls apart
(Holtzman et al. 2020, The curious case of neural text degeneration). What no person
would write is not drawn at all: reserved ids, a clitic without a word before it, what
is left of "won't" without its "n't".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel
from app.settings.sampling import Sampling
from app.suggestion.offers import Offers
from app.text.sentences import SENTENCE_ENDS
from app.text.vocabulary import EOS, RESERVED

# A paragraph that has not ended by then is written no further.
MOST_WORDS = 500

# Text has 1.2 tokens to a word; what has more marks than this is no text any more.
_TOKENS_PER_WORD = 3


class Written(NamedTuple):
    """What was written on.

    Attributes:
        token_ids: without the EOS that ended it.
        log_probability: of these tokens, and of the paragraph's end where it was
            reached, in nats; as the model has them, not as they were drawn.
    """

    token_ids: list[int]
    log_probability: float


class Writer:
    """Draws what follows a text.

    Args:
        model: only the contract is used.
        offers: what may be written; marks are among it as a rule.
        sampling: how to draw.
        is_blocked: says of some tokens whether the last of them must not be written
            behind the others.
    """

    def __init__(
        self,
        model: LanguageModel,
        offers: Offers,
        sampling: Sampling,
        is_blocked: Callable[[Sequence[int]], bool] = lambda token_ids: False,
    ) -> None:
        self._model = model
        self._offers = offers
        self._sampling = sampling
        self._is_blocked = is_blocked
        tokens = offers.vocabulary.tokens
        self._ends = {i for i, token in enumerate(tokens) if token in SENTENCE_ENDS}
        self._places = {host: place for place, host in enumerate(offers.host_ids)}
        self._may_begin = np.zeros(offers.vocabulary.size, bool)
        self._may_begin[offers.host_ids] = True

    def write(self, states: Any, seed: int, num_words: int | None = None) -> Written:
        """One text; the same seed, the same text.

        Args:
            states: of what stands in front, one row.
            seed: 0 or more.
            num_words: after so many words it ends, with the mark that ends a sentence
                where the next token is one; None: where the paragraph ends, but not
                after more than `MOST_WORDS`. A contraction is one word.
        """
        generator = np.random.default_rng(seed)
        limit = num_words or MOST_WORDS
        completing = self._ends.union(self._offers.vocabulary.clitic_ids.tolist())
        ids: list[int] = []
        log_probability, words = 0.0, 0
        while len(ids) < _TOKENS_PER_WORD * limit:
            row = self._model.log_probabilities(states)[0].astype(np.float64)
            log_probabilities = _normalised(row, may_end=bool(ids))
            token_id = self._draw(log_probabilities, ids, generator)
            if words == limit and token_id not in completing:
                break  # only what belongs to the last word still counts
            if token_id == EOS and not ids:
                break  # there is nothing that may be written
            log_probability += float(log_probabilities[token_id])
            if token_id == EOS:
                break
            ids.append(token_id)
            if words == limit and token_id in self._ends:
                break
            words += self._begins_word(token_id)
            states = self._model.advance(states, np.array([token_id], np.int32))
        return Written(ids, log_probability)

    def _draw(
        self,
        log_probabilities: np.ndarray,
        ids: list[int],
        generator: np.random.Generator,
    ) -> int:
        """The next token; EOS where nothing else is left."""
        allowed = self._may_follow(ids)
        repeated = _would_repeat(ids, self._sampling.no_repeat)
        fresh = allowed.copy()
        fresh[[token_id for token_id in repeated if token_id != EOS]] = False
        if fresh.any():  # else repeating is all that is left
            allowed = fresh
        while allowed.any():
            choices = np.flatnonzero(allowed)
            shares = shares_to_draw_from(log_probabilities[choices], self._sampling)
            place = np.searchsorted(np.cumsum(shares), generator.random(), side="right")
            # The sum may end a rounding error below 1.
            token_id = int(choices[min(place, np.flatnonzero(shares)[-1])])
            if token_id == EOS or not self._is_blocked([*ids, token_id]):
                return token_id
            allowed[token_id] = False
        return EOS

    def _begins_word(self, token_id: int) -> bool:
        """Whether it is a word or half a contraction: no mark, no clitic."""
        place = self._places.get(token_id)
        if place is None:
            return False
        is_word = self._offers.vocabulary.is_suggestable[token_id]
        return bool(is_word or not self._offers.is_alone[place])

    def _may_follow(self, ids: list[int]) -> np.ndarray:
        """Bool [vocabulary_size]: what a person may write after these tokens."""
        if not ids:
            return self._may_begin.copy()
        place = self._places.get(ids[-1])
        if place is None or self._offers.is_alone[place]:
            allowed = self._may_begin.copy()
            allowed[EOS] = True
        else:  # half a contraction
            allowed = np.zeros_like(self._may_begin)
        if place is not None:
            joins = self._offers.may_join[place]
            allowed[self._offers.vocabulary.clitic_ids[joins]] = True
        return allowed


def _normalised(log_probabilities: np.ndarray, *, may_end: bool) -> np.ndarray:
    """The distribution over words and marks, and EOS where the text may end."""
    reserved = np.arange(len(RESERVED))
    row = log_probabilities.copy()
    row[reserved[(reserved != EOS) | (not may_end)]] = -np.inf
    largest = row.max()
    return row - largest - np.log(np.exp(row - largest).sum())


def shares_to_draw_from(
    log_probabilities: np.ndarray, sampling: Sampling
) -> np.ndarray:
    """What is drawn with which probability: first sharpened, then cut off.

    Args:
        log_probabilities: float64 [n], nats; any common term is ignored.
        sampling: temperature, then the best `top_k`, then the best `top_p` of these.

    Returns:
        float64 [n], which sum to 1.

    Example:
        >>> third = np.log([0.5, 0.3, 0.2])
        >>> shares_to_draw_from(third, Sampling(top_p=0.8, temperature=1.0)).round(3)
        array([0.625, 0.375, 0.   ])
    """
    scaled = log_probabilities / sampling.temperature
    shares = np.exp(scaled - scaled.max())
    order = np.argsort(-shares, kind="stable")  # ties go by id
    if sampling.top_k:
        shares[order[sampling.top_k :]] = 0.0
    shares /= shares.sum()
    before = np.cumsum(shares[order]) - shares[order]  # of the likelier ones
    shares[order[before >= sampling.top_p]] = 0.0
    return shares / shares.sum()


def _would_repeat(ids: Sequence[int], length: int) -> list[int]:
    """What would end a run of `length` tokens that stands in `ids` already.

    Example:
        >>> _would_repeat([1, 2, 3, 1, 2], 3), _would_repeat([1, 2], 0)
        ([3], [])
    """
    if not 0 < length <= len(ids):
        return []
    last = list(ids[len(ids) - length + 1 :])
    starts = range(len(ids) - length + 1)
    return [
        ids[i + length - 1] for i in starts if list(ids[i : i + length - 1]) == last
    ]
