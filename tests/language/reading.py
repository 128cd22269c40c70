"""What the tests of every model behind the contract do with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.language.contract import LanguageModel, score_run, select_rows
from app.language.mixture import Mixture
from app.language.network import Network
from app.language.ngram import NGramModel
from app.text.vocabulary import EOS


def after(model: LanguageModel, text: list[int]) -> Any:
    """The states, a batch of one, after a text that was read token by token."""
    states = model.start(1)
    for token_id in text:
        states = model.advance(states, np.array([token_id], np.int32))
    return states


class WithoutRuns:
    """A model that has nothing but the four functions of the contract."""

    def __init__(self, model: LanguageModel) -> None:
        self.vocabulary_size = model.vocabulary_size
        self.start, self.advance = model.start, model.advance
        self.log_probabilities, self.score = model.log_probabilities, model.score


def check_runs_are_scored_as_tokens_are(model: Mixture | Network) -> None:
    """Scores and the states after them, for runs of several lengths."""
    states = model.read(model.start(2), np.array([[7, 8, 7], [9, 9, 8]], np.int32))
    generator = np.random.default_rng(0)
    for steps in (1, 2, 7):
        run = generator.integers(5, 12, (2, steps)).astype(np.int32)
        found, states_after = score_run(model, states, run)
        expected, expected_after = score_run(WithoutRuns(model), states, run)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-4)
        np.testing.assert_allclose(
            model.log_probabilities(states_after),
            model.log_probabilities(expected_after),
            atol=1e-4,
        )


def check_states_are_values(model: Mixture | Network | NGramModel) -> None:
    """Nothing that is done with states, or with what they gave, changes them."""
    states = after(model, [7, 8])
    before = model.log_probabilities(states)
    copy = select_rows(states, np.array([0]))
    model.advance(states, np.array([9], np.int32))
    model.advance(states, np.array([EOS], np.int32))
    model.read(states, np.array([[9, 10]], np.int32))
    model.score(states, np.array([9], np.int32))
    score_run(model, states, np.array([[9, 10]], np.int32))
    table = model.log_probabilities(states)
    table[:] = 0.0  # callers may write into it
    np.testing.assert_array_equal(model.log_probabilities(states), before)
    np.testing.assert_array_equal(model.log_probabilities(copy), before)
