"""Text in, answers out: what `predict.py`, a server and Python programs call.

Cuts a text at its blanks, tokenizes the pieces, asks `blanks` and gives the answer of
the published contract: plain dicts, ready for JSON. What begins a sentence is written
with a capital, unless its form was given (candidates, `--pretokenized`). Remarks
(nothing in the text is known, a candidate is unknown) go to the log.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import numpy as np

from app.errors import UserError
from app.language.contract import LanguageModel
from app.language.two_sided import TwoSidedNetwork
from app.suggestion.blank_candidates import Given
from app.suggestion.blanks import FilledBlank, fill
from app.suggestion.decoding import MAX_CONTEXT_TOKENS, beginning_a_sentence
from app.suggestion.half_given import (
    BLANK,
    Letters,
    check_fit,
    half_given,
    split_at_blanks,
    with_capital,
)
from app.suggestion.offers import Offers
from app.text.sentences import begins_after
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import OOV, Vocabulary

# Every further blank costs a step of the beam search: 0.1 s with 20,000 words on one
# core. A text with more blanks than this is hardly meant to be filled.
MAX_BLANKS = 20

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

    def answer(
        self, text: str, *, top: int = 5, candidates: Sequence[str] | None = None
    ) -> Answer:
        """Fills the blanks of `text`, or completes it where it has none.

        Raises:
            UserError: see `fill`.
        """
        is_blank = BLANK.search(text) is not None or candidates is not None
        if is_blank:
            return self.fill(text, top=top, candidates=candidates)
        return self.complete(text, top=top)

    def complete(self, text: str, *, top: int = 5) -> Answer:
        """The likeliest next words after `text`; underscores are mere characters.

        Raises:
            UserError: `text` holds what is no character.
        """
        return self._answer(text, [text, ""], [Letters("", "")], top, None)

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
            given = self._read_candidates(candidates)
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
        tokens = [self._tokenize(piece) for piece in pieces]
        ids = [self.vocabulary.encode(piece) for piece in tokens]
        has_words = any(map(len, ids)) or any(letters)
        if BLANK.search(text) and not has_words:
            raise UserError(
                f"{_shown(text)} has a blank and no word. Write the words around it, "
                'for instance: "The clouds are on the ___ ."'
            )
        self._remark_on(ids, text)
        filled = fill(
            self.model,
            [half_given(self.offers, it) for it in letters],
            ids,
            top=top,
            candidates=given,
            two_sided=self.two_sided,
        )
        if given is None and not self.tokenizer.pretokenized:
            filled = _with_capitals(filled, tokens, letters)
        return {"text": text, "blanks": [_blank_dict(blank) for blank in filled]}

    def _tokenize(self, text: str) -> list[str]:
        """The tokens as written."""
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UserError(
                f"The text has {error.object[error.start]!r} at character "
                f"{error.start + 1}, which is no character. Give it as UTF-8."
            ) from error
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
                "Not in the vocabulary, so ranked as any rare word: %s.%s",
                ", ".join(unknown),
                " Nothing tells them apart." if len(unknown) > 1 else "",
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
        if len(pieces[0]) > MAX_CONTEXT_TOKENS:
            _logger.warning(
                "Of the %s words and marks in front only the last %s are read.",
                f"{len(pieces[0]):,}",
                f"{MAX_CONTEXT_TOKENS:,}",
            )


def _shown(text: str) -> str:
    """A text as messages quote it, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _with_capitals(
    blanks: list[FilledBlank], pieces: list[list[str]], letters: list[Letters]
) -> list[FilledBlank]:
    """The answers, with a capital where a sentence begins or where one was given."""
    begins = True
    answers = []
    # The last piece has no blank to its right.
    for blank, piece, of_blank in zip(blanks, pieces[:-1], letters, strict=True):
        begins = functools.reduce(begins_after, piece, begins)
        words = with_capital(blank.suggestions, of_blank)
        if begins:
            words = beginning_a_sentence(words)
        answers.append(blank._replace(suggestions=words))
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
