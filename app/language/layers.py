"""The layers of a network around its cells: what reads tokens, what predicts them.

    token ids -> | embedding -> recurrent layers -> attention | -> | dense -> output |
                                Reader                                  Head

Arrays go in, arrays come out; which way a text is read and how long its states are
kept is decided by the networks that are made of these two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.language.attention import Attention
from app.language.cells import CELL_CLASSES, Cell
from app.settings import Architecture

# Rows of logits that `score` holds at a time, in one array used again and again: with
# 20,000 words 10 MB instead of three times 20 MB for 256 rows, and 25 ms instead of 31
# (medians, one thread of a busy machine). Blocks of 64 and of 32 took 31 and 35.
SCORE_ROWS = 128

# With fewer rows than this, one product of a vector a row: before a product of
# matrices BLAS rearranges the whole kernel. 20,000 words, one thread: 0.22 ms instead
# of 0.6 for two rows, as long for four. How the kernel lies in memory matters little:
# transposed, or copied out of the mapped file, a row takes as long.
FEW_ROWS = 4

# Most frequent tokens by which `score_bounds` judges the normaliser. Two thirds of the
# probability are theirs after most words, so that bounds are 1.5 times too high; twice
# as many cost twice as much and are 1.3 times too high.
LEADING_TOKENS = 512

# Products of BLAS differ by some units in the last place with their shapes. A bound is
# raised by this share of the logits that it was made of: ten times what was seen.
BOUND_MARGIN = 1e-5

_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "linear": lambda x: x,
}

# The slope of each, from its value.
_SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda y: (y > 0).astype(y.dtype),
    "tanh": lambda y: 1.0 - y**2,
    "linear": np.ones_like,
}


@dataclass(frozen=True, eq=False)
class Reader:
    """Recurrent layers, one on top of the other, and an attention where there is one.

    The states are a tuple: one of each recurrent layer from the bottom to the top,
    then that of the attention.

    Attributes:
        embedding: float32 [vocabulary_size, embedding_width].
        cells: the recurrent layers.
        attention: on top of them, or None.
    """

    embedding: np.ndarray
    cells: tuple[Cell, ...]
    attention: Attention | None = None

    @classmethod
    def build(
        cls, architecture: Architecture, weights: Mapping[str, np.ndarray], name: str
    ) -> Reader:
        """The reader whose recurrent layers' weights begin with `name`."""
        parts = ("kernel", "recurrent_kernel", "bias")
        cells = tuple(
            CELL_CLASSES[architecture.cell](
                *(weights[f"{name}_{layer}_{part}"] for part in parts)
            )
            for layer in range(architecture.layers)
        )
        attention = None
        if architecture.attention_length is not None:
            attention = Attention(
                weights["attention_query_kernel"],
                weights["attention_kernel"],
                architecture.attention_length,
            )
        return cls(weights["embedding"], cells, attention)

    def zero_states(self, batch: int) -> tuple[Any, ...]:
        """The states before the first token."""
        states = tuple(cell.zero_state(batch) for cell in self.cells)
        if self.attention is None:
            return states
        return (*states, self.attention.zero_state(batch))

    def run(
        self,
        states: tuple[Any, ...],
        token_ids: np.ndarray,
        is_token: np.ndarray | None = None,
    ) -> tuple[tuple[Any, ...], np.ndarray]:
        """Reads int32 [batch, steps], layer after layer.

        Where bool [batch, steps] `is_token` is False, nothing is read. States of one
        row are those of every row: what a layer takes from them is computed once.

        Returns:
            The states at the end, and what the top recurrent layer shows at every
            step, float32 [batch, steps, units].
        """
        outputs = self.embedding[token_ids]  # [batch, steps, embedding_width]
        after = []
        for cell, before in zip(self.cells, states[: len(self.cells)], strict=True):
            # What a layer shows is what the next one reads.
            state, outputs = _run(cell, before, outputs, is_token)
            after.append(state)
        if self.attention is not None:
            after.append(self.attention.remember(states[-1], outputs, is_token))
        return tuple(after), outputs

    def run_shown(
        self, states: tuple[Any, ...], token_ids: np.ndarray
    ) -> tuple[tuple[Any, ...], np.ndarray]:
        """Reads int32 [batch, steps], at least one; what was shown before each token.

        Returns:
            The states at the end, and the output of the topmost layer, that of an
            attention too, float32 [batch, steps, units].
        """
        before = self.output(states)[:, None]
        after, outputs = self.run(states, token_ids)
        if self.attention is None:
            return after, np.concatenate([before, outputs[:, :-1]], axis=1)
        later = self.attention.output_each(states[-1], outputs[:, :-1])
        return after, np.concatenate([before, later], axis=1)

    def output(self, states: tuple[Any, ...]) -> np.ndarray:
        """What the topmost layer shows after the last token, float32 [batch, units]."""
        if self.attention is None:
            return states[-1].hidden
        return self.attention.output(states[-1])


