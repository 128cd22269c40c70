"""States are values; reading many tokens is reading them one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.language.cells import LSTMState
from app.language.contract import join_rows, read, select_rows
from tests.fakes import Next, Uniform


def test_select_rows_keeps_the_kind_of_every_level():
    states = (LSTMState(np.eye(3), np.ones((3, 2))), (np.arange(3),))
    chosen = select_rows(states, np.array([2, 0]))
    assert isinstance(chosen[0], LSTMState)
    np.testing.assert_array_equal(chosen[0].hidden, [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(chosen[1][0], [2, 0])


@given(st.lists(st.integers(0, 4), max_size=9), st.lists(st.integers(0, 4)))
def test_join_rows_puts_back_what_select_rows_took_apart(first, second):
    states = (LSTMState(np.arange(5.0), np.arange(5.0) * 2), (np.arange(5),))
    rows = [np.array(part, int) for part in (first, second)]
    joined = join_rows([select_rows(states, part) for part in rows])
    expected = select_rows(states, np.concatenate(rows))
    assert isinstance(joined[0], LSTMState)
    np.testing.assert_array_equal(joined[0].cell, expected[0].cell)
    np.testing.assert_array_equal(joined[1][0], expected[1][0])


def test_a_model_without_a_quicker_way_reads_token_by_token():
    token_ids = np.array([[5, 6, 7], [7, 6, 5]], np.int32)
    model = Next(10)
    np.testing.assert_array_equal(read(model, model.start(2), token_ids)[0], [7, 5])
    counting = Uniform(10)
    assert read(counting, counting.start(2), token_ids)[0].tolist() == [3, 3]


def test_reading_nothing_changes_nothing():
    model = Next(10)
    states = model.start(2)
    assert read(model, states, np.empty((2, 0), np.int32)) is states
