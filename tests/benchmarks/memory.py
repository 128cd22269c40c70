"""What a personal memory is worth, and how much a model should listen to it.

    python -m tests.benchmarks.memory MODEL PATH [DOCUMENTS]

The lines of a text are read one by one, as somebody would write them, and each is
accepted after it was read. Printed: the perplexity of the network with several shares
of the memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import app
from app.suggestion.memory import HALF_LIFE, Memory
from app.suggestion.memory_model import MemoryModel
from app.text.vocabulary import BOS, EOS

WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)


def main() -> None:
    """Prints a line for each share."""
    model, path, *rest = sys.argv[1:]
    predictor = app.load(model)
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.strip()][: int(rest[0]) if rest else 100]
    memory = Memory()
    network: list[float] = []
    remembered: list[float] = []
    for line in lines:
        tokens = predictor.tokenizer.tokenize(line)
        listener = MemoryModel(memory, predictor.vocabulary)
        states, last = predictor.model.start(1), np.array([BOS])
        for token_id in [*predictor.vocabulary.encode(tokens).tolist(), EOS]:
            ids = np.array([token_id], np.int32)
            network.append(float(predictor.model.score(states, ids)[0]))
            remembered.append(float(listener.log_probabilities(last)[0, token_id]))
            states, last = predictor.model.advance(states, ids), ids
        memory.accept(tokens)
    print(f"{len(lines)} lines, {len(network):,} tokens, half-life {HALF_LIFE:,}")
    of_model, of_memory = np.exp(network), np.exp(remembered)
    for weight in WEIGHTS:
        mixed = np.log((1 - weight) * of_model + weight * of_memory)
        print(f"weight {weight:4.2f}  perplexity {np.exp(-mixed.mean()):6.2f}")


if __name__ == "__main__":
    main()
