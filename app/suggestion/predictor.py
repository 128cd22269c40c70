"""Text in, answers out: what `predict.py`, a server and Python programs call.

Cuts a text at its blanks, tokenizes the pieces, asks `blanks` and gives the answer of
the published contract: plain dicts, ready for JSON. What begins a sentence is written
with a capital, unless its form was given (candidates, `--pretokenized`). Remarks
(nothing in the text is known, a candidate is unknown) go to the log.
"""

from __future__ import annotations

import copy
import functools
import logging
import re
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import numpy as np

from app.errors import UserError
from app.language.contract import LanguageModel
from app.suggestion.blanks import FilledBlank, Given, fill
from app.suggestion.block_list import BlockList
from app.suggestion.decoding import beginning_a_sentence, context_start, read_context
from app.suggestion.half_typed import Finisher
from app.suggestion.offers import Offers
from app.suggestion.prefix import split_prefix
from app.suggestion.session import Session
from app.suggestion.unknown_words import UnknownWords
from app.text.characters import check_characters
from app.text.sentences import begins_after, begins_sentence
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import OOV, Vocabulary

# Every further blank costs a step of the beam search: 0.1 to 0.6 s with 20,000 words on
# a busy core. A text with more blanks than this is hardly meant to be filled.
MAX_BLANKS = 20

_BLANK = re.compile("_{3,}")
_logger = logging.getLogger(__name__)


class SuggestionDict(TypedDict):
    """An offered word with its probability."""

    word: str
    probability: float


class BlankDict(TypedDict):
    """The words for one blank, the likeliest first."""

    suggestions: list[SuggestionDict]
    unexamined: NotRequired[float]


class Answer(TypedDict):
    """The answer for one text; the next word is one implied blank at the end."""

    text: str
    blanks: list[BlankDict]


