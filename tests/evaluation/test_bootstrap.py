"""Standard errors by drawing documents again, against the theory of means."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.bootstrap import (
    ROUNDS,
    resampled,
    standard_error,
    standard_error_of_ratio,
)


def test_of_independent_equal_documents_it_is_that_of_a_mean():
    values = np.random.default_rng(1).normal(5, 2, 400)
    expected = values.std() / np.sqrt(len(values))
    found = standard_error_of_ratio(values, np.ones(len(values)))
    # The standard error of a standard deviation of 1,000 draws is 2 %.
    assert found == pytest.approx(expected, rel=0.08)


def test_tokens_of_one_document_are_not_taken_for_independent():
    hits = np.repeat([0.0, 100.0], 50)  # all or nothing of each document is right
    tokens = np.full(100, 100.0)
    by_document = standard_error_of_ratio(hits, tokens)
    by_token = np.sqrt(0.5 * 0.5 / tokens.sum())
    assert by_document == pytest.approx(10 * by_token, rel=0.08)


def test_everybody_gets_the_same_draws():
    sums = np.random.default_rng(2).random((30, 2))
    both = resampled(sums)
    assert both.shape == (ROUNDS, 2)
    np.testing.assert_allclose(both[:, 0], resampled(sums[:, :1])[:, 0])
    assert not np.allclose(both, resampled(sums, seed=1))


def test_many_documents_are_drawn_a_part_of_the_rounds_at_a_time(monkeypatch):
    sums = np.random.default_rng(2).random((50, 1))
    whole = resampled(sums)
    monkeypatch.setattr("app.evaluation.bootstrap._CELLS_AT_ONCE", 700)
    np.testing.assert_allclose(resampled(sums), whole)


def test_one_document_leaves_no_choice():
    assert standard_error_of_ratio(np.array([1.0]), np.array([2.0])) is None


def test_what_is_infinite_has_no_standard_error():
    assert standard_error(np.array([1.0, np.inf])) is None
    sums = np.array([1.0, np.inf, 2.0])
    assert standard_error_of_ratio(sums, np.ones(3)) is None
