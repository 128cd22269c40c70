"""Phrases: several words at once that may follow a text, found by beam search.

States and what may be offered go in, ranked token ids come out; the module knows no
text. A phrase is made of units: words, contractions and marks. All phrases of so many
units are compared with each other, and the likeliest are continued by one more:

    other  .62   ->   other hand  .55   ->   other hand ,   .41
    first  .03        other side  .03        other side of  .02
    end    .02        end of      .02        end of the     .02

None is continued behind a mark that ends a sentence, beyond as many words as asked
for, or where it is less likely than the threshold. Of all that were found on the way
those with the best scores are offered; of "other", "other hand" and "other hand, the",
each of which says what the shorter ones do, only the best.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel, join_rows, read, select_rows
from app.suggestion.decoding import Candidate, expand, token_priors
from app.suggestion.offers import Offers
from app.text.sentences import SENTENCE_ENDS
from app.text.vocabulary import EOS

# Phrases that are continued together. Those of as many units exclude each other (but
# for "it", which holds "it's"), so at most 2 / threshold of them are as likely as the
# threshold: from 0.03 on the search misses none.
BEAM = 64

MOST_WORDS = 20
"""More of them in a row are never likely enough, and cost 30 ms each."""

# Text has 1.2 words and marks for each word.
_UNITS_PER_WORD = 2

Unit = tuple[int, ...]
"""The token ids of a word, a contraction or a mark."""


class Phrase(NamedTuple):
    """What may stand next.

    Attributes:
        units: its words, contractions and marks.
        num_words: how many of them are no marks.
        log_probability: of all its tokens after what stands before, nats.
    """

    units: tuple[Unit, ...]
    num_words: int
    log_probability: float

    @property
    def score(self) -> float:
        """The logarithm of how many units it is expected to give; ranks phrases.

        By the probability alone the shortest would always come first. Times the
        length, a phrase goes on as long as a further unit gives more than the risk
        that it is wrong takes: to two where the second is likelier than 1/2, to three
        where the third is likelier than 2/3. On the patents three phrases so chosen
        save 14 % more keys than three words, with the length penalty of Wu et al. 2016
        5 %, with the mean log-probability nothing (`tests/benchmarks/phrases.py`).
        """
        return self.log_probability + math.log(len(self.units))

    @property
    def token_ids(self) -> list[int]:
        """What the model reads when the phrase is taken."""
        return list(itertools.chain(*self.units))


class _Level(NamedTuple):
    """Phrases of as many units.

    Attributes:
        phrases: all that are likely enough, the likeliest first.
        open_phrases: those that may be continued, in the order of `states`.
        states: after them, [open_phrases].
    """

    phrases: list[Phrase]
    open_phrases: list[Phrase]
    states: Any


def find_phrases(
    model: LanguageModel,
    states: Any,
    first: Offers,
    following: Offers,
    *,
    num_words: int,
    threshold: float = 0.0,
    log_prior: float = 0.0,
) -> list[Phrase]:
    """All phrases of up to `num_words` words that the search meets.

    Args:
        model: only the contract is used.
        states: one row.
        first: what a phrase may begin with.
        following: what it may go on with; marks are among it as a rule.
        num_words: most words of a phrase; a contraction is one, a mark none. One of
            so many words ends with the last of them.
        threshold: the least probability of a phrase. With 0 the beam alone decides.
        log_prior: added to the log-probability of every phrase, nats.

    Returns:
        Phrases with their probabilities among everything that may stand next but the
        reserved ids; after the first word the paragraph may also end. They end with a
        word or the end of a sentence; by itself a mark is one if it may be first.
    """
    search = _Search(model, num_words, threshold)
    level = search.begin(states, first, log_prior)
    found = level.phrases
    for _ in range(_UNITS_PER_WORD * num_words - 1):
        if not level.open_phrases:
            break
        level = search.go_on(level, following)
        found += [it for it in level.phrases if _is_whole(it, following)]
    return found


def best_phrases(
    phrases: Iterable[Phrase],
    count: int,
    score: Callable[[Phrase], float] = lambda phrase: phrase.score,
) -> list[Phrase]:
    """The `count` best; of those that begin with each other only the best.

    Of scores that are equal up to rounding errors that of more units comes first, so
    that what is sure is shown to its end; then token ids decide.
    """

    def place(phrase: Phrase) -> tuple[float, int, tuple[Unit, ...]]:
        return -round(score(phrase), 5), -len(phrase.units), phrase.units

    best: list[Phrase] = []
    for phrase in sorted(phrases, key=place):
        if len(best) < count and not any(_is_nested(phrase, it) for it in best):
            best.append(phrase)
    return best


class _Search:
    """The steps of the search.

    Args:
        model: only the contract is used.
        num_words: most words of a phrase.
        threshold: the least probability of one.
    """

    def __init__(self, model: LanguageModel, num_words: int, threshold: float) -> None:
        self._model = model
        self._num_words = num_words
        self._floor = math.log(threshold) if threshold > 0 else -math.inf

    def begin(self, states: Any, offers: Offers, log_prior: float) -> _Level:
        """The phrases of one unit."""
        nothing = Phrase((), 0, log_prior)
        return self._grow([nothing], states, np.array([log_prior]), offers)

    def go_on(self, level: _Level, offers: Offers) -> _Level:
        """The phrases of one unit more."""
        so_far = np.array([it.log_probability for it in level.open_phrases])
        end = np.full((len(so_far), 1), EOS)
        # Relative to all words together, which share 1 with it.
        log_odds = token_priors(self._model, level.states, end)[:, 0]
        goes_on = -np.logaddexp(0.0, log_odds.astype(np.float64))
        return self._grow(level.open_phrases, level.states, so_far + goes_on, offers)

    def _grow(
        self,
        phrases: list[Phrase],
        states: Any,
        log_priors: np.ndarray,
        offers: Offers,
    ) -> _Level:
        """The likeliest ways to go on from some phrases."""
        taken = expand(self._model, offers, states, log_priors, count=BEAM)
        taken = [it for it in taken if it.log_prior >= self._floor]
        grown = [_join(phrases[it.row], it, offers) for it in taken]
        is_open = [
            it.num_words < self._num_words and not _ends_sentence(it, offers)
            for it in grown
        ]
        # Those with as many tokens in their last unit are read together.
        rows = sorted(np.flatnonzero(is_open), key=lambda i: len(grown[i].units[-1]))
        parts = []
        for _, group in itertools.groupby(rows, lambda i: len(grown[i].units[-1])):
            some = [taken[i] for i in group]
            before = select_rows(states, np.array([it.row for it in some]))
            ids = np.array([it.token_ids for it in some], np.int32)
            parts.append(read(self._model, before, ids))
        after = join_rows(parts) if parts else None
        return _Level(grown, [grown[i] for i in rows], after)


def _join(phrase: Phrase, candidate: Candidate, offers: Offers) -> Phrase:
    """The phrase with a candidate behind it."""
    is_word = _is_word(candidate.token_ids, offers)
    return Phrase(
        (*phrase.units, candidate.token_ids),
        phrase.num_words + is_word,
        candidate.log_prior,
    )


def _is_word(unit: Unit, offers: Offers) -> bool:
    """Whether it is no mark."""
    return len(unit) > 1 or bool(offers.vocabulary.is_suggestable[unit[0]])


def _ends_sentence(phrase: Phrase, offers: Offers) -> bool:
    return offers.vocabulary.tokens[phrase.units[-1][-1]] in SENTENCE_ENDS


def _is_whole(phrase: Phrase, offers: Offers) -> bool:
    """Whether a person may stop there; not so behind a comma."""
    return _is_word(phrase.units[-1], offers) or _ends_sentence(phrase, offers)


def _is_nested(one: Phrase, other: Phrase) -> bool:
    """Whether one of two phrases begins with the other."""
    return all(mine == its for mine, its in zip(one.units, other.units, strict=False))
