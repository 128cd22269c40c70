"""Every kind of network on the same text, trained alike.

    python -m tests.benchmarks.cells [--epochs 24] [--only "lstm;lstm, attention"]

Trains each on the patents (NEXTWORD_DATA, default ../shared/data) by train.py, one
after the other in processes of their own, and prints what came of it, measured on the
test text, the networks alone. Each takes the same number of epochs; the network for
blanks takes as many again, beside an LSTM. All together are about an hour. The models
are removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

VARIANTS = {
    "lstm": [],
    "gru": ["--cell", "gru"],
    "rnn": ["--cell", "rnn"],
    "lstm, 2 layers": ["--layers", "2"],
    "gru, 2 layers": ["--cell", "gru", "--layers", "2"],
    "lstm, attention": ["--attention"],
    "gru, attention": ["--cell", "gru", "--attention"],
    "two-sided lstm": ["--blanks"],
}
HEADER = (
    f"{'':16}{'perplexity':>11}{'top 1':>8}{'top 3':>8}{'top 5':>8}{'epochs':>8}"
    f"{'minutes':>9}{'tokens/s':>10}{'parameters':>12}{'MB':>7}"
)


def patents() -> list[str]:
    """The arguments that name the corpus and its parts."""
    data = Path(os.environ.get("NEXTWORD_DATA", ROOT / "../shared/data")) / "patents"
    parts = {part: str(data / f"{part}.txt") for part in ("train", "valid", "test")}
    return [
        parts["train"], "--valid", parts["valid"], "--test", parts["test"],
        "--pretokenized", "--min-count", "2", "--no-ngrams",
    ]  # fmt: skip


def train(flags: list[str], epochs: int, folder: Path) -> Path:
    """Trains one variant in `folder`; gives its model folder."""
    command = [sys.executable, str(ROOT / "train.py"), *patents(), *flags]
    command += ["--epochs", str(epochs), "--name", "variant", "--overwrite"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "models" / "variant"


def megabytes(files: list[Path]) -> float:
    """What the files take on the disk."""
    return sum(file.stat().st_size for file in files) / 1e6


def row(
    name: str, test: Mapping[str, Any], training: Mapping[str, Any], files: list[Path]
) -> str:
    """A line of the table."""
    return (
        f"{name:16}{test['perplexity']:>11.1f}{test['top_1_accuracy']:>8.1%}"
        f"{test['top_3_accuracy']:>8.1%}{test['top_5_accuracy']:>8.1%}"
        f"{training['epochs']:>8}{training['seconds'] / 60:>9.1f}"
        f"{training['tokens_per_second']:>10,.0f}{training['parameters']:>12,}"
        f"{megabytes(files):>7.1f}"
    )


def rows(name: str, folder: Path) -> list[str]:
    """What a model folder tells: of a network for blanks both sides, and the left."""
    metrics = json.loads((folder / "metrics.json").read_text())
    weights = sorted((folder / "weights").glob("*.npy"))
    if "blanks" not in metrics:
        network = metrics.get("network_only", metrics["test"])
        return [row(name, network, metrics["training"], weights)]
    blanks = metrics["blanks"]
    of_blanks = [it for it in weights if it.stem.startswith("blank_")]
    others = [it for it in weights if it not in of_blanks]
    shared = [it for it in weights if it.stem == "embedding"]
    return [
        row(name, blanks["both_sides"], blanks["training"], of_blanks + shared),
        row("  left side only", blanks["left_only"], metrics["training"], others),
    ]


def main() -> None:
    """Trains the variants asked for and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--only", help="variants, with ; between them", default="")
    arguments = parser.parse_args()
    chosen = [name for name in arguments.only.split(";") if name] or list(VARIANTS)
    if unknown := [name for name in chosen if name not in VARIANTS]:
        parser.error(f"no variant {unknown[0]!r}; there are: {'; '.join(VARIANTS)}")
    print(f"The patents, {arguments.epochs} epochs each", HEADER, sep="\n")
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            model = train(VARIANTS[name], arguments.epochs, Path(folder))
            print(*rows(name, model), sep="\n", flush=True)


if __name__ == "__main__":
    main()
