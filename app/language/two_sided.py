"""The network that fills blanks: what stands on both sides in, log-probabilities out.

    BOS l1 l2 l3  ___  r1 r2 r3
    left reader >      < right reader
             [ what both show ] -> dense -> output -> log-softmax

The plain twin of `app/network/two_sided.py`, computed with the numpy cells. It answers
another question than a language model and has a door of its own, `fill`. The left
reader begins with BOS, as every context does; the right reader begins with nothing at
the end of what is given, because a text that somebody types may end anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.language.contract import select_rows
from app.language.layers import Head, Reader
from app.language.weights import check_weights
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD

# Tokens of a text whose predictions are held at a time: with 20,000 words 20 MB.
SECTION = 256


class TwoSidedNetwork:
    """Predicts the token between a left and a right side.

    Args:
        architecture: of a two-sided network.
        weights: float32 arrays under the names of `weight_shapes`.

    Attributes:
        vocabulary_size: columns of what `fill` gives.
        left: reads from the left to the blank.
        right: reads from the right to the blank.
        head: from what both show to log-probabilities.

    Raises:
        ValueError: an array is missing, has another shape or holds a number that is
            not finite.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        checked = check_weights(architecture, weights)
        self.vocabulary_size = architecture.vocabulary_size
        self.head = Head(architecture, checked)
        self.left = Reader.build(architecture, checked, "left")
        self.right = Reader.build(architecture, checked, "right")

    def fill(self, left_ids: np.ndarray, right_ids: np.ndarray) -> np.ndarray:
        """The log-probability of every token between two sides.

        Args:
            left_ids: int32 [batch, steps], without BOS, padded right with PAD.
            right_ids: int32 [batch, other steps], in the order of the text, padded
                right with PAD. No step at all is an empty side.

        Returns:
            float32 [batch, vocabulary_size], nats.
        """
        left = _show_last(self.left, _with_bos(np.asarray(left_ids)))
        right = _show_last(self.right, np.asarray(right_ids)[:, ::-1])
        return self._predict(left, right)

    def between(self, left_ids: np.ndarray, right_ids: np.ndarray) -> Between:
        """What can be asked about one blank, both sides being read once.

        Args:
            left_ids: int32 [steps], without BOS; may be empty.
            right_ids: int32 [other steps], in the order of the text; may be empty.
        """
        left_ids = _with_bos(np.asarray(left_ids)[None])
        return Between(
            self.head,
            _Side.after(self.left, left_ids),
            _Side.after(self.right, np.asarray(right_ids)[None, ::-1]),
        )

    def fill_each(self, token_ids: np.ndarray) -> Iterator[np.ndarray]:
        """What `fill` gives for every token of a text, all the others being known.

        Reads the text twice from the right and once from the left, whatever its
        length, and keeps what belongs to one section of it at a time::

            section            1         2         3
            first from right     s1 <      s2 <      s3 <     states are kept
            then from left     >         >         >
            again from right   < s1      < s2      < s3

        Args:
            token_ids: int32 [tokens], without BOS.

        Yields:
            float32 [rows, vocabulary_size], nats, for the next rows of the text.
        """
        starts = range(0, len(token_ids), SECTION)
        sections = [np.asarray(token_ids)[None, i : i + SECTION] for i in starts]
        right, right_states = self.right.zero_states(1), []
        for section in reversed(sections):
            right_states.append(right)
            right, _ = self.right.run(right, section[:, ::-1])
        bos = np.full((1, 1), BOS, np.int32)
        left, _ = self.left.run(self.left.zero_states(1), bos)
        for section, right in zip(sections, reversed(right_states), strict=True):
            # What a reader showed before the section stands beside its first token.
            before, after = self.left.output(left), self.right.output(right)
            left, from_left = self.left.run(left, section)
            _, from_right = self.right.run(right, section[:, ::-1])
            before = np.concatenate([before, from_left[0, :-1]])
            after = np.concatenate([after, from_right[0, :-1]])[::-1]
            yield self._predict(before, after)

    def _predict(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """float32 [rows, vocabulary_size] from what the readers show, [rows, units]."""
        hidden = self.head.hidden(np.concatenate([left, right], axis=1))
        return self.head.log_probabilities(hidden)


@dataclass(frozen=True, eq=False)
class _Side:
    """A reader and its states, one row, after everything on its side was read."""

    reader: Reader
    states: Any

    @classmethod
    def after(cls, reader: Reader, token_ids: np.ndarray) -> _Side:
        """The side on which int32 [1, steps] stands, in the order of reading."""
        return cls(reader, reader.run(reader.zero_states(1), token_ids)[0])

    def show(self, token_ids: np.ndarray) -> np.ndarray:
        """float32 [rows, units]: what the reader shows after more, int [rows, steps].

        No step is allowed.
        """
        states = select_rows(self.states, np.zeros(len(token_ids), np.intp))
        return self.reader.output(self.reader.run(states, token_ids)[0])


@dataclass(frozen=True, eq=False)
class Between:
    """A blank between two sides that were read, and what may stand in it."""

    head: Head
    left: _Side
    right: _Side

    def log_probabilities(self) -> np.ndarray:
        """Of every token that may stand there alone: float32 [vocabulary], nats."""
        nothing = np.zeros((1, 0), np.int32)
        return self.head.log_probabilities(self._hidden(nothing, nothing))[0]

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """How well words of several tokens fit, float32 [words], nats.

        The sum over a word's tokens of the log-probability of each, all the others
        and both sides being known. Of a word of one token that is its log-
        probability; of longer ones it is a score, whose exponents sum to no 1.
        Source: Salazar et al. (2020), Masked language model scoring, equation 1.

        Args:
            token_ids: int32 [words, tokens].
        """
        total = np.zeros(len(token_ids), np.float32)
        for place in range(token_ids.shape[1]):
            before, after = token_ids[:, :place], token_ids[:, :place:-1]
            hidden = self._hidden(before, after)
            total += self.head.score(hidden, token_ids[:, place])
        return total

    def _hidden(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """The input of the output layer, with more read on both sides."""
        sides = [self.left.show(before), self.right.show(after)]
        return self.head.hidden(np.concatenate(sides, axis=1))


def _with_bos(token_ids: np.ndarray) -> np.ndarray:
    """int32 [batch, 1 + steps]."""
    bos = np.full((len(token_ids), 1), BOS, np.int32)
    return np.concatenate([bos, token_ids], axis=1, dtype=np.int32)


def _show_last(reader: Reader, token_ids: np.ndarray) -> np.ndarray:
    """What the top layer shows after each row's last token, float32 [batch, units]."""
    zeros = reader.zero_states(len(token_ids))
    states, _ = reader.run(zeros, token_ids, token_ids != PAD)
    return reader.output(states)
