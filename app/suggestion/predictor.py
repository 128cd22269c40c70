"""Text in, answers out: what `predict.py`, a server and Python programs call.

Cuts a text at its blanks, tokenizes the pieces, asks `blanks`, `half_typed` or
`continuing` and gives the answer of the published contract. What begins a sentence is
written with a capital, unless its form was given (candidates, `--pretokenized`).
Remarks (nothing in the text is known, a candidate is unknown) go to the log.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence

import numpy as np

from app.errors import UserError
from app.language.contract import LanguageModel
from app.language.two_sided import TwoSidedNetwork
from app.settings.sampling import Sampling
from app.suggestion.answers import (
    Answer,
    blank_dict,
    confident,
    shown,
    with_capitals,
)
from app.suggestion.blank_candidates import Given
from app.suggestion.blanks import FilledBlank, fill
from app.suggestion.block_list import BlockList
from app.suggestion.continuing import PHRASE_CONFIDENCE, Continuer
from app.suggestion.decoding import Suggestion
from app.suggestion.half_given import (
    BLANK,
    Letters,
    check_fit,
    half_given,
    split_at_blanks,
)
from app.suggestion.offers import Offers
from app.suggestion.session import Session
from app.suggestion.text_reader import TextReader
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import Vocabulary


class Predictor:
    """Completes texts and fills their blanks with one model.

    Args:
        vocabulary: the words of the model.
        tokenizer: cuts text as the training text was cut.
        model: says what comes next; any language model over the vocabulary.
        two_sided: the network for blanks, where there is one.
        names: words that the vocabulary lacks and that were met before, as often as
            they were; half typed, they are finished like those of the text at hand.
        offers: all words of the vocabulary, where another predictor has them already.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        tokenizer: Tokenizer,
        model: LanguageModel,
        two_sided: TwoSidedNetwork | None = None,
        names: Sequence[str] = (),
        offers: Offers | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.tokenizer = tokenizer
        self.model = model
        self.two_sided = two_sided
        self.offers = offers or Offers.of(vocabulary)
        self.block_list = BlockList((), tokenizer)
        self._names = tuple(names)
        self._reader = TextReader(vocabulary, tokenizer)

    def offering(
        self, *, punctuation: bool = False, block_list: BlockList | None = None
    ) -> Predictor:
        """The same predictor, that offers more or less.

        Args:
            punctuation: marks are offered too.
            block_list: what is never offered; nothing if None.
        """
        other = copy.copy(self)
        other.block_list = block_list or BlockList((), self.tokenizer)
        offers = Offers.of(self.vocabulary, punctuation=punctuation)
        other.offers = other.block_list.allowed(offers)
        other.__dict__.pop("_inside", None)
        return other

    def answer(
        self,
        text: str,
        *,
        top: int = 5,
        candidates: Sequence[str] | None = None,
        typing: bool = False,
        forgiving: bool = False,
        words: int = 1,
        confidence: float | None = None,
    ) -> Answer:
        """Fills the blanks of `text`, or completes it where it has none.

        Args:
            text: may have blanks.
            top: words for each blank.
            candidates: see `fill`.
            typing: see `complete`.
            forgiving: see `complete`.
            words: see `complete`.
            confidence: see `complete`.

        Raises:
            UserError: see `fill`; a half-typed word or phrases are asked for, but
                there is a blank or there are candidates.
        """
        end = text
        if BLANK.search(text) or candidates is not None:
            if typing:
                raise UserError(
                    f"{shown(text)} has a blank or candidates, but only the word at "
                    "the end of a text can be half typed. Give one of them."
                )
            if words == 1:
                return self.fill(
                    text, top=top, candidates=candidates, confidence=confidence
                )
            [end, *rest], letters = split_at_blanks(text)
            if candidates is not None or any(letters) or "".join(rest).strip():
                raise UserError(
                    f"Phrases are for the end of a text, but {shown(text)} has a blank "
                    "inside it or candidates. Ask for 1 word."
                )
        answer = self.complete(
            end,
            top=top,
            typing=typing,
            forgiving=forgiving,
            words=words,
            confidence=confidence,
        )
        return {**answer, "text": text}

    def session(self) -> Session:
        """For a text that is being edited: answers after every key."""
        parts = self.tokenizer, self.model, self.block_list, self._names
        return Session(self.offers, *parts)

    def complete(
        self,
        text: str,
        *,
        top: int = 5,
        typing: bool = False,
        forgiving: bool = False,
        words: int = 1,
        confidence: float | None = None,
    ) -> Answer:
        """The likeliest next words after `text`; underscores are mere characters.

        Args:
            text: what stands in front.
            top: how many words; fewer come back when fewer fit.
            typing: the last word of `text` is half typed, and the words are those
                that begin with it, up to case and accents.
            forgiving: with `typing`, where nothing fits, the words that would with one
                letter too many, missing, wrong or swapped with its neighbour.
            words: with more than 1, phrases of up to so many words.
            confidence: nothing is offered that is less likely; None is 0 for words
                and `PHRASE_CONFIDENCE` for phrases.

        Raises:
            UserError: `text` holds what is no character.
        """
        if confidence is None:
            confidence = 0.0 if words == 1 else PHRASE_CONFIDENCE
        if typing:
            found = self._finish(text, top, forgiving, words, confidence)
        elif words > 1:
            [tokens], [ids] = self._reader.read(text, [text])
            found = self._continuer(tokens, ids).phrases(words, confidence, top)
        else:
            whole = [Letters("", "")]
            return self._answer(text, [text, ""], whole, top, None, confidence)
        blank = confident(FilledBlank(found, None), confidence)
        return {"text": text, "blanks": [blank_dict(blank)]}

    def write_on(
        self,
        text: str,
        sampling: Sampling | None = None,
        *,
        top: int = 1,
        words: int | None = None,
        seed: int = 0,
    ) -> Answer:
        """Texts that may follow `text`, drawn by chance.

        Args:
            text: what stands in front.
            sampling: how to draw; None for the usual way.
            top: how many texts; the second one is that of the next seed, and so on.
            words: how many words to write; None: to the end of the paragraph.
            seed: the same seed, the same text.

        Raises:
            UserError: `text` has a blank, or holds what is no character.
        """
        if BLANK.search(text):
            raise UserError(
                f"{shown(text)} has a blank, but what is sampled stands at its end. "
                "Leave out the blank, or do not sample."
            )
        [tokens], [ids] = self._reader.read(text, [text])
        drawn = self._continuer(tokens, ids).write_on(
            sampling or Sampling(), seed=seed, num_words=words, count=top
        )
        return {"text": text, "blanks": [blank_dict(FilledBlank(drawn, None))]}

    def _finish(
        self, text: str, top: int, forgiving: bool, words: int, confidence: float
    ) -> list[Suggestion]:
        """The words, or phrases, of which the end of a text is the beginning."""
        tokens, ids, prefix = self._reader.read_half_typed(text, self.offers)
        continuer = self._continuer(tokens, ids)
        if words > 1 and (found := continuer.phrases(words, confidence, top, prefix)):
            return found
        # A single word, since names that the vocabulary lacks begin no phrase.
        return continuer.finish(prefix, top, forgiving=forgiving)

    @functools.cached_property
    def _inside(self) -> Offers:
        """What may stand inside a phrase or a text that is written on: marks too."""
        return self.block_list.allowed(Offers.of(self.vocabulary, punctuation=True))

    def _continuer(self, tokens: list[str], ids: np.ndarray) -> Continuer:
        """What continues a text."""
        offers = self.block_list.between(self.offers, tokens)
        inside, blocked = self._inside, self.block_list
        return Continuer(self.model, tokens, ids, offers, inside, blocked, self._names)

    def fill(
        self,
        text: str,
        *,
        top: int = 5,
        candidates: Sequence[str] | None = None,
        confidence: float | None = None,
    ) -> Answer:
        """The likeliest words for every `___` of `text`; without one, for its end.

        Args:
            text: three underscores or more are a blank; letters right beside it
                are those that the word begins with, or ends in.
            top: words for each blank.
            candidates: rank only these, and all of them, in every blank.
            confidence: no word is offered that is less likely; candidates are.

        Raises:
            UserError: too many blanks; a candidate without a word, or that does not
                fit the letters beside a blank; `text` or a candidate holds what is no
                character.
        """
        pieces, letters = split_at_blanks(text)
        if not letters:
            pieces, letters = [*pieces, ""], [Letters("", "")]
        given = None if candidates is None else self._reader.read_candidates(candidates)
        for of_blank in letters:
            check_fit(given or (), of_blank)
        return self._answer(text, pieces, letters, top, given, confidence or 0.0)

    def _answer(
        self,
        text: str,
        pieces: list[str],
        letters: list[Letters],
        top: int,
        given: list[Given] | None,
        confidence: float,
    ) -> Answer:
        tokens, ids = self._reader.read(text, pieces, letters)
        offers = self.offers
        if len(pieces) == 2:  # with more blanks, their neighbours are not known
            offers = self.block_list.between(offers, *tokens)
        filled = fill(
            self.model,
            [half_given(offers, it) for it in letters],
            ids,
            top=top,
            candidates=given,
            two_sided=self.two_sided,
        )
        if given is None:
            filled = [confident(blank, confidence) for blank in filled]
            if not self.tokenizer.pretokenized:
                filled = with_capitals(filled, tokens, letters)
        return {"text": text, "blanks": [blank_dict(blank) for blank in filled]}
