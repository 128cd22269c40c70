"""The contract that everything right of training relies on.

A language model reads token ids one at a time and says how likely every token is as
the next one. Decoding, evaluation, the server and the report know nothing else about
it, so a network, an n-gram model and a mixture of both are interchangeable.

States are values: nested tuples of arrays, batch first, never changed in place. That
is what lets a search keep many hypotheses, drop some (`select_rows`) and go on. A part
of them that is no plain array brings its own `select_rows` and `join_rows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np


class LanguageModel(Protocol):
    """What reads token ids and predicts the next one.

    Attributes:
        vocabulary_size: columns of `log_probabilities`.
    """

    vocabulary_size: int

    def start(self, batch: int) -> Any:
        """The states of `batch` contexts that have read BOS and nothing else."""
        ...

    def advance(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after one more token per row; costs no output layer.

        Args:
            states: what `start` or `advance` gave, [batch].
            token_ids: int32 [batch].
        """
        ...

    def log_probabilities(self, states: Any) -> np.ndarray:
        """The log-probability of every next token, float32 [batch, vocabulary], nats.

        The caller may write into the array.
        """
        ...

    def score(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """The log-probability of one next token per row, float32 [batch], nats.

        Equal to the entries of `log_probabilities`, but cheaper where a model has a
        way round the whole distribution.
        """
        ...


@runtime_checkable
class ReadsRuns(Protocol):
    """A language model that has a quicker way to read many tokens at once."""

    def read(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after int32 [batch, steps] more tokens."""
        ...


@runtime_checkable
class ScoresRuns(Protocol):
    """A language model that has a quicker way to score many tokens at once."""

    def score_run(self, states: Any, token_ids: np.ndarray) -> tuple[np.ndarray, Any]:
        """What `score_run` below gives."""
        ...


@runtime_checkable
class Branches(Protocol):
    """A language model that has a quicker way to read many tokens after one context."""

    def branch(self, states: Any, token_ids: np.ndarray) -> Any:
        """The states after each of int32 [n] tokens, `states` having one row: [n]."""
        ...


@runtime_checkable
class BoundsScores(Protocol):
    """A language model that tells cheaply what scores cannot exceed."""

    def score_bounds(self, states: Any, token_ids: np.ndarray) -> np.ndarray:
        """Upper bounds of the log-probabilities of some next tokens, nats.

        Args:
            states: [rows].
            token_ids: int [n], for every row the same.

        Returns:
            float32 [rows, n], none below what `log_probabilities` gives, up to 0.
        """
        ...


def read(model: LanguageModel, states: Any, token_ids: np.ndarray) -> Any:
    """The states after a run of tokens, the same length in every row.

    Args:
        model: reads in one go if it can, else token by token.
        states: [batch], unchanged.
        token_ids: int32 [batch, steps]; no step at all gives `states` back.
    """
    if isinstance(model, ReadsRuns):
        return model.read(states, token_ids)
    for step in range(token_ids.shape[1]):
        states = model.advance(states, token_ids[:, step])
    return states


def score_run(
    model: LanguageModel, states: Any, token_ids: np.ndarray
) -> tuple[np.ndarray, Any]:
    """The log-probability of every token of a run, and the states after it.

    Args:
        model: scores in one go if it can, else token by token.
        states: [batch], unchanged.
        token_ids: int32 [batch, steps], at least one step.

    Returns:
        float32 [batch, steps], nats, of each token after those before it; states.
    """
    if isinstance(model, ScoresRuns):
        return model.score_run(states, token_ids)
    scores = np.empty(token_ids.shape, np.float32)
    for step in range(token_ids.shape[1]):
        scores[:, step] = model.score(states, token_ids[:, step])
        states = model.advance(states, token_ids[:, step])
    return scores, states


def states_before(
    model: LanguageModel, states: Any, token_ids: np.ndarray
) -> tuple[Any, Any]:
    """The states before every token of a run, and those after all of it.

    Args:
        model: reads token by token.
        states: [batch], unchanged.
        token_ids: int32 [batch, steps], at least one step.

    Returns:
        States [steps * batch], all rows of one step beside each other; states [batch].
    """
    before = []
    for ids in token_ids.T:
        before.append(states)
        states = model.advance(states, ids)
    return join_rows(before), states


def branch(
    model: LanguageModel, states: Any, rows: np.ndarray, token_ids: np.ndarray
) -> Any:
    """The states after one more token each, [n].

    Args:
        model: shares work between the tokens of one row if it can.
        states: [rows], unchanged.
        rows: int [n], which row each token goes on from.
        token_ids: int32 [n], at least one.
    """
    if isinstance(model, Branches) and (rows == rows[0]).all():
        return model.branch(select_rows(states, rows[:1]), token_ids)
    return model.advance(select_rows(states, rows), token_ids)


def select_rows(states: Any, rows: np.ndarray) -> Any:
    """The states of some rows, in the order of `rows`; a row may be taken twice.

    Args:
        states: an array, nested (named) tuples of arrays, batch first, or a value
            that selects its rows itself.
        rows: int [new_batch].

    Example:
        >>> hidden, (age,) = np.array([[1.0], [2.0]]), (np.array([10, 20]),)
        >>> select_rows((hidden, (age,)), np.array([1, 1, 0]))[1]
        (array([20, 20, 10]),)
    """
    if isinstance(states, np.ndarray):
        return states[rows]
    if not isinstance(states, tuple):
        return states.select_rows(rows)
    parts = [select_rows(part, rows) for part in states]
    # A named tuple takes its fields one by one, a plain tuple takes an iterable.
    return type(states)(*parts) if hasattr(states, "_fields") else tuple(parts)


def join_rows(parts: Sequence[Any]) -> Any:
    """The rows of several states, one below the other.

    Args:
        parts: at least one; all made by the same model.

    Example:
        >>> join_rows([(np.array([1]),), (np.array([2, 3]),)])
        (array([1, 2, 3]),)
    """
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if not isinstance(first, tuple):
        return first.join_rows(parts)
    fields = [join_rows(field) for field in zip(*parts, strict=True)]
    return type(first)(*fields) if hasattr(first, "_fields") else tuple(fields)
