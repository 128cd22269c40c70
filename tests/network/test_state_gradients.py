"""The gradient that reaches back: exact where it is known, and by differences."""

from dataclasses import replace

import numpy as np
import pytest

from app.language.network import Network
from app.network.forward import Forward
from app.network.model import build_model, named_weights, set_named_weights
from app.network.state_gradients import state_gradients
from tests.tiny import tiny_architecture, tiny_weights

IDS = np.array([[2, 7, 9, 12, 6, 8], [2, 5, 11, 5, 10, 9]], np.int32)
TARGETS = np.array([11, 6], np.int32)


def forward_of(architecture, weights):
    model = build_model(architecture, np.delete(weights["embedding"], [], axis=0))
    set_named_weights(model, weights)
    return Forward(model, architecture), named_weights(model)


@pytest.mark.parametrize("w", [0.5, 0.9, 1.0, 1.2])
def test_that_of_a_linear_recurrence_is_w_to_the_power_of_the_steps(w):
    """Nothing is read, so tanh stays at 0, where its slope is 1."""
    architecture = tiny_architecture("rnn")
    weights = tiny_weights(architecture)
    weights["recurrent_0_kernel"][:] = 0
    weights["recurrent_0_bias"][:] = 0
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))
    weights["recurrent_0_recurrent_kernel"] = (w * rotation).astype(np.float32)
    forward, _ = forward_of(architecture, weights)
    ids = np.full((1, 60), 9, np.int32)
    norms = state_gradients(forward, ids, TARGETS[:1])[0, ::-1]
    np.testing.assert_allclose(norms / norms[0], w ** np.arange(60.0), rtol=1e-3)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_it_is_the_slope_of_the_loss_over_the_states(cell):
    """Against central differences, through the numpy twin of the network."""
    architecture = replace(tiny_architecture(cell), dense_activation="linear")
    forward, weights = forward_of(architecture, tiny_weights(architecture))
    network = Network(architecture, weights)
    found = state_gradients(forward, IDS, TARGETS)
    for row, ids in enumerate(IDS):
        for after in (1, 3, 5):
            slopes = _slopes(network, ids[1 : after + 1], ids[after + 1 :], row)
            np.testing.assert_allclose(
                found[row, after], np.linalg.norm(slopes), rtol=2e-2
            )


def _slopes(network, read, rest, row):
    """By every number of the state after `read`, BOS before it."""
    (state,) = network.read(network.start(1), read[None])
    nudge = 1e-2
    slopes = []
    for part in range(len(state)):
        for unit in range(state[part].shape[1]):
            losses = []
            for sign in (1, -1):
                moved = [it.copy() for it in state]
                moved[part][0, unit] += sign * nudge
                states = network.read((type(state)(*moved),), rest[None])
                losses.append(-float(network.score(states, TARGETS[row : row + 1])[0]))
            slopes.append((losses[0] - losses[1]) / (2 * nudge))
    return slopes


def test_an_attention_is_a_shortcut_where_the_recurrence_carries_nothing():
    architecture = tiny_architecture("rnn", attention_length=10)
    weights = tiny_weights(architecture)
    weights["recurrent_0_recurrent_kernel"][:] = 0
    forward, _ = forward_of(architecture, weights)
    assert (state_gradients(forward, IDS, TARGETS) > 0).all()
    plain = tiny_architecture("rnn")
    forward, _ = forward_of(plain, weights)
    norms = state_gradients(forward, IDS, TARGETS)
    assert (norms[:, :-1] == 0).all()
    assert (norms[:, -1] > 0).all()


def test_an_attention_that_ends_earlier_is_no_shortcut_any_more():
    architecture = tiny_architecture("rnn", attention_length=3)
    weights = tiny_weights(architecture)
    weights["recurrent_0_recurrent_kernel"][:] = 0
    forward, _ = forward_of(architecture, weights)
    reached = state_gradients(forward, IDS, TARGETS)[0] > 0
    assert reached.tolist() == [False] * 3 + [True] * 3
