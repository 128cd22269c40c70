"""What each part of the standard preset is worth: validation perplexity without it.

    python -m tests.benchmarks.ablation                  every row, 12 epochs each
    python -m tests.benchmarks.ablation 6 "standard" "two layers"

Every row is a run of `--epochs`, so its perplexity depends on no clock; it is chosen by
the validation text, never by the test text. Speeds are comparable within one run of
this script on a quiet machine. What was found is in ablation.md beside this file.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.console import progress_bar
from app.network.model import build_model
from app.network.training import Trainer
from app.run.preparation import prepare
from app.run.reporting import callbacks_that_show
from app.run.unfinished import Prepared
from app.settings import TrainSettings
from app.settings.presets import ATTENTION_LENGTH

PATENTS = Path(os.environ.get("NEXTWORD_DATA", "../shared/data")) / "patents"
EPOCHS = 12

# What differs from the preset, in the fields of `Architecture` and `FitOptions`.
VARIATIONS: dict[str, dict[str, Any]] = {
    "standard": {},
    "no learned columns": {"learned_dim": 0},
    "100 learned columns": {"learned_dim": 100},
    "vectors trained, no columns": {"learned_dim": 0, "trainable_embeddings": True},
    "output layer begun at random": {"begins": "at random"},
    "no word dropout": {"word_dropout": 0.0},
    "no output dropout": {"output_dropout": 0.0},
    "less input dropout": {"dropout": 0.1},
    "400 units, dense layer of 160, more dropout": {
        "units": 400,
        "dense_units": 160,
        "recurrent_dropout": 0.35,
        "output_dropout": 0.25,
    },
    "attention": {"attention_length": ATTENTION_LENGTH},
    "exact loss": {"sampled_softmax": False},
    "two layers": {"layers": 2},
    "dense layer of 200": {"dense_units": 200},
    "batches of 16": {"batch_size": 16},
    "learning rate 0.002": {"learning_rate": 2e-3},
    "learning rate 0.005": {"learning_rate": 5e-3},
}


def settings(epochs: int) -> TrainSettings:
    """The patents, cut into documents as everywhere in this repository."""
    return TrainSettings(
        corpus=(str(PATENTS / "train.txt"),),
        valid=str(PATENTS / "valid.txt"),
        pretokenized=True,
        epochs=epochs,
        patience=epochs,
    )


def trainer(prepared: Prepared, changes: dict[str, Any]) -> Trainer:
    """One row's network before its first step."""
    shape, options = prepared.architecture, prepared.settings.fit_options()
    shape = dataclasses.replace(shape, **fields(shape, changes))
    options = dataclasses.replace(options, **fields(options, changes))
    log_unigram = None if "begins" in changes else prepared.vocabulary.log_unigram()
    model = build_model(shape, prepared.embedding_matrix, log_unigram=log_unigram)
    texts = prepared.texts
    return Trainer(model, shape, options, texts["train"], texts["valid"])


def fields(settings: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes that `settings` has fields for."""
    return {name: new for name, new in changes.items() if hasattr(settings, name)}


def main() -> None:
    epochs, *names = sys.argv[1:] or [str(EPOCHS)]
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(settings(int(epochs)), [], Path(folder) / "ablation")
        print("| variation | validation perplexity | parameters | tokens/s |")
        print("| --- | --- | --- | --- |")
        for name in names or VARIATIONS:
            row = trainer(prepared, VARIATIONS[name])
            with progress_bar(name, 1.0) as bar:
                row.run(callbacks_that_show(bar, lambda: False))
            best = min(each["validation_perplexity"] for each in row.progress.history)
            facts = row.summary()
            print(
                f"| {name} | {best:.1f} | {facts['trainable_parameters']:,} | "
                f"{facts['tokens_per_second']:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