class Predictor:
    """Completes texts and fills their blanks with one model.

    Args:
        vocabulary: the words of the model.
        tokenizer: cuts text as the training text was cut.
        model: says what comes next; any language model over the vocabulary.
    """

    def __init__(
        self, vocabulary: Vocabulary, tokenizer: Tokenizer, model: LanguageModel
    ) -> None:
        self.vocabulary = vocabulary
        self.tokenizer = tokenizer
        self.model = model
        self.offers = Offers.of(vocabulary)
        self.block_list = BlockList((), tokenizer)

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
        is_blank = _BLANK.search(text) is not None or candidates is not None
        if is_blank and typing:
            raise UserError(
                f"{_shown(text)} has a blank or candidates, but only the word at the "
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
        return self._answer(text, [text, ""], top, None)

    def _finish(self, text: str, top: int, forgiving: bool) -> Answer:
        """The answer for a text that ends inside a word."""
        check_characters(text)
        left, prefix = split_prefix(text, self.offers)
        tokens = self._tokenize(left)
        ids = self.vocabulary.encode(tokens)
        if len(ids) or not prefix:
            self._remark_on([ids], text)
        states = read_context(self.model, ids)
        unknown = UnknownWords.of(tokens, ids).without(
            lambda word: self.block_list.blocks(word, tokens)
        )
        offers = self.block_list.between(self.offers, tokens)
        finisher = Finisher(self.model, offers, states, unknown)
        suggestions = finisher.finish(prefix, top, forgiving=forgiving)
        if not self.tokenizer.pretokenized and begins_sentence(tokens):
            suggestions = beginning_a_sentence(suggestions)
        return {"text": text, "blanks": [_blank_dict(FilledBlank(suggestions, None))]}

    def fill(
        self, text: str, *, top: int = 5, candidates: Sequence[str] | None = None
    ) -> Answer:
        """The likeliest words for every `___` of `text`; without one, for its end.

        Args:
            text: three underscores or more are a blank.
            top: words for each blank.
            candidates: rank only these, and all of them, in every blank.

        Raises:
            UserError: too many blanks; a candidate without a word; `text` or a
                candidate holds what is no character.
        """
        pieces = _BLANK.split(text)
        if len(pieces) - 1 > MAX_BLANKS:
            raise UserError(
                f"A text has {len(pieces) - 1} blanks, but at most {MAX_BLANKS} are "
                "filled at a time. Split the text."
            )
        if len(pieces) == 1:
            pieces.append("")
        given = None if candidates is None else self._read_candidates(candidates)
        return self._answer(text, pieces, top, given)

    def _answer(
        self, text: str, pieces: list[str], top: int, given: list[Given] | None
    ) -> Answer:
        tokens = [self._tokenize(piece) for piece in pieces]
        ids = [self.vocabulary.encode(piece) for piece in tokens]
        if _BLANK.search(text) and not sum(map(len, ids)):
            raise UserError(
                f"{_shown(text)} has a blank and no word. Write the words around it, "
                'for instance: "The clouds are on the ___ ."'
            )
        self._remark_on(ids, text)
        offers = self.offers
        if len(pieces) == 2:  # with more blanks, their neighbours are not known
            offers = self.block_list.between(offers, *tokens)
        filled = fill(self.model, offers, ids, top=top, candidates=given)
        if given is None and not self.tokenizer.pretokenized:
            filled = _with_capitals(filled, tokens)
        return {"text": text, "blanks": [_blank_dict(blank) for blank in filled]}

    def _tokenize(self, text: str) -> list[str]:
        """The tokens as written."""
        check_characters(text)
        return self.tokenizer.tokenize(text)

    def _read_candidates(self, words: Sequence[str]) -> list[Given]:
        """Each different candidate with its tokens, in the order given."""
        given = []
        for word in dict.fromkeys(words):
            token_ids = tuple(self.vocabulary.encode(self._tokenize(word)).tolist())
            if not token_ids:
                raise UserError(
                    f"The candidate {word!r} has no word in it. Give words to choose "
                    "from, for instance: cat,dog."
                )
            given.append(Given(word, token_ids))
        if not given:
            raise UserError(
                "There is no candidate to choose from. Give some, for instance: "
                "cat,dog."
            )
        unknown = [repr(it.word) for it in given if OOV in it.token_ids]
        if unknown:
            _logger.warning(
                "Not in the vocabulary, so ranked as any rare word: %s.",
                ", ".join(unknown),
            )
        return given

    def _remark_on(self, pieces: list[np.ndarray], text: str) -> None:
        """Says so when the model has nothing to go by, or does not read everything."""
        token_ids = np.concatenate(pieces)
        if not len(token_ids):
            _logger.warning("There is no word to go by: this is how texts begin.")
        elif (token_ids == OOV).all():
            _logger.warning(
                "None of the words of %s is in the vocabulary.", _shown(text)
            )
        num_tokens = len(pieces[0])
        if start := context_start(num_tokens):
            _logger.warning(
                "Of the %s words and marks in front only the last %s are read.",
                f"{num_tokens:,}",
                f"{num_tokens - start:,}",
            )


def _shown(text: str) -> str:
    """A text as messages quote it, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _with_capitals(
    blanks: list[FilledBlank], pieces: list[list[str]]
) -> list[FilledBlank]:
    """The answers, capitalised where the tokens in front say a sentence begins."""
    begins = True
    answers = []
    for blank, piece in zip(blanks, pieces, strict=False):  # the last has no blank
        begins = functools.reduce(begins_after, piece, begins)
        if begins:
            words = beginning_a_sentence(blank.suggestions)
            blank = blank._replace(suggestions=words)
        answers.append(blank)
        begins = False  # a word stands in the blank
    return answers


def _blank_dict(blank: FilledBlank) -> BlankDict:
    answer: BlankDict = {
        "suggestions": [
            {"word": word, "probability": probability}
            for word, probability in blank.suggestions
        ]
    }
    if blank.unexamined is not None:
        answer["unexamined"] = blank.unexamined
    return answer
