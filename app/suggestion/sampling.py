"""Writing on: what may follow a text, drawn word by word from a model.

States go in, token ids come out; the module knows no text. Each token is drawn from the
model's probabilities, with the improbable left out, because the tail of a model's
distribution is where it knows least, and text drawn from all of it falls apart
(Holtzman et al. 2020, The curious case of neural text degeneration). What no person
would write is not drawn at all: reserved ids, a clitic without a word before it, what is
left of "won't" without its "n't".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel
from app.settings.sampling import Sampling
from app.text.sentences import SENTENCE_ENDS
from app.text.tokenizer import BOUND_HOSTS, CLITICS
from app.text.vocabulary import EOS, RESERVED, Vocabulary

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
        vocabulary: says what is a word and what is part of one.
        sampling: how to draw.
    """

    def __init__(
        self,
        model: LanguageModel,
        vocabulary: Vocabulary,
        sampling: Sampling,
    ) -> None:
        self._model = model
        self._sampling = sampling
        ids = {token: i for i, token in enumerate(vocabulary.tokens)}
        self._ends = [ids[mark] for mark in SENTENCE_ENDS if mark in ids]
        self._clitics = vocabulary.clitic_ids.tolist()
        negation = ids.get(CLITICS[0])
        hosts = [] if vocabulary.pretokenized else [ids.get(h) for h in BOUND_HOSTS]
        self._bound_hosts = [host for host in hosts if host is not None]
        self._is_word = vocabulary.is_suggestable.copy()
        self._is_word[self._bound_hosts] = True

        at_the_beginning = np.ones(vocabulary.size, bool)
        at_the_beginning[: len(RESERVED)] = False
        at_the_beginning[self._clitics] = False
        if negation is None:
            at_the_beginning[self._bound_hosts] = False
        self._at_the_beginning = at_the_beginning
        self._after_mark = at_the_beginning.copy()
        self._after_mark[EOS] = True
        self._after_word = self._after_mark.copy()
        self._after_word[self._clitics] = True
        self._after_bound_host = np.zeros(vocabulary.size, bool)
        if negation is not None:
            self._after_bound_host[negation] = True

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
        ids: list[int] = []
        log_probability, words = 0.0, 0
        while len(ids) < _TOKENS_PER_WORD * limit:
            row = self._model.log_probabilities(states)[0].astype(np.float64)
            log_probabilities = _normalised(row, may_end=bool(ids))
            token_id = self._draw(log_probabilities, ids, generator)
            is_end_mark = token_id in self._ends
            if words == limit and not (is_end_mark or token_id in self._clitics):
                break  # only what belongs to the last word still counts
            log_probability += float(log_probabilities[token_id])
            if token_id == EOS:
                break
            ids.append(token_id)
            if words == limit and is_end_mark:
                break
            words += int(self._is_word[token_id])
            states = self._model.advance(states, np.array([token_id], np.int32))
        return Written(ids, log_probability)

    def _draw(
        self,
        log_probabilities: np.ndarray,
        ids: list[int],
        generator: np.random.Generator,
    ) -> int:
        """The next token."""
        allowed = self._may_follow(ids)
        repeated = _would_repeat(ids, self._sampling.no_repeat)
        fresh = allowed.copy()
        fresh[[token_id for token_id in repeated if token_id != EOS]] = False
        if fresh.any():  # else repeating is all that is left
            allowed = fresh
        choices = np.flatnonzero(allowed)
        shares = shares_to_draw_from(log_probabilities[choices], self._sampling)
        place = np.searchsorted(np.cumsum(shares), generator.random(), side="right")
        # The sum may end a rounding error below 1.
        return int(choices[min(place, np.flatnonzero(shares)[-1])])

    def _may_follow(self, ids: list[int]) -> np.ndarray:
        """Bool [vocabulary_size]: what a person may write after these tokens."""
        if not ids:
            return self._at_the_beginning
        if ids[-1] in self._bound_hosts:
            return self._after_bound_host
        return self._after_word if self._is_word[ids[-1]] else self._after_mark


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
