"""Attention over the last outputs of the recurrent layers, in plain numpy.

The twin of `app/network/attention.py`, which has the equations. The state is what can
be looked at: the last outputs of the top recurrent layer, that of the last token read
among them.

    start     . . .        nothing to look at: zero rows
    read a    . . a        h~ looks at a
    read b    . a b        h~ looks at a and b
    read cd   b c d        h~ looks at all three; a is forgotten
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class LastOutputs(NamedTuple):
    """What the attention remembers.

    Attributes:
        outputs: float32 [batch, length, units], the latest last; zero rows stand for
            nothing.
    """

    outputs: np.ndarray


@dataclass(frozen=True, eq=False)
class Attention:
    """The layer's weights and what is done with them.

    Attributes:
        query_kernel: Wa, float32 [units, units].
        kernel: Wc, float32 [2 * units, units].
        length: outputs looked at.
    """

    query_kernel: np.ndarray
    kernel: np.ndarray
    length: int

    def zero_state(self, batch: int) -> LastOutputs:
        """The state before the first token: nothing to look at."""
        shape = (batch, self.length, len(self.query_kernel))
        return LastOutputs(np.zeros(shape, np.float32))

    def remember(
        self, state: LastOutputs, outputs: np.ndarray, is_token: np.ndarray | None
    ) -> LastOutputs:
        """The state after some steps of the layer below.

        Args:
            state: before them, unchanged; one row of it is that of every row.
            outputs: float32 [batch, steps, units].
            is_token: bool [batch, steps], False where nothing was read; padding has
                to stand on the left of all tokens. None: all are tokens.
        """
        if is_token is not None:
            outputs = outputs * is_token[:, :, None]
        before = np.broadcast_to(
            state.outputs, (len(outputs), *state.outputs.shape[1:])
        )
        joined = np.concatenate([before, outputs], axis=1)
        return LastOutputs(joined[:, -self.length :])

    def output_each(self, state: LastOutputs, outputs: np.ndarray) -> np.ndarray:
        """h~ of every step of the layer below, float32 [batch, steps, units].

        Args:
            state: before them.
            outputs: float32 [batch, steps, units].
        """
        found = np.empty_like(outputs)
        joined = np.concatenate([state.outputs, outputs], axis=1)
        for step in range(outputs.shape[1]):
            window = joined[:, step + 1 : step + 1 + self.length]
            found[:, step] = self.output(LastOutputs(window))
        return found

    def shares(self, state: LastOutputs) -> np.ndarray:
        """How much the last token looks at each output, float32 [batch, length].

        They sum to 1; what is not there has 0.
        """
        query = state.outputs[:, -1] @ self.query_kernel  # [batch, units]
        scores = np.matmul(state.outputs, query[:, :, None])[:, :, 0]
        # A token always looks at itself, whatever it shows.
        scores[:, :-1][~np.any(state.outputs[:, :-1], axis=2)] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        return shares / shares.sum(axis=1, keepdims=True)

    def output(self, state: LastOutputs) -> np.ndarray:
        """h~ of the last token, float32 [batch, units]."""
        found = np.matmul(self.shares(state)[:, None], state.outputs)[:, 0]
        joined = np.concatenate([found, state.outputs[:, -1]], axis=1)
        return np.tanh(joined @ self.kernel)
