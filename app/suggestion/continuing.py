"""Several words after a text: phrases to offer, and text written on.

The tokens of a text go in; what may follow leaves as a person writes it, with its
probability. Finding it is the work of `phrases` and `sampling`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.language.contract import LanguageModel
from app.settings.sampling import Sampling
from app.suggestion.block_list import BlockList
from app.suggestion.decoding import Suggestion
from app.suggestion.half_typed import Finisher, with_capital_of
from app.suggestion.offers import Offers
from app.suggestion.phrases import best_phrases, find_phrases
from app.suggestion.sampling import Writer
from app.text.detokenizer import detokenize

PHRASE_CONFIDENCE = 0.01
"""A phrase less likely than this is hardly worth reading, and few are missed: with a
third of it three phrases save as many keys (`tests/benchmarks/phrases.py`)."""

# Tokens in front that say whether a quotation mark opens or closes.
_LOOKED_BACK = 200


class Continuer:
    """Continues one text.

    Args:
        model: only the contract is used.
        states: of the model after the text, one row.
        tokens: the text, as written.
        first: what may stand next.
        inside: what may stand behind that, marks too.
        block_list: words and phrases that are not written.
    """

    def __init__(
        self,
        model: LanguageModel,
        states: Any,
        tokens: Sequence[str],
        first: Offers,
        inside: Offers,
        block_list: BlockList,
    ) -> None:
        self._model = model
        self._before = tokens[-_LOOKED_BACK:]
        self._first = first
        self._inside = inside
        self._block_list = block_list
        self._vocabulary = inside.vocabulary
        self._states = states

    def phrases(
        self,
        num_words: int,
        confidence: float,
        top: int,
        finisher: Finisher | None = None,
        prefix: str = "",
    ) -> list[Suggestion]:
        """The best phrases, the best first; see `Phrase.score`.

        Args:
            num_words: most words of a phrase.
            confidence: the least probability of a phrase.
            top: how many; fewer come back where fewer are likely enough.
            finisher: of the word being typed, where there is one.
            prefix: what is typed of it. Probabilities are then given that it was.
        """
        first, log_prior = self._first, 0.0
        if finisher and prefix:
            first, log_total = finisher.fitting(prefix)
            log_prior = -log_total
        found = find_phrases(
            self._model,
            self._states,
            first,
            self._inside,
            num_words=num_words,
            threshold=confidence,
            log_prior=log_prior,
        )
        allowed = [it for it in found if not self._is_blocked(it.token_ids)]
        suggestions = [
            self._suggestion(phrase.token_ids, phrase.log_probability)
            for phrase in best_phrases(allowed, top)
        ]
        return with_capital_of(prefix, suggestions)

    def write_on(
        self, sampling: Sampling, *, seed: int, num_words: int | None, count: int
    ) -> list[Suggestion]:
        """Texts that may follow, in the order in which they were drawn.

        Args:
            sampling: how to draw.
            seed: of the first text; the next ones have the next numbers.
            num_words: see `Writer.write`.
            count: how many texts.
        """
        writer = Writer(self._model, self._inside, sampling, self._ends_blocked)
        drawn = [writer.write(self._states, seed + i, num_words) for i in range(count)]
        return [self._suggestion(it.token_ids, it.log_probability) for it in drawn]

    def _is_blocked(self, token_ids: Sequence[int]) -> bool:
        """Whether a blocked phrase ends anywhere in what follows the text."""
        return any(
            self._ends_blocked(token_ids[:n]) for n in range(1, len(token_ids) + 1)
        )

    def _ends_blocked(self, token_ids: Sequence[int]) -> bool:
        written = self._vocabulary.decode(token_ids)
        return self._block_list.ends([*self._before, *written])

    def _suggestion(
        self, token_ids: Sequence[int], log_probability: float
    ) -> Suggestion:
        """What tokens are behind the text, as a person writes them there."""
        written = [self._vocabulary.written[i] for i in token_ids]
        if self._vocabulary.pretokenized:
            text = " ".join(written)
        else:
            text = detokenize(written, after=self._before)
        # float32 may leave what is certain a rounding error above 1.
        return Suggestion(text, min(1.0, math.exp(log_probability)))
