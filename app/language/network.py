"""The trained network as a language model: weights in, log-probabilities out.

    token ids -> embedding -> recurrent layers -> dense -> output -> log-softmax

The network of the model folder, computed with the numpy cells. Two ways of keeping a
context exist: `CarriedContext` carries the recurrent states on and on, `WindowContext`
remembers the last ids and reads them anew from a zero state for every prediction (the
preset "classic"). This module knows nothing of words, files or search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.language.cells import CELL_CLASSES, Cell
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD

# Rows of logits that `score` holds at a time, in one array used again and again: with
# 20,000 words 10 MB instead of three times 20 MB for 256 rows, and 25 ms instead of 31
# (medians, one thread of a busy machine). Blocks of 64 and of 32 took 31 and 35.
SCORE_ROWS = 128

_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "linear": lambda x: x,
}


class Network:
    """A recurrent network that predicts the next token; a `LanguageModel`.

    Args:
        architecture: the shape; dropout plays no part here.
        weights: float32 arrays under the names of `weight_shapes`, taken as they are,
            memory-mapped ones too.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.

    Raises:
        ValueError: an array is missing, has another shape or holds a number that is
            not finite.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        checked = _check_weights(architecture, weights)
        self.vocabulary_size = architecture.vocabulary_size
        self._output_kernel = checked["output_kernel"]
        self._output_bias = checked["output_bias"]
        self._dense_kernel = checked["dense_kernel"]
        self._dense_bias = checked["dense_bias"]
        self._activation = _ACTIVATIONS[architecture.dense_activation]
        layers = tuple(
            CELL_CLASSES[architecture.cell](
                checked[f"recurrent_{layer}_kernel"],
                checked[f"recurrent_{layer}_recurrent_kernel"],
                checked[f"recurrent_{layer}_bias"],
            )
            for layer in range(architecture.layers)
        )
        embedding = checked["embedding"]
        self._context: CarriedContext | WindowContext = (
            CarriedContext(embedding, layers)
            if architecture.context_length is None
            else WindowContext(embedding, layers, architecture.context_length)
        )

    def start(self, batch: int) -> Any:
        """The states of `batch` contexts that have read BOS and nothing else."""
        return self._context.start(batch)

    def advance(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after one more token per row, int32 [batch]."""
        return self._context.read(states, np.asarray(token_ids)[:, None])

    def read(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after a run of tokens, int32 [batch, steps]."""
        return self._context.read(states, np.asarray(token_ids))

    def hidden(self, states: Any) -> np.ndarray:
        """The input of the output layer, float32 [batch, dense_units]."""
        top = self._context.output(states)
        return self._activation(top @ self._dense_kernel + self._dense_bias)

    def log_probabilities(self, states: Any) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size]."""
        return _log_softmax(self._logits(self.hidden(states)))

    def score(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats.

        The normaliser needs every logit all the same, but not all rows at a time.
        """
        hidden = self.hidden(states)
        scores = np.empty(len(hidden), np.float32)
        block = np.empty((min(len(hidden), SCORE_ROWS), self.vocabulary_size), "f4")
        for first in range(0, len(hidden), SCORE_ROWS):
            rows = slice(first, first + SCORE_ROWS)
            logits = block[: len(hidden[rows])]
            self._logits(hidden[rows], out=logits)
            logits -= logits.max(axis=1, keepdims=True)
            chosen = logits[np.arange(len(logits)), token_ids[rows]]
            np.exp(logits, out=logits)
            scores[rows] = chosen - np.log(logits.sum(axis=1))
        return scores

    def _logits(self, hidden: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        logits = np.matmul(hidden, self._output_kernel, out=out)
        logits += self._output_bias
        return logits


@dataclass(frozen=True, eq=False)
class CarriedContext:
    """Recurrent states that are carried on, one per layer: no limit to the context."""

    embedding: np.ndarray
    layers: tuple[Cell, ...]

    def start(self, batch: int) -> tuple[Any, ...]:
        """The layers' states after BOS."""
        zeros = tuple(cell.zero_state(batch) for cell in self.layers)
        return self.read(zeros, np.full((batch, 1), BOS, np.int32))

    def read(self, states: tuple[Any, ...], token_ids: np.ndarray) -> tuple[Any, ...]:
        """The layers' states after int32 [batch, steps]; layer after layer."""
        inputs = self.embedding[token_ids]  # [batch, steps, embedding_width]
        after = []
        for cell, before in zip(self.layers, states, strict=True):
            # What a layer shows is what the next one reads.
            state, inputs = _run(cell, before, inputs)
            after.append(state)
        return tuple(after)

    def output(self, states: tuple[Any, ...]) -> np.ndarray:
        """What the last layer shows, float32 [batch, units]."""
        return states[-1].hidden


class Window(NamedTuple):
    """The last tokens read, PAD before the first: int32 [batch, context_length]."""

    token_ids: np.ndarray


@dataclass(frozen=True, eq=False)
class WindowContext:
    """The last `context_length` ids, read anew from a zero state each time.

        a b c         context_length 4     PAD  BOS  a    b     first
                                           BOS  a    b    c     then
                                           a    b    c    d     BOS has left

    Training pads on the right and masks; a masked step leaves the state as it was, so
    padding on the left gives the same numbers, and all rows end at the same step.
    """

    embedding: np.ndarray
    layers: tuple[Cell, ...]
    context_length: int

    def start(self, batch: int) -> Window:
        """A window that holds BOS."""
        token_ids = np.full((batch, self.context_length), PAD, np.int32)
        token_ids[:, -1] = BOS
        return Window(token_ids)

    def read(self, states: Window, token_ids: np.ndarray) -> Window:
        """The window after int32 [batch, steps] more tokens."""
        both = np.concatenate([states.token_ids, token_ids], axis=1, dtype=np.int32)
        return Window(both[:, -self.context_length :])

    def output(self, states: Window) -> np.ndarray:
        """What the last layer shows at the window's end, float32 [batch, units]."""
        is_token = states.token_ids != PAD  # [batch, context_length]
        first = int(np.argmax(is_token.any(axis=0)))  # nobody has a token before it
        inputs = self.embedding[states.token_ids[:, first:]]
        for cell in self.layers:
            zeros = cell.zero_state(len(inputs))
            state, inputs = _run(cell, zeros, inputs, is_token[:, first:])
        return state.hidden


def _run(
    cell: Cell, state: Any, inputs: np.ndarray, is_token: np.ndarray | None = None
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


def weight_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """The name and shape of every array of a network."""
    units, dense_units = architecture.units, architecture.dense_units
    width = CELL_CLASSES[architecture.cell].num_gates * units
    shapes: dict[str, tuple[int, ...]] = {
        "embedding": (architecture.vocabulary_size, architecture.embedding_width)
    }
    inputs = architecture.embedding_width
    for layer in range(architecture.layers):
        shapes[f"recurrent_{layer}_kernel"] = (inputs, width)
        shapes[f"recurrent_{layer}_recurrent_kernel"] = (units, width)
        bias = (2, width) if architecture.cell == "gru" else (width,)
        shapes[f"recurrent_{layer}_bias"] = bias
        inputs = units
    return shapes | {
        "dense_kernel": (units, dense_units),
        "dense_bias": (dense_units,),
        "output_kernel": (dense_units, architecture.vocabulary_size),
        "output_bias": (architecture.vocabulary_size,),
    }


def _check_weights(
    architecture: Architecture, weights: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    checked = {}
    for name, shape in weight_shapes(architecture).items():
        if name not in weights:
            raise ValueError(f"the weights {name!r} are missing")
        # Not np.asanyarray: arithmetic on the memmap class is slower.
        array = np.asarray(weights[name], np.float32)
        if array.shape != shape:
            raise ValueError(
                f"the weights {name!r} have shape {array.shape} instead of {shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"the weights {name!r} hold numbers that are not finite")
        checked[name] = array
    return checked


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logits minus their log-sum-exp, row by row, in place.

    The largest logit of each row is taken off first, so that exp never overflows.
    """
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits
