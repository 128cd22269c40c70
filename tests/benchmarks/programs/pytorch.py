"""Measures PyTorch on one case: `layer` (nn.LSTM alone) or `network`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import torch
from torch import nn

from tests.benchmarks.measuring import GEMM_SIZE, Case, case_from, measure


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
    model = Network(case)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=1e-3)
    shape = (case.window_length, case.batch_size)
    inputs = torch.randint(5, case.vocabulary_size, shape)
    targets = torch.randint(5, case.vocabulary_size, shape).flatten()
    states = (torch.zeros(1, case.batch_size, case.units),) * 2

    def step() -> None:
        nonlocal states
        optimizer.zero_grad()
        logits, after = model(inputs, states)
        loss = nn.functional.cross_entropy(logits, targets)
        loss.backward()
        optimizer.step()
        loss.item()
        states = tuple(state.detach() for state in after)

    return step


def main() -> None:
    torch.manual_seed(0)
    matrix = torch.randn(GEMM_SIZE, GEMM_SIZE)
    task = {"layer": layer, "network": network}[sys.argv[1]]
    measure(task(case_from(sys.argv[2])), lambda: matrix @ matrix)


if __name__ == "__main__":
    main()
