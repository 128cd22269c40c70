"""Seconds to a given validation perplexity on the patents, Nextword and PyTorch.

    python -m tests.benchmarks.time_to_perplexity --torch-python ENVIRONMENT/bin/python

The same frozen GloVe vectors, network, batches, Adam at one learning rate and state
carried on; Nextword with the sampled and with the exact loss. (Nextword forgets the
state where a document begins; `nn.LSTM` cannot.) Counted is fitting alone, not the
exact validation after every 100 steps. A run that is not there within `--limit` seconds
tells the best perplexity it reached.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from app.network.batches import Arrangement, Batch, document_batches, stream_batches
from app.run.preparation import prepare
from tests.benchmarks.ablation import settings
from tests.benchmarks.measuring import Case, add_options, median, program, take_turns


def write_batches(path: Path) -> Case:
    """Writes the batches that all programs read; returns the network for them."""
    prepared = prepare(settings(epochs=1), [], path.parent / "prepared")
    train, valid = prepared.texts["train"], prepared.texts["valid"]
    case = Case(
        units=256,
        dense_units=128,
        vocabulary_size=prepared.vocabulary.size,
        embedding_dim=prepared.embedding_matrix.shape[1],
    )
    shape = {"batch_size": case.batch_size, "window_length": case.window_length}
    in_order = Arrangement(train, np.arange(len(train.document_ends)))
    np.savez(
        path,
        vectors=prepared.embedding_matrix,
        train=_stacked(stream_batches(in_order, **shape)),
        valid=_stacked(document_batches(valid, **shape)),
    )
    return case


def _stacked(batches: Iterable[Batch]) -> np.ndarray:
    """int32 [batches, 2, time, batch]: inputs and targets."""
    return np.stack([(batch.inputs, batch.targets) for batch in batches])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--torch-python", default=sys.executable)
    parser.add_argument("--perplexity", type=float, default=100.0)
    parser.add_argument("--limit", type=float, default=900.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "batches.npz")
        case = write_batches(path)
        sampled = dataclasses.replace(case, sampled_softmax=True)
        goal = [str(path), str(options.perplexity), str(options.limit)]
        torch = options.torch_python
        commands = {
            "Nextword, sampled loss": program("nextword", "fit", sampled),
            "Nextword, exact loss": program("nextword", "fit", case),
            "PyTorch": program("pytorch", "fit", case, python=torch),
        }
        figures = take_turns(
            {name: [*command, *goal] for name, command in commands.items()}, options
        )
    print(f"{'':24}{'seconds':>9}{'steps':>8}{'perplexity':>12}")
    for name, measured in figures.items():
        seconds, steps, perplexity = (
            median(measured, key) for key in ("seconds", "steps", "perplexity")
        )
        print(f"{name:24}{seconds:>9.0f}{steps:>8,.0f}{perplexity:>12.1f}")


if __name__ == "__main__":
    main()
