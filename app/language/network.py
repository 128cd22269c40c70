"""The trained network as a language model: weights in, log-probabilities out.

    token ids -> embedding -> recurrent layers -> (attention) -> dense -> output
              -> log-softmax

The network of the model folder, computed with the numpy cells. Two ways of keeping a
context exist: `CarriedContext` carries the recurrent states on and on, `WindowContext`
remembers the last ids and reads them anew from a zero state for every prediction (the
preset "classic"). This module knows nothing of words, files or search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.language.layers import Head, Reader
from app.language.weights import check_weights
from app.settings import Architecture
from app.text.vocabulary import BOS, PAD


class Network:
    """A recurrent network that predicts the next token; a `LanguageModel`.

    Args:
        architecture: the shape; dropout plays no part here.
        weights: float32 arrays under the names of `weight_shapes`, taken as they are,
            memory-mapped ones too.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.
        head: from what the topmost layer shows to log-probabilities.

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
        reader = Reader.build(architecture, checked, "recurrent")
        self._context: CarriedContext | WindowContext = (
            CarriedContext(reader)
            if architecture.context_length is None
            else WindowContext(reader, architecture.context_length)
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

    @property
    def hidden_width(self) -> int:
        """Columns of `hidden`."""
        return self.head.width

    @property
    def reader(self) -> Reader:
        """The layers below the head."""
        return self._context.reader

    @property
    def context_length(self) -> int | None:
        """The last tokens that are read anew each time; None: states are carried."""
        context = self._context
        return context.context_length if isinstance(context, WindowContext) else None

    @property
    def carries_states(self) -> bool:
        """Whether a context has no limit; else it is a window, read anew each time."""
        return isinstance(self._context, CarriedContext)

    def read_along(self, states: Any, token_ids: np.ndarray) -> tuple[Any, np.ndarray]:
        """As `read`, with what the network thought before each token.

        Args:
            states: [batch].
            token_ids: int32 [batch, steps], at least one step.

        Returns:
            The states after them, and `hidden` before each, float32
            [batch, steps, dense_units].
        """
        after, shown = self._context.read_shown(states, np.asarray(token_ids))
        return after, self.head.hidden(shown)

    def branch(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after each of int32 [n] tokens, `states` having one row.

        What the recurrent layers take from their states is computed once for all.
        """
        return self._context.read(states, np.asarray(token_ids)[:, None])

    def hidden(self, states: Any) -> np.ndarray:
        """The input of the output layer, float32 [batch, dense_units]."""
        return self.head.hidden(self._context.output(states))

    def log_probabilities(self, states: Any) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size]."""
        return self.log_probabilities_of(self.hidden(states))

    def log_probabilities_of(self, hidden: np.ndarray) -> np.ndarray:
        """The same from `hidden`, float32 [batch, dense_units]."""
        return self.head.log_probabilities(hidden)

    def score(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats."""
        return self.head.score(self.hidden(states), token_ids)

    def score_bounds(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """What log-probabilities of some next tokens cannot exceed, [rows, n], nats."""
        return self.head.score_bounds(self.hidden(states), token_ids)

    def score_run(self, states: Any, token_ids: np.ndarray) -> tuple[np.ndarray, Any]:
        """Of every token of a run, float32 [batch, steps], nats; the states after it.

        All steps go through the output layer as if they were rows, in few products.
        """
        after, hidden = self.read_along(states, token_ids)
        return self.score_hidden(hidden, token_ids), after

    def score_hidden(self, hidden: np.ndarray, token_ids: np.ndarray) -> np.ndarray:
        """The same from `hidden`, float32 [batch, steps, dense_units]."""
        flat = hidden.reshape(-1, hidden.shape[-1])
        return self.head.score(flat, np.ravel(token_ids)).reshape(token_ids.shape)


@dataclass(frozen=True, eq=False)
class CarriedContext:
    """States that are carried on and on: no limit to the context."""

    reader: Reader

    def start(self, batch: int) -> tuple[Any, ...]:
        """The layers' states after BOS."""
        zeros = self.reader.zero_states(batch)
        return self.read(zeros, np.full((batch, 1), BOS, np.int32))

    def read(self, states: tuple[Any, ...], token_ids: np.ndarray) -> tuple[Any, ...]:
        """The layers' states after int32 [batch, steps]; one row of states will do."""
        return self.reader.run(states, token_ids)[0]

    def read_shown(
        self, states: tuple[Any, ...], token_ids: np.ndarray
    ) -> tuple[tuple[Any, ...], np.ndarray]:
        """See `Reader.run_shown`."""
        return self.reader.run_shown(states, token_ids)

    def output(self, states: tuple[Any, ...]) -> np.ndarray:
        """What the topmost layer shows, float32 [batch, units]."""
        return self.reader.output(states)


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

    reader: Reader
    context_length: int

    def start(self, batch: int) -> Window:
        """A window that holds BOS."""
        token_ids = np.full((batch, self.context_length), PAD, np.int32)
        token_ids[:, -1] = BOS
        return Window(token_ids)

    def read(self, states: Window, token_ids: np.ndarray) -> Window:
        """The window after int32 [batch, steps] more; one row of states will do."""
        shape = (len(token_ids), self.context_length)
        read = np.broadcast_to(states.token_ids, shape)
        both = np.concatenate([read, token_ids], axis=1, dtype=np.int32)
        return Window(both[:, -self.context_length :])

    def read_shown(
        self, states: Window, token_ids: np.ndarray
    ) -> tuple[Window, np.ndarray]:
        """The window after int32 [batch, steps], and what was shown before each."""
        shown = []
        for ids in token_ids.T:
            shown.append(self.output(states))
            states = self.read(states, ids[:, None])
        return states, np.stack(shown, axis=1)

    def output(self, states: Window) -> np.ndarray:
        """What the topmost layer shows at the window's end, float32 [batch, units]."""
        is_token = states.token_ids != PAD  # [batch, context_length]
        first = int(np.argmax(is_token.any(axis=0)))  # nobody has a token before it
        zeros = self.reader.zero_states(len(is_token))
        token_ids, is_token = states.token_ids[:, first:], is_token[:, first:]
        states_after, _ = self.reader.run(zeros, token_ids, is_token)
        return self.reader.output(states_after)
