"""Words that are half typed: what has been typed so far decides which words fit.

What depends on the place in the text alone (the next-word distribution, the words that
may continue as contractions, the unknown words of the text) is worked out once, in a
`Finisher`; a key pressed inside the word then costs a look-up.

Let P be the model's probabilities after the text in front, and F what fits the prefix:

    Z = sum of P(word)               over the words of one token in F
      + sum of P(host) P(clitic)     over contractions in F whose host is not in F
      + P(OOV) * sum of share(word)  over unknown words of the text in F

Z is the probability that the next word begins with the prefix, and P / Z what is
answered: the probability of a word, given that its prefix was typed. A contraction
whose host fits too lies inside the share of its host ("it" stays right when "'s"
follows), so it is offered, but not added to Z a second time. Those of nouns are not
offered before the apostrophe is typed: "London's" would take a place from another word,
and the model a millisecond for each noun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from app.language.contract import LanguageModel, branch
from app.suggestion.decoding import MARGIN, Candidate, Suggestion, suggest
from app.suggestion.next_tokens import (
    best_indices,
    next_log_probabilities,
    prior_bounds,
    token_priors,
)
from app.suggestion.offers import Offers
from app.suggestion.typing_errors import keys_one_error_away
from app.suggestion.unknown_words import UnknownWords
from app.text.folding import without_case_and_accents
from app.text.sentences import capitalised
from app.text.tokenizer import HOSTS
from app.text.vocabulary import OOV

# With fewer letters, one error away means nearly every word.
_FEWEST_LETTERS = 3

# Words of which contractions are as usual as they are: it's, don't, let's.
OFTEN_JOINED = {"let", "here"}.union(*HOSTS.values())


class Finisher:
    """Finishes the word that is being typed at one place of a text.

    Args:
        model: only the contract is used.
        offers: what may be offered.
        states: of the model after the text in front of the word, one row.
        unknown: the words of the text that the vocabulary does not know.
        log_probabilities: float32 [vocabulary_size], nats, of the next token,
            normalised over the unreserved ids; worked out where not given.
    """

    def __init__(
        self,
        model: LanguageModel,
        offers: Offers,
        states: Any,
        unknown: UnknownWords | None = None,
        log_probabilities: np.ndarray | None = None,
    ) -> None:
        self.offers = offers
        self._model = model
        self._states = states
        self._unknown = UnknownWords(()) if unknown is None else unknown
        self._clitic_priors: dict[int, np.ndarray] = {}
        self._clitic_bounds: dict[int, np.ndarray] = {}
        self._known_next_words: dict[int, list[Suggestion]] = {}
        if log_probabilities is not None:
            self.__dict__["log_probabilities"] = log_probabilities

    @cached_property
    def log_probabilities(self) -> np.ndarray:
        """float32 [vocabulary_size], nats, normalised over the unreserved ids."""
        return next_log_probabilities(self._model, self._states)[0]

    def finish(
        self, prefix: str, count: int, *, forgiving: bool = False
    ) -> list[Suggestion]:
        """The `count` likeliest words that begin with `prefix`, the likeliest first.

        They have the first letter of `prefix` as a capital if it is one. Without a
        prefix these are the next words, and unknown ones are not among them.

        Args:
            prefix: fits up to case and accents.
            count: how many words; fewer come back when fewer fit.
            forgiving: where nothing fits, take what would with one letter too many,
                missing, wrong or swapped with its neighbour.
        """
        key = without_case_and_accents(prefix)
        if not key:
            return self._next_words(count)
        offers, unknown = self._fitting([key])
        if forgiving and not offers and not unknown:
            offers, unknown = self._fitting(self._one_error_away(key))
        if not offers and not unknown:
            return []
        suggestions = self._ranked(offers, unknown, count)
        return with_capital_of(prefix, suggestions)

    def fitting(self, prefix: str) -> tuple[Offers, float]:
        """The offers that begin with `prefix`, and log Z, which is -inf if none does.

        Unknown words are a part of Z and not of the offers.
        """
        keys = [without_case_and_accents(prefix)]
        if not keys[0]:
            return self.offers, 0.0
        offers, unknown = self._fitting(keys)
        priors, alone, found = self._apart(offers, unknown)
        return offers, _log_sum(priors[alone], found)

    def _next_words(self, count: int) -> list[Suggestion]:
        """The next words whatever they begin with; worked out once."""
        if count not in self._known_next_words:
            self._known_next_words[count] = suggest(
                self._model,
                self.offers,
                self._states,
                count,
                known=self.log_probabilities[None],
            )
        return list(self._known_next_words[count])

    def _fitting(self, keys: list[str]) -> tuple[Offers, dict[str, float]]:
        """What begins with any of some keys: offers, unknown words and shares."""
        unknown: dict[str, float] = {}
        for key in keys:
            unknown.update(self._unknown.starting_with(key))
        return self.offers.with_any_key(keys), unknown

    def _one_error_away(self, key: str) -> list[str]:
        """The keys one error away from `key` that some word begins with."""
        if len(key) < _FEWEST_LETTERS:
            return []
        of_unknown = self._unknown.letters()
        return keys_one_error_away(
            key,
            lambda head: self.offers.letters_after(head) | of_unknown,
            lambda head: any(map(bool, self._fitting([head]))),
        )

    def _ranked(
        self,
        offers: Offers,
        unknown: dict[str, float],
        count: int,
    ) -> list[Suggestion]:
        """The likeliest of the words that fit."""
        priors, alone, found = self._apart(offers, unknown)
        log_total = _log_sum(priors[alone], found)
        best = alone[best_indices(priors[alone], count)]
        for place in best:
            ids = (int(offers.host_ids[place]),)
            found.append(Candidate(offers.write(ids), ids, float(priors[place])))
        # A contraction is never likelier than its host, so no other can bring one in.
        found.sort(key=lambda it: -it.log_prior)
        enough = found[count - 1].log_prior if len(found) >= count else -np.inf
        best = best[priors[best] >= enough]
        tokens = offers.vocabulary.decode(offers.host_ids[best].tolist())
        best = best[[token in OFTEN_JOINED for token in tokens]]
        found += self._contractions(offers, best, enough)
        found.sort(key=lambda it: (-it.log_prior, it.token_ids, it.word))
        shares: dict[str, Suggestion] = {}  # an unknown word may be a known one in case
        for it in found:
            share = float(np.exp(it.log_prior - log_total))
            word, so_far = shares.get(it.word.lower(), Suggestion(it.word, 0.0))
            shares[word.lower()] = Suggestion(word, min(1.0, so_far + share))
        return sorted(shares.values(), key=lambda it: -it.probability)[:count]

    def _apart(
        self, offers: Offers, unknown: dict[str, float]
    ) -> tuple[np.ndarray, np.ndarray, list[Candidate]]:
        """Words of which none lies inside the share of another.

        Returns:
            Of all hosts the log-priors, float64 [hosts], nats; the places of those
            that are words alone; contractions of the other hosts, and unknown words.
        """
        priors = self.log_probabilities[offers.host_ids].astype(np.float64)
        priors = offers.merge_cases(priors)
        alone = np.flatnonzero(offers.is_alone & (priors > -np.inf))
        found = self._contractions(offers, np.flatnonzero(~offers.is_alone))
        found += [
            Candidate(word, (OOV,), float(self.log_probabilities[OOV] + np.log(share)))
            for word, share in unknown.items()
        ]
        return priors, alone, found

    def _contractions(
        self, offers: Offers, places: np.ndarray, at_least: float = -np.inf
    ) -> list[Candidate]:
        """The words that some hosts make with a clitic.

        Args:
            offers: what may be offered.
            places: int [n], of the hosts in `offers`.
            at_least: log-prior of the least likely to be listed.
        """
        clitics = offers.vocabulary.clitic_ids
        if not clitics.size or not places.size:
            return []
        if at_least > -np.inf:
            places = places[self._may_reach(offers, places, at_least)]
            if not places.size:
                return []
        hosts = offers.host_ids[places]
        priors = self.log_probabilities[hosts, None].astype(np.float64)
        priors = priors + self._after(hosts, self._clitic_priors, token_priors)
        listed = offers.may_join[places] & (priors >= at_least)
        found = []
        for i, j in np.argwhere(listed).tolist():
            ids = (int(hosts[i]), int(clitics[j]))
            found.append(Candidate(offers.write(ids), ids, float(priors[i, j])))
        return found

    def _may_reach(
        self, offers: Offers, places: np.ndarray, at_least: float
    ) -> np.ndarray:
        """Bool [n]: whether a contraction can be so likely, by the bounds alone."""
        hosts = offers.host_ids[places]
        bounds = self._after(hosts, self._clitic_bounds, prior_bounds)
        bounds = bounds + self.log_probabilities[hosts, None]
        return (offers.may_join[places] & (bounds >= at_least - MARGIN)).any(axis=1)

    def _after(
        self,
        hosts: np.ndarray,
        known: dict[int, np.ndarray],
        ask: Callable[[LanguageModel, Any, np.ndarray], np.ndarray],
    ) -> np.ndarray:
        """What is known of every clitic after some hosts, float32 [hosts, clitics].

        Args:
            hosts: int32 [hosts], at least one.
            known: what was asked before; each host is asked about once.
            ask: `token_priors` or `prior_bounds`.
        """
        new = np.array([it for it in hosts.tolist() if it not in known], np.int32)
        if new.size:
            after = branch(self._model, self._states, np.zeros(len(new), np.intp), new)
            clitics = np.tile(self.offers.vocabulary.clitic_ids, (len(new), 1))
            found = ask(self._model, after, clitics)
            known.update(zip(new.tolist(), found, strict=True))
        return np.stack([known[it] for it in hosts.tolist()])


def _log_sum(log_priors: np.ndarray, found: list[Candidate]) -> float:
    """The logarithm of what words and candidates have together, nats."""
    parts = np.append(log_priors, [it.log_prior for it in found])
    largest = parts.max(initial=-np.inf)
    if largest == -np.inf:
        return largest
    return float(largest + np.log(np.exp(parts - largest).sum()))


def with_capital_of(prefix: str, suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The suggestions, with a capital where the first letter of `prefix` is one."""
    letter = next(filter(str.isalpha, prefix), "")
    if not letter.isupper():
        return list(suggestions)
    capital = []
    for it in suggestions:
        bare = it.word.lstrip("'#@")
        signs = it.word[: len(it.word) - len(bare)]
        capital.append(it._replace(word=signs + capitalised(bare)))
    return capital
