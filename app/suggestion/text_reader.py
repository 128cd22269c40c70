"""Text as a model reads it: tokens and ids, and remarks on what it cannot make use of.

Remarks go to the log: there is no word to go by, or none that is known, or more text
than is read. What a model cannot take at all is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from app.errors import UserError
from app.suggestion.answers import shown
from app.suggestion.blank_candidates import Given
from app.suggestion.decoding import context_start
from app.suggestion.half_given import BLANK, Letters
from app.suggestion.offers import Offers
from app.suggestion.prefix import split_prefix
from app.text.characters import check_characters
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import OOV, Vocabulary

_logger = logging.getLogger(__name__)


class TextReader:
    """Reads text for a model.

    Args:
        vocabulary: the words of the model.
        tokenizer: cuts text as the training text was cut.
    """

    def __init__(self, vocabulary: Vocabulary, tokenizer: Tokenizer) -> None:
        self._vocabulary = vocabulary
        self._tokenizer = tokenizer

    def read(
        self, text: str, pieces: list[str], letters: Sequence[Letters] = ()
    ) -> tuple[list[list[str]], list[np.ndarray]]:
        """The tokens of the pieces of a text, as written and as ids.

        Args:
            text: to speak of.
            pieces: what stands between its blanks.
            letters: what is given of the words in them.
        """
        tokens = [self.tokenize(piece) for piece in pieces]
        ids = [self._vocabulary.encode(piece) for piece in tokens]
        has_words = any(map(len, ids)) or any(letters)
        if BLANK.search(text) and not has_words:
            raise UserError(
                f"{shown(text)} has a blank and no word. Write the words around it, "
                'for instance: "The clouds are on the ___ ."'
            )
        self.remark_on(ids, text)
        return tokens, ids

    def read_half_typed(
        self, text: str, offers: Offers
    ) -> tuple[list[str], np.ndarray, str]:
        """The tokens in front of the word that is being typed, and its letters.

        Args:
            text: ends inside the word, or behind white space.
            offers: see `split_prefix`.

        Returns:
            Tokens as written, their ids, int32 [tokens], and the prefix.
        """
        check_characters(text)
        left, prefix = split_prefix(text, offers)
        tokens = self.tokenize(left)
        ids = self._vocabulary.encode(tokens)
        if len(ids) or not prefix:
            self.remark_on([ids], text)
        return tokens, ids, prefix

    def tokenize(self, text: str) -> list[str]:
        """The tokens as written."""
        check_characters(text)
        return self._tokenizer.tokenize(text)

    def read_candidates(self, words: Sequence[str]) -> list[Given]:
        """Each different candidate with its tokens, in the order given."""
        given = []
        for word in dict.fromkeys(words):
            token_ids = tuple(self._vocabulary.encode(self.tokenize(word)).tolist())
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

    def remark_on(self, pieces: list[np.ndarray], text: str) -> None:
        """Says so when the model has nothing to go by, or does not read everything."""
        token_ids = np.concatenate(pieces)
        if not len(token_ids):
            _logger.warning("There is no word to go by: this is how texts begin.")
        elif (token_ids == OOV).all():
            _logger.warning(
                "None of the words of %s is in the vocabulary.", shown(text)
            )
        num_tokens = len(pieces[0])
        if start := context_start(num_tokens):
            _logger.warning(
                "Of the %s words and marks in front only the last %s are read.",
                f"{num_tokens:,}",
                f"{num_tokens - start:,}",
            )
