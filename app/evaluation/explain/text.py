"""The text that is explained: its tokens, where it begins, what is left unread.

A text as a person typed it enters, with one blank or none; columns leave, one a token,
the start of reading among them. How much is read and how much is drawn is decided here.

    column   0      1    2      3   4   5
             START  the  clouds on  the ___      or nothing behind the last word
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.errors import UserError
from app.suggestion.answers import shown
from app.suggestion.half_given import BLANK, split_at_blanks
from app.text.characters import check_characters
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BOS, Vocabulary

MOST_READ = 5_000  # tokens: what is further back, nobody will look at
MOST_SHOWN = 100  # tokens: a column each

START = "(start)"
BEFORE = "…"  # what was read before the first word that is drawn
GAP = "___"


@dataclass(frozen=True, eq=False)
class Text:
    """Tokens before and behind a blank, or before the next word.

    Attributes:
        left: tokens in front, as written; the last `MOST_READ`.
        right: behind the blank, likewise the first; None where there is none.
        left_ids: int32.
        right_ids: int32; empty without a blank.
        num_tokens: of the whole text as it was given.
        most_shown: tokens that are drawn at most.
    """

    left: list[str]
    right: list[str] | None
    left_ids: np.ndarray
    right_ids: np.ndarray
    num_tokens: int
    most_shown: int = MOST_SHOWN

    @property
    def num_read(self) -> int:
        """Tokens that are read."""
        return len(self.left) + len(self.right or ())

    @property
    def shown_left(self) -> int:
        """Of the tokens in front so many are drawn, the last ones."""
        most = self.most_shown if not self.right else self.most_shown // 2
        return min(len(self.left), max(most, self.most_shown - len(self.right or ())))

    @property
    def shown_right(self) -> int:
        """Of the tokens behind a blank so many are drawn, the first ones."""
        return min(len(self.right or ()), self.most_shown - self.shown_left)

    @property
    def columns(self) -> list[str]:
        """What stands above each column."""
        drawn = self.left[len(self.left) - self.shown_left :]
        first = START if len(drawn) == len(self.left) else BEFORE
        if self.right is None:
            return [first, *drawn]
        return [first, *drawn, GAP, *self.right[: self.shown_right]]

    def remarks(self) -> list[str]:
        """What is not read, and what is not drawn, as sentences."""
        found = []
        if self.num_tokens > self.num_read:
            found.append(
                f"The text has {self.num_tokens:,} words and marks; the "
                f"{self.num_read:,} closest to the prediction were read."
            )
        drawn = self.shown_left + self.shown_right
        if self.num_read > drawn:
            found.append(
                f"The pictures show the last {drawn:,} of {self.num_read:,} words and "
                "marks read one by one; a page has a curve of the surprise of all."
                if self.right is None
                else f"The pictures show the {drawn:,} words and marks around the "
                f"blank, of {self.num_read:,} that were read."
            )
        return found


def read_text(
    text: str,
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
    most_shown: int = MOST_SHOWN,
) -> Text:
    """Cuts a text at its blank.

    Args:
        text: with one blank, or none.
        tokenizer: cuts it into words.
        vocabulary: of the model.
        most_shown: tokens that are drawn at most.

    Raises:
        UserError: it has no word, more than one blank, or letters beside the blank.
    """
    check_characters(text)
    pieces, letters = split_at_blanks(text) if BLANK.search(text) else ([text], [])
    if len(letters) > 1:
        raise UserError(
            f"{shown(text)} has {len(letters)} blanks, but one prediction is explained "
            "at a time. Fill all of them but one."
        )
    if any(map(any, letters)):
        raise UserError(
            f"In {shown(text)} letters stand right beside the blank, but a whole word "
            "is explained. Put spaces around the blank."
        )
    tokens = [tokenizer.tokenize(piece) for piece in pieces]
    if not any(tokens):
        raise UserError(
            "There is no word to explain. Give some text, for instance: "
            '"The clouds are on the".'
        )
    left, right = tokens[0], tokens[1] if letters else None
    drop = max(0, len(left) - MOST_READ + min(len(right or ()), MOST_READ // 2))
    num_tokens = sum(map(len, tokens))
    left = left[drop:]
    right = None if right is None else right[: MOST_READ - len(left)]
    encoded = vocabulary.encode(left), vocabulary.encode(right or [])
    return Text(left, right, *encoded, num_tokens, most_shown)


def with_start(token_ids: np.ndarray) -> np.ndarray:
    """The same after BOS, int32."""
    return np.concatenate([[BOS], token_ids]).astype(np.int32)
