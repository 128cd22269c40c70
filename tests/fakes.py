"""Language models whose every number is known beforehand.

They keep the contract of `app.language.contract`; their states are int32 [batch], a
tuple of one array. "Certain" is a log-probability of 0 against -100 for every other
token: in float32 the probabilities still sum to 1, and nothing becomes infinite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.text.vocabulary import BOS

UNLIKELY = -100.0

States = tuple[np.ndarray]


class Uniform:
    """Finds every token equally likely; the states count the tokens read."""

    def __init__(self, vocabulary_size: int) -> None:
        self.vocabulary_size = vocabulary_size

    def start(self, batch: int) -> States:
        return (np.zeros(batch, np.int32),)

    def advance(self, states: States, token_ids: np.ndarray) -> States:
        assert states[0].shape == token_ids.shape
        return (states[0] + 1,)

    def log_probabilities(self, states: States) -> np.ndarray:
        shape = (len(states[0]), self.vocabulary_size)
        return np.full(shape, -np.log(self.vocabulary_size), np.float32)

    def score(self, states: States, token_ids: np.ndarray) -> np.ndarray:
        return self.log_probabilities(states)[np.arange(len(token_ids)), token_ids]


class Oracle(Uniform):
    """Knows the text: certain of its next token, whatever was read so far.

    Args:
        token_ids: the text, without BOS. Past its end every token is equally likely.
    """

    def __init__(self, vocabulary_size: int, token_ids: Sequence[int]) -> None:
        super().__init__(vocabulary_size)
        self.token_ids = np.asarray(token_ids, np.int32)

    def log_probabilities(self, states: States) -> np.ndarray:
        table = super().log_probabilities(states)
        for row, position in enumerate(states[0]):
            if position < len(self.token_ids):
                table[row] = UNLIKELY
                table[row, self.token_ids[position]] = 0.0
        return table


class Next(Uniform):
    """Certain of the id after the last one read; the states are the last ids."""

    def start(self, batch: int) -> States:
        return (np.full(batch, BOS, np.int32),)

    def advance(self, states: States, token_ids: np.ndarray) -> States:
        assert states[0].shape == token_ids.shape
        return (np.asarray(token_ids, np.int32),)

    def log_probabilities(self, states: States) -> np.ndarray:
        shape = (len(states[0]), self.vocabulary_size)
        table = np.full(shape, UNLIKELY, np.float32)
        following = (states[0] + 1) % self.vocabulary_size
        table[np.arange(len(following)), following] = 0.0
        return table
