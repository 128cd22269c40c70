"""Networks of different kinds that are equally large."""

from dataclasses import replace

import pytest

from app.language.budget import (
    TOLERANCE,
    as_large_as,
    num_own_parameters,
    num_parameters,
)
from tests.tiny import tiny_architecture, tiny_weights

LSTM = replace(tiny_architecture(), units=64, embedding_dim=50, dense_units=32)


def test_all_parameters_are_counted():
    architecture = tiny_architecture("gru", layers=2, attention_length=3)
    counted = sum(it.size for it in tiny_weights(architecture).values())
    assert num_parameters(architecture) == counted


def test_the_parameters_of_an_lstm_are_those_of_its_equations():
    # Four gates with kernel, recurrent kernel and bias; the dense layer.
    expected = 4 * 64 * (50 + 64 + 1) + 32 * (64 + 1)
    assert num_own_parameters(LSTM) == expected


@pytest.mark.parametrize("units", [32, 64, 256])
@pytest.mark.parametrize(
    "kind",
    [
        replace(LSTM, cell="rnn"),
        replace(LSTM, cell="gru"),
        replace(LSTM, layers=2),
        replace(LSTM, attention_length=50),
        LSTM.for_blanks(),
        LSTM,
    ],
)
def test_every_kind_gets_the_width_that_makes_it_as_large(kind, units):
    model = replace(LSTM, units=units)
    found = as_large_as(model, kind)
    wanted = num_own_parameters(model)
    gap = abs(num_own_parameters(found) - wanted)
    assert gap <= TOLERANCE * wanted
    for other in (found.units - 1, found.units + 1):  # no other width is nearer
        assert abs(num_own_parameters(replace(found, units=other)) - wanted) >= gap


def test_a_network_too_small_to_be_matched_is_refused():
    with pytest.raises(ValueError, match="no width makes it"):
        as_large_as(
            replace(LSTM, units=2, embedding_dim=2, dense_units=1),
            replace(LSTM, layers=2, embedding_dim=2, dense_units=1),
        )
