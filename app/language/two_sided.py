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

import numpy as np

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

    Raises:
        ValueError: an array is missing, has another shape or holds a number that is
            not finite.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        checked = check_weights(architecture, weights)
        self.vocabulary_size = architecture.vocabulary_size
        self._head = Head(architecture, checked)
        self._left = Reader.build(architecture, checked, "left")
        self._right = Reader.build(architecture, checked, "right")

    def fill(self, left_ids: np.ndarray, right_ids: np.ndarray) -> np.ndarray:
        """The log-probability of every token between two sides.

        Args:
            left_ids: int32 [batch, steps], without BOS, padded right with PAD.
            right_ids: int32 [batch, other steps], in the order of the text, padded
                right with PAD. No step at all is an empty side.

        Returns:
            float32 [batch, vocabulary_size], nats.
        """
        left = _show_last(self._left, _with_bos(np.asarray(left_ids)))
        right = _show_last(self._right, np.asarray(right_ids)[:, ::-1])
        return self._predict(left, right)

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
        right, right_states = self._right.zero_states(1), []
        for section in reversed(sections):
            right_states.append(right)
            right, _ = self._right.run(right, section[:, ::-1])
        bos = np.full((1, 1), BOS, np.int32)
        left, _ = self._left.run(self._left.zero_states(1), bos)
        for section, right in zip(sections, reversed(right_states), strict=True):
            # What a reader showed before the section stands beside its first token.
            before, after = self._left.output(left), self._right.output(right)
            left, from_left = self._left.run(left, section)
            _, from_right = self._right.run(right, section[:, ::-1])
            before = np.concatenate([before, from_left[0, :-1]])
            after = np.concatenate([after, from_right[0, :-1]])[::-1]
            yield self._predict(before, after)

    def _predict(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """float32 [rows, vocabulary_size] from what the readers show, [rows, units]."""
        hidden = self._head.hidden(np.concatenate([left, right], axis=1))
        return self._head.log_probabilities(hidden)


def _with_bos(token_ids: np.ndarray) -> np.ndarray:
    """int32 [batch, 1 + steps]."""
    bos = np.full((len(token_ids), 1), BOS, np.int32)
    return np.concatenate([bos, token_ids], axis=1, dtype=np.int32)


def _show_last(reader: Reader, token_ids: np.ndarray) -> np.ndarray:
    """What the top layer shows after each row's last token, float32 [batch, units]."""
    zeros = reader.zero_states(len(token_ids))
    states, _ = reader.run(zeros, token_ids, token_ids != PAD)
    return reader.output(states)
