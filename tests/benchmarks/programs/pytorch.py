"""Measures PyTorch on one case; the tasks are those of the program for Nextword."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from tests.benchmarks.measuring import (
    GEMM_SIZE,
    LEARNING_RATE,
    Case,
    case_from,
    fit,
    measure,
)

PAD = 0  # Nextword's; its own package is not needed here


class Network(nn.Module):
    """Frozen vectors, an LSTM, two linear layers."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.embedding = nn.Embedding(case.vocabulary_size, case.embedding_dim)
        self.embedding.weight.requires_grad = False
        self.lstm = nn.LSTM(case.embedding_dim, case.units)
        self.dense = nn.Linear(case.units, case.dense_units)
        self.output = nn.Linear(case.dense_units, case.vocabulary_size)

    def forward(self, inputs: torch.Tensor, states: tuple) -> tuple:
        hidden, states = self.lstm(self.embedding(inputs), states)
        return self.output(self.dense(hidden)).flatten(0, 1), states

    def zero_states(self, case: Case) -> tuple[torch.Tensor, torch.Tensor]:
        zeros = torch.zeros(1, case.batch_size, case.units)
        return zeros, zeros


def layer(case: Case) -> Callable[[], object]:
    """The LSTM alone, forward and backward to its weights."""
    lstm = nn.LSTM(case.embedding_dim, case.units)
    inputs = torch.randn(case.window_length, case.batch_size, case.embedding_dim)
    direction = torch.randn(case.window_length, case.batch_size, case.units)

    def step() -> None:
        lstm.zero_grad()
        lstm(inputs)[0].backward(direction)

    return step


def network(case: Case) -> Callable[[], object]:
    """A whole step of training: network, loss, gradients, Adam."""
    shape = (2, case.window_length, case.batch_size)
    pair = torch.randint(5, case.vocabulary_size, shape)
    step = stepping(Network(case), case)
    return lambda: step(pair)


def stepping(model: Network, case: Case) -> Callable[[torch.Tensor], None]:
    """A function of int64 [2, time, batch], inputs and targets; the state is kept."""
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=LEARNING_RATE)
    states = model.zero_states(case)

    def step(pair: torch.Tensor) -> None:
        nonlocal states
        optimizer.zero_grad()
        logits, after = model(pair[0], states)
        loss = nn.functional.cross_entropy(logits, pair[1].flatten(), ignore_index=PAD)
        loss.backward()
        optimizer.step()
        loss.item()
        states = tuple(state.detach() for state in after)

    return step


def fit_until(case: Case, path: str, wanted: str, limit: str) -> None:
    """Trains on the batches in the file `path`."""
    with np.load(path) as arrays:
        vectors, train, valid = (
            torch.from_numpy(arrays[key]) for key in ("vectors", "train", "valid")
        )
    train, valid = train.long(), valid.long()
    model = Network(case)
    model.embedding.weight.copy_(vectors)

    @torch.no_grad()
    def perplexity() -> float:
        total, states = 0.0, model.zero_states(case)
        for inputs, targets in valid:
            logits, states = model(inputs, states)
            total += nn.functional.cross_entropy(
                logits, targets.flatten(), ignore_index=PAD, reduction="sum"
            ).item()
        return float(np.exp(total / int((valid[:, 1] != PAD).sum())))

    step = stepping(model, case)
    fit(train, step, perplexity, wanted=float(wanted), limit=float(limit))


def main() -> None:
    torch.manual_seed(0)
    task, case = sys.argv[1], case_from(sys.argv[2])
    if task == "fit":
        fit_until(case, *sys.argv[3:])
        return
    matrix = torch.randn(GEMM_SIZE, GEMM_SIZE)
    step = {"layer": layer, "network": network}[task](case)
    measure(step, lambda: matrix @ matrix)


if __name__ == "__main__":
    main()
