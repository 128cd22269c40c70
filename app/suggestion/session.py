"""A text that is being edited: next words after every key, without reading it again.

The whole text is set anew after each key, whatever it was: a letter, a deletion, a jump
of the caret, a replacement. Only what has changed is cut into tokens, and only tokens
that have changed are read; while a word is being typed, the place before it costs
nothing. The answers are those of a text that is read anew.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from app.language.contract import LanguageModel
from app.suggestion.decoding import (
    Suggestion,
    beginning_a_sentence,
    context_start,
    suggest,
)
from app.suggestion.next_tokens import next_log_probabilities
from app.suggestion.offers import Offers
from app.suggestion.readings import Readings
from app.text.characters import check_characters
from app.text.edited_text import EditedText
from app.text.sentences import begins_after_last
from app.text.tokenizer import Tokenizer


class Place:
    """A place of a text: what a model has read before it, and what it expects there.

    Args:
        model: only the contract is used.
        token_ids: int32 [tokens], the context: all that the model has read but BOS.
        states: after them, one row.
    """

    def __init__(
        self, model: LanguageModel, token_ids: np.ndarray, states: Any
    ) -> None:
        self._model = model
        self.token_ids = token_ids
        self.states = states

    @cached_property
    def log_probabilities(self) -> np.ndarray:
        """Of every next token, nats, normalised over the ids that are not reserved.

        float32 [vocabulary_size], read-only: it is computed once.
        """
        row = next_log_probabilities(self._model, self.states)[0]
        row.flags.writeable = False
        return row


class Session:
    """Suggests words at the caret of a text that changes with every key.

    Memory beside the text and its tokens: see `Readings`; and the log-probabilities at
    two places, 80 kB each with 20,000 words.

    Args:
        offers: says what may be offered, and how it is written.
        tokenizer: cuts text as the training text was cut.
        model: says what comes next.
    """

    def __init__(
        self, offers: Offers, tokenizer: Tokenizer, model: LanguageModel
    ) -> None:
        self._offers = offers
        self._tokenizer = tokenizer
        self._model = model
        self._edited = EditedText(tokenizer, offers.vocabulary)
        self._readings = Readings(model)
        self._places: list[Place] = []  # the last two asked for, the latest first
        self._caret = 0

    @property
    def text(self) -> str:
        """All of the text."""
        return self._edited.text

    @property
    def caret(self) -> int:
        """How many characters stand before the caret."""
        return self._caret

    def set(self, text: str, caret: int | None = None) -> None:
        """Tells what the text is now.

        Args:
            text: all of it.
            caret: characters before the caret; None: it stands at the end.

        Raises:
            UserError: `text` holds what is no character; the old text stays.
            ValueError: the caret is not in the text.
        """
        caret = len(text) if caret is None else caret
        if not 0 <= caret <= len(text):
            raise ValueError(f"the caret is at {caret}, the text ends at {len(text)}")
        if text != self.text:
            check_characters(text)
            self._edited.set(text)
        self._caret = caret

    def place(self, end: int | None = None) -> Place:
        """What the model knows after the first `end` characters; None: at the caret.

        The context is the same as that of a text that ends there.
        """
        end = self._caret if end is None else end
        token_ids = self._edited.ids_before(end)
        token_ids = token_ids[context_start(len(token_ids)) :]
        for place in self._places:
            if np.array_equal(place.token_ids, token_ids):
                return place
        place = Place(self._model, token_ids, self._readings.states(token_ids))
        self._places = [place, *self._places[:1]]
        return place

    def complete(self, top: int = 5) -> list[Suggestion]:
        """The likeliest words for the caret, as after a text that ends there."""
        place = self.place()
        found = suggest(
            self._model,
            self._offers,
            place.states,
            top,
            known=place.log_probabilities[None],
        )
        if self._tokenizer.pretokenized:
            return found
        begins = begins_after_last(self._edited.tokens_before(self._caret))
        return beginning_a_sentence(found) if begins else found
