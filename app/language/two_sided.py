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

from collections.abc import Mapping

import numpy as np

from app.language.layers import Head, Reader
from app.language.weights import check_weights
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD


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
        joined = np.concatenate([left, right], axis=1)  # [batch, 2 * units]
        return self._head.log_probabilities(self._head.hidden(joined))

    def between(self, token_ids: np.ndarray) -> np.ndarray:
        """What the output layer reads at every position of a whole text.

        One reading from each side instead of one for each position.

        Args:
            token_ids: int32 [tokens], without BOS.

        Returns:
            float32 [tokens, dense_units], for `log_probabilities`.
        """
        token_ids = np.asarray(token_ids)[None]
        _, left = self._left.run(self._left.zero_states(1), _with_bos(token_ids))
        _, right = self._right.run(self._right.zero_states(1), token_ids[:, ::-1])
        after = np.zeros_like(right[0])  # [tokens, units]; nothing follows the last
        after[:-1] = right[0, ::-1][1:]
        return self._head.hidden(np.concatenate([left[0, :-1], after], axis=1))

    def log_probabilities(self, hidden: np.ndarray) -> np.ndarray:
        """Of every token, in nats: float32 [rows, vocabulary_size]."""
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
