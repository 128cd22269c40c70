"""What is shown of a reader is what it does: gates, states, and whom it looks at."""

from __future__ import annotations

import numpy as np
import pytest

from app.language.layers import Reader
from app.language.network import Network
from app.language.trace import trace
from tests.tiny import tiny_architecture, tiny_weights

IDS = np.array([2, 7, 11, 5, 30, 8, 9], np.int32)
KINDS = [
    (cell, layers, attention)
    for cell in ("lstm", "gru", "rnn")
    for layers in (1, 2)
    for attention in (None, 3)
]


def reader_of(cell="lstm", layers=1, attention=None, seed=0) -> Reader:
    architecture = tiny_architecture(cell, layers, attention_length=attention)
    return Network(architecture, tiny_weights(architecture, seed)).reader


def squash(x):
    return 1.0 / (1.0 + np.exp(-x))


def by_hand(cell, inputs):
    """Gates and states, float64, unit by unit from the equations in the literature."""
    kernel, recurrent, bias = (
        it.astype(np.float64) for it in (cell.kernel, cell.recurrent_kernel, cell.bias)
    )
    units, num = cell.units, cell.num_gates
    kernels, recurrents = (
        kernel.reshape(-1, num, units),
        recurrent.reshape(-1, num, units),
    )
    h, c = np.zeros(units), np.zeros(units)
    steps = []
    for x in inputs.astype(np.float64):
        from_x = np.einsum("i,igu->gu", x, kernels)
        from_h = np.einsum("i,igu->gu", h, recurrents)
        if num == 4:
            i, f, g, o = from_x + from_h + bias.reshape(num, units)
            i, f, g, o = squash(i), squash(f), np.tanh(g), squash(o)
            c = f * c + i * g
            h = o * np.tanh(c)
            steps.append((i, f, g, o, c, h))
        elif num == 3:
            from_x, from_h = (
                part + b.reshape(num, units)
                for part, b in zip((from_x, from_h), bias, strict=True)
            )
            z, r = squash(from_x[0] + from_h[0]), squash(from_x[1] + from_h[1])
            g = np.tanh(from_x[2] + r * from_h[2])
            h = z * h + (1 - z) * g
            steps.append((z, r, g, h))
        else:
            h = np.tanh(from_x[0] + from_h[0] + bias)
            steps.append((h, h))
    return [np.array(column) for column in zip(*steps, strict=True)]


@pytest.mark.parametrize(("cell", "layers", "attention"), KINDS)
def test_gates_and_states_are_those_of_an_independent_computation(
    cell, layers, attention
):
    reader = reader_of(cell, layers, attention)
    found, _ = trace(reader, reader.zero_states(1), IDS)
    inputs = reader.embedding[IDS]
    for weights, layer in zip(reader.cells, found.layers, strict=True):
        *gates, hidden = by_hand(weights, inputs)
        memory = gates.pop() if cell == "lstm" else None
        np.testing.assert_allclose(layer.inputs, inputs, atol=1e-6)
        for ours, theirs in zip(layer.gates, gates, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
        np.testing.assert_allclose(layer.hidden, hidden, atol=1e-6)
        if memory is not None:
            np.testing.assert_allclose(layer.cell, memory, atol=1e-6)
        else:
            assert layer.cell is None
        inputs = layer.hidden


@pytest.mark.parametrize(("cell", "layers", "attention"), KINDS)
def test_states_are_those_of_the_fast_path(cell, layers, attention):
    reader = reader_of(cell, layers, attention)
    start = reader.zero_states(1)
    found, after = trace(reader, start, IDS)
    states, outputs = reader.run(start, IDS[None])
    np.testing.assert_allclose(found.layers[-1].hidden, outputs[0], atol=1e-6)
    np.testing.assert_allclose(reader.output(after), reader.output(states), atol=1e-6)


def test_reading_in_two_pieces_is_reading_at_once():
    reader = reader_of("lstm", 2)
    whole, _ = trace(reader, reader.zero_states(1), IDS)
    _, between = trace(reader, reader.zero_states(1), IDS[:3])
    rest, _ = trace(reader, between, IDS[3:])
    np.testing.assert_allclose(rest.layers[1].cell, whole.layers[1].cell[3:], atol=1e-6)
    np.testing.assert_allclose(
        rest.layers[1].memory_before, whole.layers[1].cell[2:-1], atol=1e-6
    )


def test_the_attention_looks_at_what_was_read_and_at_nothing_else():
    reader = reader_of("lstm", 1, attention=3)
    found, _ = trace(reader, reader.zero_states(1), IDS)
    assert found.looks.shape == (len(IDS), 3)
    np.testing.assert_allclose(found.looks.sum(axis=1), 1.0, atol=1e-6)
    assert found.looks[0].tolist() == [0, 0, 1]
    assert found.looks[1, 0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_hidden_states_are_those_of_keras(cell):
    from tests.language.test_cells import keras_layer

    reader = reader_of(cell, 2)
    found, _ = trace(reader, reader.zero_states(1), IDS)
    inputs = reader.embedding[IDS][None]
    for weights, layer in zip(reader.cells, found.layers, strict=True):
        inputs = np.asarray(keras_layer(cell, weights)(inputs))
        np.testing.assert_allclose(layer.hidden, inputs[0], atol=1e-5)
