"""A text that is being edited: suggestions after every key, without reading it again.

The whole text is set anew after each key, whatever it was: a letter, a deletion, a jump
of the caret, a replacement. Only what has changed is cut into tokens, and only tokens
that have changed are read; while a word is being typed, the place in front of it costs
nothing. The answers are those of a text that is read anew.

    >>> session = app.load("models/english").session()     # doctest: +SKIP
    >>> session.set("The clouds are i")                    # doctest: +SKIP
    >>> session.complete(top=3, typing=True)               # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from app.language.contract import LanguageModel
from app.suggestion.block_list import BlockList
from app.suggestion.decoding import (
    Suggestion,
    beginning_a_sentence,
    context_start,
    suggest,
)
from app.suggestion.half_typed import Finisher
from app.suggestion.next_tokens import next_log_probabilities
from app.suggestion.offers import Offers
from app.suggestion.passed_over import PassedOver
from app.suggestion.prefix import split_prefix
from app.suggestion.readings import Readings
from app.suggestion.unknown_words import UnknownWords
from app.text.characters import check_characters
from app.text.edited_text import EditedText
from app.text.sentences import begins_after_last
from app.text.tokenizer import Tokenizer


class Place:
    """A place of a text: what a model has read before it, and what it expects there.

    Args:
        model: only the contract is used.
        context: int32 [tokens], what the model has read but for BOS.
        states: after it, one row.
    """

    def __init__(self, model: LanguageModel, context: np.ndarray, states: Any) -> None:
        self._model = model
        self.context = context
        self.states = states

    @cached_property
    def log_probabilities(self) -> np.ndarray:
        """Of every next token, nats, normalised over the ids that are not reserved.

        float32 [vocabulary_size], read-only: it is computed once.
        """
        row = next_log_probabilities(self._model, self.states)[0]
        row.flags.writeable = False
        return row


class _Word(NamedTuple):
    """Where the word stands that is half typed.

    Attributes:
        start: of the piece that it stands in.
        tail: what stands in that piece in front of it.
        prefix: the letters typed of it.
    """

    start: int
    tail: str
    prefix: str


class _Typing(NamedTuple):
    """What is known about a word that is half typed before its first letter.

    Attributes:
        start: of the piece that it stands in.
        tail: what stands in that piece in front of it.
        finisher: finishes it.
        begins: whether a sentence begins with it.
        passed_over: what stood in its lists.
    """

    start: int
    tail: str
    finisher: Finisher
    begins: bool
    passed_over: PassedOver


class Session:
    """Suggests words at the caret of a text that changes with every key.

    Memory beside the text and its tokens: see `Readings`; and the log-probabilities at
    two places, 80 kB each with 20,000 words.

    Args:
        offers: says what may be offered, and how it is written.
        tokenizer: cuts text as the training text was cut.
        model: says what comes next.
        block_list: phrases that are not completed.
        names: unknown words that are finished wherever they fit.
    """

    def __init__(
        self,
        offers: Offers,
        tokenizer: Tokenizer,
        model: LanguageModel,
        block_list: BlockList,
        names: Sequence[str] = (),
    ) -> None:
        self._offers = offers
        self._tokenizer = tokenizer
        self._model = model
        self._block_list = block_list
        self._names = names
        self._edited = EditedText(tokenizer, offers.vocabulary)
        self._readings = Readings(model)
        self._places: list[Place] = []  # the last two asked for, the latest first
        self._typing: _Typing | None = None  # the last word finished
        self._caret = 0
        self._word: _Word | None = None  # at the caret, once somebody has asked

    @property
    def text(self) -> str:
        """All of the text."""
        return self._edited.text

    @property
    def caret(self) -> int:
        """How many characters stand before the caret."""
        return self._caret

    @property
    def begin(self) -> int:
        """Where the word begins that is half typed at the caret.

        What `complete(typing=True)` suggests takes the place of the letters from here
        to the caret; right behind a space there are none.
        """
        word = self._word_at_caret()
        return word.start + len(word.tail)

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
            changed = self._edited.set(text)
            if self._typing and changed < self._typing.start:
                self._typing = None
        self._caret = caret
        self._word = None

    def complete(
        self,
        top: int = 5,
        *,
        typing: bool = False,
        forgiving: bool = False,
        once: bool = False,
    ) -> list[Suggestion]:
        """What `Predictor.complete` suggests for the text that ends at the caret.

        Args:
            top: how many words; fewer come back when fewer fit.
            typing: the word at the caret is half typed, and is to be finished.
            forgiving: with `typing`, also words one typing error away.
            once: with `typing`, no words that were in the list after fewer letters
                of the same word, and not taken then.
        """
        if typing:
            return self._finish(top, forgiving, once)
        start = self._edited.piece_start(self._caret)
        tail = self.text[start : self._caret]
        place = self._place(start, tail)
        tokens = self._edited.tokens(start, tail)
        found = suggest(
            self._model,
            self._block_list.between(self._offers, tokens),
            place.states,
            top,
            known=place.log_probabilities[None],
        )
        return beginning_a_sentence(found) if self._begins(tokens) else found

    def _word_at_caret(self) -> _Word:
        """The word that is half typed at the caret."""
        if self._word is None:
            start = self._edited.piece_start(self._caret)
            # A piece begins with a word: no prefix is longer than what stands in it.
            before = self.text[start : self._caret]
            self._word = _Word(start, *split_prefix(before, self._offers))
        return self._word

    def _finish(self, top: int, forgiving: bool, once: bool) -> list[Suggestion]:
        """The words that go on as the one at the caret does."""
        start, tail, prefix = self._word_at_caret()
        if self._typing is None or self._typing[:2] != (start, tail):
            self._typing = self._begin_typing(start, tail)
        passed_over = self._typing.passed_over
        count = top + passed_over.count(prefix) if once else top
        found = self._typing.finisher.finish(prefix, count, forgiving=forgiving)
        if once:
            found = passed_over.fresh(prefix, found, top)
        return beginning_a_sentence(found) if self._typing.begins else found

    def _begin_typing(self, start: int, tail: str) -> _Typing:
        """What is known about a word before its first letter."""
        place = self._place(start, tail)
        tokens = self._edited.tokens(start, tail)
        unknown = UnknownWords.of(tokens, self._edited.ids(start, tail), self._names)
        finisher = Finisher(
            self._model,
            self._block_list.between(self._offers, tokens),
            place.states,
            unknown.without(lambda word: self._block_list.blocks(word, tokens)),
            place.log_probabilities,
        )
        return _Typing(start, tail, finisher, self._begins(tokens), PassedOver())

    def _begins(self, tokens: list[str]) -> bool:
        """Whether the word after `tokens` is written with a capital."""
        return not self._tokenizer.pretokenized and begins_after_last(reversed(tokens))

    def place(self) -> Place:
        """What the model knows after the text that ends at the caret."""
        start = self._edited.piece_start(self._caret)
        return self._place(start, self.text[start : self._caret])

    def _place(self, start: int, tail: str) -> Place:
        """The place behind the pieces in front of `start` and a tail."""
        ids = self._edited.ids(start, tail)
        context = ids[context_start(len(ids)) :]
        for place in self._places:
            if np.array_equal(place.context, context):
                return place
        place = Place(self._model, context, self._readings.states(context))
        self._places = [place, *self._places[:1]]
        return place
