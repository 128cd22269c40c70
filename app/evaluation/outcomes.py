"""What a model makes of every target of a text: its loss, its rank, how sure it was.

Log-probabilities and targets enter, a piece at a time; one number of each kind a target
leaves. All figures, of the whole text or of a part of it, are
sums over these numbers. What is counted:

- Losses are over the vocabulary without PAD, BOS and BLANK; OOV is one word type.
- Ranks are among all ids but PAD, OOV, BOS and BLANK, word ranks among those that begin
  with a letter; an OOV target has none. Of two equally likely candidates the one with
  the lower id comes first.
- Letter ranks are among the words that begin with the letters typed so far.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from app.text.folding import without_case_and_accents
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, RESERVED, Vocabulary

NEVER_TARGETS = np.array([PAD, BOS, BLANK])
NEVER_CANDIDATES = np.array([PAD, OOV, BOS, BLANK])

# The rank of what is no candidate, or no word: right for no number of offers.
NEVER = np.iinfo(np.int32).max

_ZERO = np.zeros(1, np.int64)

# Letters typed of a word: what each of them is worth can be told up to here.
MOST_LETTERS = 4


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Of every target, in the order of the text.

    Attributes:
        losses: float64 [targets], nats.
        ranks: int32 [targets], from 1; `NEVER` where it is unknown.
        word_ranks: int32 [targets], from 1; `NEVER` where it is no known word.
        letter_ranks: int32 [targets, MOST_LETTERS], from 1, when 1 letter of it has
            been typed, 2, and so on; `NEVER` where it is no known word, or has no
            letter more.
        confidences: float32 [targets], the probability of the likeliest candidate.
    """

    losses: np.ndarray
    ranks: np.ndarray
    word_ranks: np.ndarray
    letter_ranks: np.ndarray
    confidences: np.ndarray

    @classmethod
    def empty(cls, num_targets: int) -> Outcomes:
        """Of so many targets, to be filled."""
        return cls(
            losses=np.empty(num_targets),
            ranks=np.empty(num_targets, np.int32),
            word_ranks=np.empty(num_targets, np.int32),
            letter_ranks=np.empty((num_targets, MOST_LETTERS), np.int32),
            confidences=np.empty(num_targets, np.float32),
        )

    def put(self, places: np.ndarray, some: Outcomes) -> None:
        """Writes those of some targets to where they stand, int64 [rows]."""
        for field in fields(self):
            getattr(self, field.name)[places] = getattr(some, field.name)

    def at(self, places: np.ndarray) -> Outcomes:
        """Those of some targets: numbers, or a bool for each."""
        return Outcomes(*(getattr(self, field.name)[places] for field in fields(self)))

    def with_losses(self, losses: np.ndarray) -> Outcomes:
        """The same but for the losses, float64 [targets]."""
        return replace(self, losses=losses)


