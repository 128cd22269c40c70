"""What the tests of every model behind the contract do with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.language.contract import LanguageModel, select_rows
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


def check_states_are_values(model: Mixture | Network | NGramModel) -> None:
    """Nothing that is done with states, or with what they gave, changes them."""
    states = after(model, [7, 8])
    before = model.log_probabilities(states)
    copy = select_rows(states, np.array([0]))
    model.advance(states, np.array([9], np.int32))
    model.advance(states, np.array([EOS], np.int32))
    model.read(states, np.array([[9, 10]], np.int32))
    model.score(states, np.array([9], np.int32))
    table = model.log_probabilities(states)
    table[:] = 0.0  # callers may write into it
    np.testing.assert_array_equal(model.log_probabilities(states), before)
    np.testing.assert_array_equal(model.log_probabilities(copy), before)
