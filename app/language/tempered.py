"""A language model whose distributions are sharpened or flattened.

    p_T(w | h) = p(w | h)^(1/T) / sum over v of p(v | h)^(1/T)        T the temperature

The order of the tokens stays. Below 1 the likely becomes likelier still, above 1 all
come nearer to each other; contractions and phrases are products of such tokens.

Source: Ackley, Hinton and Sejnowski 1985, A learning algorithm for Boltzmann machines.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.language import contract
from app.language.contract import BoundsScores, LanguageModel
from app.language.layers import log_softmax

# Errors of rounding in a bound, nats, and more.
_ROUNDING = np.float32(1e-5)


class Tempered:
    """A language model at another temperature; a `LanguageModel` itself.

    Its states are those of the model. A single score takes the whole distribution, so
    it offers no quicker way to score many.

    Args:
        model: whatever predicts.
        temperature: above 0; at 1 everything would stay as it is.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.

    Raises:
        ValueError: the temperature is not above 0, or not finite.
    """

    def __init__(self, model: LanguageModel, temperature: float) -> None:
        if not 0 < temperature < np.inf:
            raise ValueError(f"the temperature is {temperature}, not above 0")
        self.vocabulary_size = model.vocabulary_size
        self._model = model
        self._sharpness = np.float32(1 / temperature)

    def start(self, batch: int) -> Any:
        """The states of `batch` contexts that have read BOS and nothing else."""
        return self._model.start(batch)

    def advance(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after one more token per row, int32 [batch]."""
        return self._model.advance(states, token_ids)

    def read(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after a run of tokens, int32 [batch, steps]."""
        return contract.read(self._model, states, token_ids)

    def branch(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after each of int32 [n] tokens, `states` having one row."""
        rows = np.zeros(len(token_ids), np.intp)
        return contract.branch(self._model, states, rows, token_ids)

    def log_probabilities(self, states: Any) -> np.ndarray:
        """Of every next token, in nats: float32 [batch, vocabulary_size]."""
        table = self._model.log_probabilities(states)
        table *= self._sharpness
        return log_softmax(table)

    def score(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats."""
        return self.log_probabilities(states)[np.arange(len(token_ids)), token_ids]

    def score_bounds(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """What scores of some next tokens cannot exceed, float32 [rows, n], nats.

        The divisor is known only with the whole distribution. With s = 1 / T it is at
        least 1 where s < 1, since no p^s is below p then, and at least V^(1 - s) of V
        tokens otherwise, since the sum is smallest where all are equally likely. So a
        key costs 0.44 ms at T = 1.25 instead of 0.76 without bounds (0.42 at T = 1).
        """
        if not isinstance(self._model, BoundsScores):
            return self.log_probabilities(states)[:, token_ids]
        bounds = self._model.score_bounds(states, token_ids) * self._sharpness
        bounds += max(0.0, self._sharpness - 1) * np.log(self.vocabulary_size)
        return np.minimum(bounds + _ROUNDING * (1 + np.abs(bounds)), 0.0)
