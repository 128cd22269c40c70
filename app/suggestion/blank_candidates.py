"""Which words are tried in a blank, and how good they are before the text is read on.

A beam of hypotheses about the blanks to the left enters; candidates with the log-
scores of the hypotheses that they make leave. They are the likeliest after what stands
to the left, with those that the two-sided network proposes where there is one; or the
words that the user named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.language.contract import LanguageModel, select_rows
from app.language.two_sided import Between
from app.suggestion.both_sides import SHARE, fits, proposals
from app.suggestion.decoding import (
    Candidate,
    Suggestion,
    best_indices,
    expand,
    suggest,
    token_priors,
)
from app.suggestion.hypotheses import Beam, by_length, rows_and_ids
from app.suggestion.offers import Offers
from app.text.vocabulary import OOV

# Candidates examined for one blank.
BEAM = 256

# Continuations of each hypothesis after the first blank.
PER_HYPOTHESIS = 32

# Words that the two-sided network proposes. On a held-out novel the right word was
# among the 256 of the language model in 76 % of the blanks, and in 80 % among those
# and 128 of the two-sided network.
PROPOSED = 128


class Blank(NamedTuple):
    """What may stand in a blank.

    Attributes:
        offers: the words.
        is_half_given: letters of the word stand beside the blank, so that `offers` are
            all the words that are asked for.
    """

    offers: Offers
    is_half_given: bool = False


class Given(NamedTuple):
    """A candidate that the user named.

    Attributes:
        word: as the user spelled it.
        token_ids: its tokens, at least one; OOV where unknown.
    """

    word: str
    token_ids: tuple[int, ...]


class Tried(NamedTuple):
    """Candidates, and float64 log-scores of the hypotheses that they make, nats."""

    candidates: list[Candidate]
    log_scores: np.ndarray


class Search:
    """Finds candidates for one blank.

    Args:
        model: only the contract is used.
        blank: what may stand there.
        beam: the hypotheses about the blanks to its left.
        between: what the two-sided network says, where there is one.

    Attributes:
        weight: of the model's log-probabilities in log-scores.
    """

    def __init__(
        self, model: LanguageModel, blank: Blank, beam: Beam, between: Between | None
    ) -> None:
        self.weight = 1.0 if between is None else 1.0 - SHARE
        self._model = model
        self._blank = blank
        self._vocabulary = blank.offers.vocabulary
        self._beam = beam
        self._between = between
        # With these begin the log-priors of candidates: as if the model alone had
        # made the log-scores.
        self._log_priors = beam.log_scores / self.weight
        self._of_rows = beam.log_scores - np.logaddexp.reduce(beam.log_scores)

    def next_words(self, top: int) -> list[Suggestion]:
        """The likeliest words where nothing stands to the right; `beam` has one row.

        Probabilities are over all words, or over those that fit a half-given blank.
        """
        model, offers, states = self._model, self._blank.offers, self._beam.states
        if not self._blank.is_half_given:
            return suggest(model, offers, states, top)
        tried = expand(model, offers, states, np.zeros(1), count=max(top, BEAM))
        everything = self._everything(tried)
        return [
            Suggestion(it.word, min(1.0, float(np.exp(it.log_prior) / everything)))
            for it in tried[:top]
        ]

    def try_words(self) -> Tried:
        """The likeliest words after the hypotheses."""
        model, offers, states = self._model, self._blank.offers, self._beam.states
        each = BEAM if len(self._log_priors) == 1 else PER_HYPOTHESIS
        log_priors = self._log_priors
        tried = expand(model, offers, states, log_priors, count=BEAM, per_row=each)
        if self._between is not None:
            known = {(it.row, it.token_ids) for it in tried}
            each = min(each, PROPOSED)
            found = proposals(model, offers, states, log_priors, self._between, each)
            tried += [it for it in found if (it.row, it.token_ids) not in known]
        log_scores = self._pooled(tried)
        best = best_indices(log_scores, BEAM)
        return Tried([tried[i] for i in best], log_scores[best])

    def try_given(self, given: Sequence[Given]) -> Tried:
        """The given candidates after every hypothesis, the best by their first token.

        The first blank keeps all of them. Those of the same tokens are tried once, so
        that no rounding error tells them apart, and have the score of all together.
        """
        counts = Counter(it.token_ids for it in given)
        begun = self._begun(list(counts), max(BEAM, len(given)))
        finished: list[Candidate] = []
        for group in by_length(begun):
            finished += self._finished([begun[i] for i in group])
        num_alike = [counts[it.token_ids] for it in finished]
        return Tried(finished, self._pooled(finished) + np.log(num_alike))

    def try_unknown(self) -> Tried:
        """A word without a name after every hypothesis, where none may be offered."""
        unknown = [
            Candidate("", (OOV,), prior, row)
            for row, prior in enumerate(self._log_priors.tolist())
        ]
        return Tried(unknown, self._beam.log_scores)

    def unexamined(self, tried: Sequence[Candidate]) -> float:
        """The share of the prior probability that is on words not tried.

        Of all words; of those that fit where the blank is half given. A contraction
        lies inside the share of its host: where that is counted too, it is not counted
        again. "won't" is, because "wo" alone is no word.
        """
        alone = [it for it in tried if len(it.token_ids) == 1]
        hosts = {(it.row, *it.token_ids) for it in alone}
        joined = [
            it
            for it in tried
            if len(it.token_ids) > 1 and (it.row, it.token_ids[0]) not in hosts
        ]
        examined = self._prior(alone) + self._prior(joined)
        return max(0.0, 1.0 - examined / self._everything(tried))

    def _everything(self, tried: Sequence[Candidate]) -> float:
        """The prior probability of all that is asked for.

        Contractions that fit a half-given blank without their host count where they
        were tried; the rest of them is less likely than `BEAM` other words.
        """
        if not self._blank.is_half_given:
            return 1.0
        offers = self._blank.offers
        words = offers.host_ids[offers.is_alone]
        every_row = np.tile(words, (len(self._log_priors), 1))
        priors = token_priors(self._model, self._beam.states, every_row)
        of_words = float(np.exp(self._of_rows[:, None] + priors).sum())
        known = set(words.tolist())
        bound = [it for it in tried if it.token_ids[0] not in known]
        return of_words + self._prior(bound)

    def _prior(self, candidates: Sequence[Candidate]) -> float:
        """The probability of candidates after what stands to the left."""
        rows = np.array([it.row for it in candidates], np.intp)
        priors = np.array([it.log_prior for it in candidates])
        return float(np.exp((self._of_rows - self._log_priors)[rows] + priors).sum())

    def _pooled(self, candidates: Sequence[Candidate]) -> np.ndarray:
        """float64 [candidates]: the model's share in the log-scores, and Q's."""
        log_scores = self.weight * np.array([it.log_prior for it in candidates])
        if self._between is not None and candidates:
            log_scores += SHARE * fits(self._between, candidates, self._log_oov_types)
        return log_scores

    @property
    def _log_oov_types(self) -> float:
        """OOV's probability is that of all the words that the vocabulary left out."""
        return float(np.log(max(1, self._vocabulary.oov_types)))

    def _begun(self, words: Sequence[tuple[int, ...]], count: int) -> list[Candidate]:
        """The `count` best of some words after every hypothesis, by their beginnings.

        Their log-priors are those of the first tokens so far.
        """
        firsts = np.array([word[0] for word in words], np.int32)
        every_row = np.tile(firsts, (len(self._log_priors), 1))
        priors = self._log_priors[:, None] + self._token_priors(
            self._beam.states, every_row
        )  # [hypotheses, words]
        kept = best_indices(priors.ravel(), count)
        return [
            Candidate("", words[column], float(priors[row, column]), int(row))
            for row, column in zip(*np.divmod(kept, len(words)), strict=True)
        ]

    def _finished(self, group: Sequence[Candidate]) -> list[Candidate]:
        """Candidates of equal length with the log-priors of all their tokens."""
        rows, token_ids = rows_and_ids(group)
        log_priors = np.array([it.log_prior for it in group])
        states = select_rows(self._beam.states, rows) if token_ids[0, 1:].size else None
        for place in range(1, token_ids.shape[1]):
            states = self._model.advance(states, token_ids[:, place - 1])
            now = token_ids[:, place : place + 1]
            log_priors += self._token_priors(states, now)[:, 0]
        return [
            it._replace(log_prior=prior)
            for it, prior in zip(group, log_priors.tolist(), strict=True)
        ]

    def _token_priors(self, states: object, token_ids: np.ndarray) -> np.ndarray:
        """`token_priors`, where OOV is one word and not all that it stands for."""
        priors = token_priors(self._model, states, token_ids)
        return priors - self._log_oov_types * (token_ids == OOV)