class Judge:
    """Compares predictions with what came.

    Args:
        vocabulary: of the predictions; knows which ids are words, and their letters.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._is_word = vocabulary.is_word
        # What competes with a word but is none; few, so they are cheaper to subtract
        # from a rank than the words are to count a second time.
        is_other = ~vocabulary.is_word
        is_other[NEVER_CANDIDATES] = False
        self._others = np.flatnonzero(is_other)
        self._vocabulary = vocabulary

    def outcomes(self, log_probabilities: np.ndarray, targets: np.ndarray) -> Outcomes:
        """What float32 [rows, vocabulary] make of int32 [rows] targets."""
        chosen = log_probabilities[np.arange(len(targets)), targets]
        lost = np.exp(log_probabilities[:, NEVER_TARGETS].astype(np.float64))
        # What a model gives to the never-targets is taken out, so it pays no price;
        # rounding must not make nothing of what is left.
        log_left = np.log(np.maximum(1.0 - lost.sum(axis=1), 1e-12))
        is_word = self._is_word[targets]
        rows = log_probabilities, targets, chosen
        better = _num_better(*rows) - _num_better_among(NEVER_CANDIDATES, *rows)
        better_words = better - _num_better_among(self._others, *rows)
        likeliest = np.maximum(
            log_probabilities[:, EOS], log_probabilities[:, len(RESERVED) :].max(axis=1)
        )
        return Outcomes(
            losses=log_left - chosen.astype(np.float64),
            ranks=np.where(targets == OOV, NEVER, better + 1).astype(np.int32),
            word_ranks=np.where(is_word, better_words + 1, NEVER).astype(np.int32),
            letter_ranks=self._letter_ranks(log_probabilities, targets, chosen),
            confidences=np.exp(likeliest - log_left).astype(np.float32),
        )

    def _letter_ranks(
        self, log_probabilities: np.ndarray, targets: np.ndarray, chosen: np.ndarray
    ) -> np.ndarray:
        """int32 [rows, MOST_LETTERS]."""
        spelling = self._spelling
        begins, ends = spelling.begins[targets], spelling.ends[targets]
        counts = np.zeros(begins.shape, np.int64)
        for row in np.flatnonzero(spelling.is_in[targets]).tolist():
            target, value, first = targets[row], chosen[row], begins[row, 0]
            # Who shares two letters shares the first one: one look at the widest range.
            ids = spelling.order[first : ends[row, 0]]
            values = log_probabilities[row, ids]
            is_better = (values > value) | ((values == value) & (ids < target))
            up_to = np.concatenate([_ZERO, np.cumsum(is_better)])
            counts[row] = up_to[ends[row] - first] - up_to[begins[row] - first]
        return np.where(ends > begins, 1 + counts, NEVER).astype(np.int32)

    @cached_property
    def _spelling(self) -> _Spelling:
        return _Spelling.of(self._vocabulary)


@dataclass(frozen=True, eq=False)
class _Spelling:
    """The words in the order of their letters: those with one beginning are a range.

    Attributes:
        order: int64 [words], ids.
        is_in: bool [vocabulary], whether it is a word of more than one letter.
        begins: int64 [vocabulary, MOST_LETTERS], where in `order` the words begin that
            share 1, 2, ... letters with this one.
        ends: int64 [vocabulary, MOST_LETTERS], exclusive; an empty range where the
            word has no letter more.
    """

    order: np.ndarray
    is_in: np.ndarray
    begins: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> _Spelling:
        """Of all words of a vocabulary, without case and accents."""
        ids = np.flatnonzero(vocabulary.is_word)
        keys = [without_case_and_accents(vocabulary.written[it]) for it in ids.tolist()]
        places = sorted(range(len(keys)), key=keys.__getitem__)
        order, keys = ids[places], [keys[place] for place in places]
        begins, ends = np.zeros((2, vocabulary.size, MOST_LETTERS), np.int64)
        for letters in range(1, MOST_LETTERS + 1):
            has_more = np.array([len(key) > letters for key in keys], bool)
            starts = np.array([key[:letters] for key in keys])
            first = np.searchsorted(starts, starts, "left")
            last = np.searchsorted(starts, starts, "right")
            begins[order, letters - 1] = first
            ends[order, letters - 1] = np.where(has_more, last, first)
        return cls(order, ends[:, 0] > begins[:, 0], begins, ends)


def _num_better(
    log_probabilities: np.ndarray, targets: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """int64 [rows]: how many ids come before the target.

    Those are the likelier ones, and the equally likely ones with a lower id. Comparing
    takes 3 us for a row of 20,000, sorting its ids (stably) 200 (1,200).

    Args:
        log_probabilities: float32 [rows, vocabulary].
        targets: int32 [rows].
        chosen: float32 [rows], the targets' log-probabilities.
    """
    counts = [
        np.count_nonzero(row[:target] >= value) + np.count_nonzero(row[target:] > value)
        for row, target, value in zip(log_probabilities, targets, chosen, strict=True)
    ]
    return np.array(counts, np.int64)


def _num_better_among(
    ids: np.ndarray,
    log_probabilities: np.ndarray,
    targets: np.ndarray,
    chosen: np.ndarray,
) -> np.ndarray:
    """The same among a few ids, int64 [num_ids]."""
    values, value = log_probabilities[:, ids], chosen[:, None]
    is_better = (values > value) | ((values == value) & (ids < targets[:, None]))
    return np.count_nonzero(is_better, axis=1)
