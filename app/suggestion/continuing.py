"""The end of a text: its last word finished, phrases to offer, text written on.

The tokens of a text go in; what may follow leaves as a person writes it, with its
probability. Finding it is the work of `half_typed`, `phrases` and `sampling`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from app.errors import UserError
from app.language.contract import LanguageModel
from app.settings.sampling import Sampling
from app.suggestion.block_list import BlockList
from app.suggestion.decoding import Suggestion, beginning_a_sentence, read_context
from app.suggestion.half_typed import Finisher, with_capital_of
from app.suggestion.offers import Offers
from app.suggestion.phrases import MOST_WORDS, best_phrases, find_phrases
from app.suggestion.sampling import Writer
from app.suggestion.unknown_words import UnknownWords
from app.text.detokenizer import detokenize
from app.text.sentences import begins_sentence

PHRASE_CONFIDENCE = 0.01
"""A phrase less likely than this is hardly worth reading, and few are missed: with a
third of it three phrases save as many keys (`tests/benchmarks/phrases.py`)."""

# Tokens in front that say whether a quotation mark opens or closes.
_LOOKED_BACK = 200


class Continuer:
    """Continues one text.

    Args:
        model: only the contract is used.
        tokens: the text, as written.
        ids: int32 [tokens], the same.
        offers: what may stand next.
        inside: what may stand behind that, marks too.
        block_list: words and phrases that are not written.
        names: words that the vocabulary lacks and that were met in other texts.
    """

    def __init__(
        self,
        model: LanguageModel,
        tokens: Sequence[str],
        ids: np.ndarray,
        offers: Offers,
        inside: Offers,
        block_list: BlockList,
        names: Sequence[str] = (),
    ) -> None:
        self._model = model
        self._tokens = tokens
        self._offers = offers
        self._inside = inside
        self._block_list = block_list
        self._vocabulary = offers.vocabulary
        self._states = read_context(model, ids)
        self._unknown = UnknownWords.of(tokens, ids, names).without(
            lambda word: block_list.blocks(word, tokens)
        )

    @cached_property
    def _finisher(self) -> Finisher:
        return Finisher(self._model, self._offers, self._states, self._unknown)

    def finish(self, prefix: str, top: int, *, forgiving: bool) -> list[Suggestion]:
        """The likeliest words that begin with `prefix`; see `Finisher.finish`."""
        suggestions = self._finisher.finish(prefix, top, forgiving=forgiving)
        if self._vocabulary.pretokenized or not begins_sentence(self._tokens):
            return suggestions
        return beginning_a_sentence(suggestions)

    def phrases(
        self, num_words: int, confidence: float, top: int, prefix: str = ""
    ) -> list[Suggestion]:
        """The best phrases, the best first; see `Phrase.score`.

        Args:
            num_words: most words of a phrase.
            confidence: the least probability of a phrase.
            top: how many; fewer come back where fewer are likely enough.
            prefix: what is typed of the first word. Probabilities are given that it
                was; words that the vocabulary lacks begin no phrase.

        Raises:
            UserError: so long phrases are not searched.
        """
        if num_words > MOST_WORDS:
            raise UserError(
                f"Phrases have at most {MOST_WORDS} words, but {num_words} are asked "
                "for. Ask for fewer, or let the text be written on: --sample."
            )
        first, log_total = self._offers, 0.0
        if prefix:
            first, log_total = self._finisher.fitting(prefix)
        found = find_phrases(
            self._model,
            self._states,
            first,
            self._inside,
            num_words=num_words,
            threshold=confidence,
            log_prior=-log_total,
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
        return self._block_list.ends([*self._tokens[-_LOOKED_BACK:], *written])

    def _suggestion(
        self, token_ids: Sequence[int], log_probability: float
    ) -> Suggestion:
        """What tokens are behind the text, as a person writes them there."""
        written = [self._vocabulary.written[i] for i in token_ids]
        if self._vocabulary.pretokenized:
            text = " ".join(written)
        else:
            text = detokenize(written, after=self._tokens[-_LOOKED_BACK:])
        # float32 may leave what is certain a rounding error above 1.
        return Suggestion(text, min(1.0, math.exp(log_probability)))
