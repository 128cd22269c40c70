"""Steps stay what they were first: one graph, and no memory that piles up."""

from pathlib import Path

import numpy as np
import pytest

from app.network import losses, recurrent
from app.network.batches import training_batches, validation_batches
from app.network.model import build_model
from app.network.steps import Steps
from tests.network.conftest import fit_options
from tests.tiny import tiny_architecture, tiny_weights


@pytest.fixture
def steps():
    architecture = tiny_architecture()
    model = build_model(architecture, tiny_weights(architecture)["embedding"])
    return Steps(model, architecture, fit_options())


def traces(steps):
    """How often each graph of a step was traced."""
    functions = [
        steps._train,
        steps._validate,
        recurrent._forward,
        losses._exact_loss,
        losses._loss_and_hits,
    ]
    return [function.experimental_get_tracing_count() for function in functions]


def test_a_graph_is_traced_once_for_all_steps_and_both_texts(
    steps, training_text, validation_text
):
    counts = []
    for epoch in range(2):
        states = steps.zero_states()
        for number, batch in enumerate(
            training_batches(training_text, steps.options, None, epoch)
        ):
            _, states = steps.train(batch, states, number=number, learning_rate=0.01)
        states = steps.zero_states()
        for batch in validation_batches(
            validation_text, steps.options, None, steps.options.batch_size
        ):
            _, _, states = steps.validate(batch, states)
        counts.append(traces(steps))
    assert counts[0][:2] == [1, 1]
    assert counts[0] == counts[1]


def resident_bytes():
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return 4096 * pages


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux only")
def test_memory_does_not_grow_over_three_hundred_steps(steps, training_text):
    batch = next(iter(training_batches(training_text, steps.options, None, 0)))
    states = steps.zero_states()

    def run(num_steps):
        nonlocal states
        for number in range(num_steps):
            _, states = steps.train(batch, states, number=number, learning_rate=1e-3)
        return resident_bytes()

    before = run(50)
    after = run(300)
    weights = sum(int(np.prod(v.shape)) * 4 for v in steps.trainable)
    assert after - before < max(weights, 2**22)  # 4 MiB: what an allocator may keep
