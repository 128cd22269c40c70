"""Text in, answers out: what `predict.py`, a server and Python programs call.

Cuts a text at its blanks, tokenizes the pieces, asks `blanks` and gives the answer of
the published contract: plain dicts, ready for JSON. What begins a sentence is written
with a capital, unless its form was given (candidates, `--pretokenized`). Remarks
(nothing in the text is known, a candidate is unknown) go to the log.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from app.errors import UserError
from app.language.contract import LanguageModel
from app.language.two_sided import TwoSidedNetwork
from app.suggestion.answers import Answer, blank_dict, shown, with_capitals
from app.suggestion.blank_candidates import Given
from app.suggestion.blanks import FilledBlank, fill
from app.suggestion.block_list import BlockList
from app.suggestion.decoding import beginning_a_sentence, read_context
from app.suggestion.half_given import (
    BLANK,
    Letters,
    check_fit,
    half_given,
    split_at_blanks,
)
from app.suggestion.half_typed import Finisher
from app.suggestion.offers import Offers
from app.suggestion.prefix import split_prefix
from app.suggestion.session import Session
from app.suggestion.text_reader import TextReader
from app.suggestion.unknown_words import UnknownWords
from app.text.characters import check_characters
from app.text.sentences import begins_sentence
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import Vocabulary

# Every further blank costs a step of the beam search: 0.1 s with 20,000 words on one
# core. A text with more blanks than this is hardly meant to be filled.
MAX_BLANKS = 20


class Predictor:
    """Completes texts and fills their blanks with one model.

    Args:
        vocabulary: the words of the model.
        tokenizer: cuts text as the training text was cut.
        model: says what comes next; any language model over the vocabulary.
        two_sided: the network for blanks, where there is one.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        tokenizer: Tokenizer,
        model: LanguageModel,
        two_sided: TwoSidedNetwork | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.tokenizer = tokenizer
        self.model = model
        self.two_sided = two_sided
        self.offers = Offers.of(vocabulary)
        self.block_list = BlockList((), tokenizer)
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
        return other

    def answer(
        self,
        text: str,
        *,
        top: int = 5,
        candidates: Sequence[str] | None = None,
        typing: bool = False,
        forgiving: bool = False,
    ) -> Answer:
        """Fills the blanks of `text`, or completes it where it has none.

        Raises:
            UserError: see `fill`; `typing` with a blank or with candidates.
        """
        is_blank = BLANK.search(text) is not None or candidates is not None
        if is_blank and typing:
            raise UserError(
                f"{shown(text)} has a blank or candidates, but only the word at the "
                "end of a text can be half typed. Give one of them."
            )
        if is_blank:
            return self.fill(text, top=top, candidates=candidates)
        return self.complete(text, top=top, typing=typing, forgiving=forgiving)

    def session(self) -> Session:
        """For a text that is being edited: answers after every key."""
        return Session(self.offers, self.tokenizer, self.model)

    def complete(
        self, text: str, *, top: int = 5, typing: bool = False, forgiving: bool = False
    ) -> Answer:
        """The likeliest next words after `text`; underscores are mere characters.

        Args:
            text: what stands in front.
            top: how many words; fewer come back when fewer fit.
            typing: the last word of `text` is half typed, and the words are those
                that begin with it, up to case and accents.
            forgiving: with `typing`, where nothing fits, the words that would with one
                letter too many, missing, wrong or swapped with its neighbour.

        Raises:
            UserError: `text` holds what is no character.
        """
        if typing:
            return self._finish(text, top, forgiving)
        return self._answer(text, [text, ""], [Letters("", "")], top, None)

    def _finish(self, text: str, top: int, forgiving: bool) -> Answer:
        """The answer for a text that ends inside a word."""
        check_characters(text)
        left, prefix = split_prefix(text, self.offers)
        tokens = self._reader.tokenize(left)
        ids = self.vocabulary.encode(tokens)
        if len(ids) or not prefix:
            self._reader.remark_on([ids], text)
        states = read_context(self.model, ids)
        unknown = UnknownWords.of(tokens, ids).without(
            lambda word: self.block_list.blocks(word, tokens)
        )
        offers = self.block_list.between(self.offers, tokens)
        finisher = Finisher(self.model, offers, states, unknown)
        suggestions = finisher.finish(prefix, top, forgiving=forgiving)
        if not self.tokenizer.pretokenized and begins_sentence(tokens):
            suggestions = beginning_a_sentence(suggestions)
        return {"text": text, "blanks": [blank_dict(FilledBlank(suggestions, None))]}

    def fill(
        self, text: str, *, top: int = 5, candidates: Sequence[str] | None = None
    ) -> Answer:
        """The likeliest words for every `___` of `text`; without one, for its end.

        Args:
            text: three underscores or more are a blank; letters right beside it
                are those that the word begins with, or ends in.
            top: words for each blank.
            candidates: rank only these, and all of them, in every blank.

        Raises:
            UserError: too many blanks; a candidate without a word, or that does not
                fit the letters beside a blank; `text` or a candidate holds what is no
                character.
        """
        pieces, letters = split_at_blanks(text)
        if len(letters) > MAX_BLANKS:
            raise UserError(
                f"A text has {len(letters):,} blanks, but at most {MAX_BLANKS} are "
                "filled at a time. Split the text."
            )
        if not letters:
            pieces, letters = [*pieces, ""], [Letters("", "")]
        given = None
        if candidates is not None:
            given = self._reader.read_candidates(candidates)
            for of_blank in letters:
                check_fit(given, of_blank)
        return self._answer(text, pieces, letters, top, given)

    def _answer(
        self,
        text: str,
        pieces: list[str],
        letters: list[Letters],
        top: int,
        given: list[Given] | None,
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
        if given is None and not self.tokenizer.pretokenized:
            filled = with_capitals(filled, tokens, letters)
        return {"text": text, "blanks": [blank_dict(blank) for blank in filled]}
