"""The derivatives written by hand are the derivatives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.language.attention import Attention
from app.language.gradients import input_gradients
from app.language.layers import Reader
from app.language.network import Network
from app.language.trace import trace
from tests.language.test_trace import IDS, KINDS, reader_of
from tests.tiny import tiny_architecture, tiny_weights


def exact(reader: Reader) -> Reader:
    """The same in float64, with a row of the embedding for every step."""

    def wide(it):
        arrays = {
            spec.name: getattr(it, spec.name).astype(np.float64)
            for spec in dataclasses.fields(it)
            if isinstance(getattr(it, spec.name), np.ndarray)
        }
        return dataclasses.replace(it, **arrays)

    embedding = reader.embedding[IDS].astype(np.float64)
    attention: Attention | None = reader.attention and wide(reader.attention)
    return Reader(embedding, tuple(map(wide, reader.cells)), attention)


@pytest.mark.parametrize(("cell", "layers", "attention"), KINDS)
def test_gradients_are_those_of_finite_differences(cell, layers, attention):
    reader, steps = exact(reader_of(cell, layers, attention)), np.arange(len(IDS))
    direction = np.random.default_rng(1).normal(size=6)
    start = reader.zero_states(1)
    found, _ = trace(reader, start, steps)
    ours = input_gradients(reader, found, direction)

    def value(embedding):
        other = dataclasses.replace(reader, embedding=embedding)
        _, after = trace(other, start, steps)
        return float(other.output(after)[0] @ direction)

    for place in np.ndindex(*reader.embedding.shape):
        move = np.zeros_like(reader.embedding)
        move[place] = 1e-5
        up, down = value(reader.embedding + move), value(reader.embedding - move)
        slope = (up - down) / 2e-5
        assert ours[place] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_the_slope_of_a_prediction_is_that_of_finite_differences(activation):
    architecture = dataclasses.replace(tiny_architecture(), dense_activation=activation)
    weights = {
        name: it.astype(np.float64) for name, it in tiny_weights(architecture).items()
    }
    head = Network(architecture, weights).head
    top = np.random.default_rng(2).normal(size=6)
    ours = head.score_gradient(top.astype(np.float32), 9)
    for unit in range(6):
        move = np.zeros(6)
        move[unit] = 1e-2
        both = np.stack([top + move, top - move]).astype(np.float32)
        up, down = head.score(head.hidden(both), np.array([9, 9]))
        assert ours[unit] == pytest.approx((up - down) / 2e-2, abs=2e-3)