def _run(
    cell: Cell, state: Any, inputs: np.ndarray, is_token: np.ndarray | None
) -> tuple[Any, np.ndarray]:
    """One layer over float32 [batch, steps, inputs].

    Returns:
        Its state at the end, and what it shows at every step, float32
        [batch, steps, units]. Where bool [batch, steps] `is_token` is False, nothing
        is read and the state stays as it was.
    """
    projected = cell.project(inputs)  # [batch, steps, gates * units]
    hidden = np.empty((*inputs.shape[:2], cell.units), np.float32)
    for step in range(inputs.shape[1]):
        after = cell.step(projected[:, step], state)
        if is_token is not None:
            keep = is_token[:, step, None]
            pairs = zip(after, state, strict=True)
            after = type(after)(*(np.where(keep, new, old) for new, old in pairs))
        state = after
        hidden[:, step] = state.hidden
    return state, hidden


class Head:
    """From what a reader shows to log-probabilities: the dense and the output layer.

    Args:
        architecture: says which activation.
        weights: those of both layers, under the names of `weight_shapes`.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        self._output_kernel = weights["output_kernel"]
        self._output_bias = weights["output_bias"]
        self._dense_kernel = weights["dense_kernel"]
        self._dense_bias = weights["dense_bias"]
        self._activation = _ACTIVATIONS[architecture.dense_activation]
        self._slope = _SLOPES[architecture.dense_activation]

    @property
    def width(self) -> int:
        """dense_units."""
        return len(self._output_kernel)

    def hidden(self, top: np.ndarray) -> np.ndarray:
        """The input of the output layer, float32 [..., dense_units]."""
        return self._activation(top @ self._dense_kernel + self._dense_bias)

    def log_probabilities(self, hidden: np.ndarray) -> np.ndarray:
        """Of every token, in nats: float32 [batch, vocabulary_size]."""
        return log_softmax(self._logits(hidden))

    def score(self, hidden: np.ndarray, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one token per row, float32 [batch], nats.

        The normaliser needs every logit all the same, but not all rows at a time.
        """
        scores = np.empty(len(hidden), np.float32)
        num_rows = min(len(hidden), SCORE_ROWS)
        block = np.empty((num_rows, len(self._output_bias)), np.float32)
        for first in range(0, len(hidden), SCORE_ROWS):
            rows = slice(first, first + SCORE_ROWS)
            logits = block[: len(hidden[rows])]
            self._logits(hidden[rows], out=logits)
            logits -= logits.max(axis=1, keepdims=True)
            chosen = logits[np.arange(len(logits)), token_ids[rows]]
            np.exp(logits, out=logits)
            scores[rows] = chosen - np.log(logits.sum(axis=1))
        return scores

    def score_gradient(self, top: np.ndarray, token_id: int) -> np.ndarray:
        """The derivative of a log-probability by what a reader shows.

        d log p(w) = column of w - sum of all columns, each by its probability; then
        back through the dense layer.

        Args:
            top: float32 [units].
            token_id: of w.

        Returns:
            float32 [units], nats.
        """
        hidden = self.hidden(top)
        probabilities = np.exp(self.log_probabilities(hidden[None])[0])
        of_hidden = self._output_kernel[:, token_id]
        of_hidden = of_hidden - self._output_kernel @ probabilities
        return self._dense_kernel @ (of_hidden * self._slope(hidden))

    def score_bounds(self, hidden: np.ndarray, token_ids: np.ndarray) -> np.ndarray:
        """What log-probabilities cannot exceed, float32 [rows, n], nats.

        log P(token) = logit - log sum exp(all logits), and the sum over the leading
        tokens alone is smaller than that over all.
        """
        kernel, bias = self._output_kernel, self._output_bias
        leading = hidden @ kernel[:, :LEADING_TOKENS] + bias[:LEADING_TOKENS]
        largest = leading.max(axis=1, keepdims=True)
        leading -= largest
        total = np.exp(leading, out=leading).sum(axis=1, keepdims=True)
        logits = hidden @ kernel[:, token_ids] + bias[token_ids]
        margin = np.abs(logits)
        margin += np.abs(largest) + 1.0
        margin *= BOUND_MARGIN
        logits -= largest + np.log(total)
        logits += margin
        return np.minimum(logits, 0.0, out=logits)  # no probability exceeds 1

    def _logits(self, hidden: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        if out is None:
            out = np.empty((len(hidden), len(self._output_bias)), np.float32)
        if len(hidden) < FEW_ROWS:
            for row, logits in zip(hidden, out, strict=True):
                np.matmul(row, self._output_kernel, out=logits)
        else:
            np.matmul(hidden, self._output_kernel, out=out)
        out += self._output_bias
        return out


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logits minus their log-sum-exp, row by row, in place.

    The largest logit of each row is taken off first, so that exp never overflows.
    """
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits
