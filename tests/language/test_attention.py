"""The attention's numpy twin: its equations, its memory, and where it must not look."""

from __future__ import annotations

import numpy as np
import pytest

from app.language.attention import Attention

LENGTH, UNITS = 3, 4


@pytest.fixture
def attention() -> Attention:
    generator = np.random.default_rng(0)
    shapes = ((UNITS, UNITS), (2 * UNITS, UNITS))
    return Attention(*(generator.normal(size=s).astype("f4") for s in shapes), LENGTH)


def outputs(steps: int, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(1, steps, UNITS)).astype(np.float32)


def after(attention: Attention, shown: np.ndarray) -> np.ndarray:
    """h~ after all of `shown`."""
    state = attention.remember(attention.zero_state(len(shown)), shown, None)
    return attention.output(state)


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_an_output_is_its_equations(attention, steps):
    shown = outputs(steps)[0].astype(np.float64)
    last, seen = shown[-1], shown[-LENGTH:]
    scores = np.array([last @ attention.query_kernel @ h for h in seen])
    shares = np.exp(scores) / np.exp(scores).sum()
    found = sum(share * h for share, h in zip(shares, seen, strict=True))
    expected = np.tanh(np.concatenate([found, last]) @ attention.kernel)
    computed = after(attention, shown[None].astype("f4"))[0]
    np.testing.assert_allclose(computed, expected, atol=1e-5)


def test_what_is_not_there_gets_no_share(attention):
    state = attention.remember(attention.zero_state(1), outputs(2), None)
    shares = attention.shares(state)
    assert shares[0, 0] == 0
    assert shares.sum() == pytest.approx(1)


def test_a_first_output_of_zeros_looks_at_itself(attention):
    state = attention.remember(
        attention.zero_state(1), np.zeros((1, 1, UNITS), np.float32), None
    )
    assert attention.shares(state).tolist() == [[0, 0, 1]]


def test_only_the_last_outputs_are_remembered(attention):
    shown = outputs(LENGTH)
    longer = np.concatenate([outputs(5, seed=2), shown], axis=1)
    np.testing.assert_array_equal(after(attention, shown), after(attention, longer))


def test_padding_on_the_left_is_not_remembered(attention):
    shown = outputs(2)
    padded = np.concatenate([outputs(2, seed=2), shown], axis=1)
    is_token = np.array([[False, False, True, True]])
    state = attention.remember(attention.zero_state(1), padded, is_token)
    np.testing.assert_allclose(
        attention.output(state), after(attention, shown), atol=1e-6
    )


def test_a_state_is_never_changed(attention):
    state = attention.remember(attention.zero_state(1), outputs(3), None)
    before = state.outputs.copy()
    attention.shares(state)
    attention.output(state)
    attention.remember(state, outputs(2, seed=2), None)
    np.testing.assert_array_equal(state.outputs, before)
