"""Trains the tiny networks on some devices; a process of its own, for test_replicas.

    python -m tests.network.replicated_run one FOLDER
    python -m tests.network.replicated_run cards FOLDER
    python -m tests.network.replicated_run 0 FOLDER ADDRESS,ADDRESS

"cards" are two logical devices of the processor. Each case of `CASES` leaves its
history and its last checkpoint in FOLDER.
"""

import contextlib
import dataclasses
import json
import sys
from pathlib import Path

import tensorflow as tf

from app.network import devices, steps
from app.network.checkpoint import save_checkpoint
from app.network.model import build_model
from app.settings import Workers
from tests.network import test_training
from tests.network.conftest import counting_text, fit_options
from tests.network.test_training import Watcher, new_trainer
from tests.tiny import tiny_architecture

DROPOUT = {"dropout": 0.3, "recurrent_dropout": 0.3, "dense_dropout": 0.3}

# name -> architecture; those with dropout are the same only on the same devices.
CASES = {
    "streams": dataclasses.replace(tiny_architecture(), attention_length=4),
    "both sides": dataclasses.replace(tiny_architecture(), two_sided=True),
    "windows and vectors": dataclasses.replace(
        tiny_architecture("gru", context_length=5), trainable_embeddings=True
    ),
    "dropout": dataclasses.replace(tiny_architecture(), **DROPOUT),
    "dropout again": dataclasses.replace(tiny_architecture(), **DROPOUT),
}


def build_other_model(architecture, matrix, *, seed):
    """What has other weights than the model of this seed."""
    return build_model(architecture, 2 * matrix, seed=seed + 1)


def devices_of(where, addresses):
    """The context in which everything is on those devices."""
    if where == "one":
        return contextlib.nullcontext()
    if where == "cards":
        (processor,) = tf.config.list_physical_devices("CPU")
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(processor, two)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope()
    workers = Workers(tuple(addresses.split(",")), int(where))
    return devices.training_devices(workers, batch_size=4)


def main(where, folder, addresses=""):
    steps.SMALLEST_SAMPLED_VOCABULARY = 1
    with devices_of(where, addresses):
        for name, architecture in CASES.items():
            options = fit_options(
                epochs=1,
                head_size=14,
                sample_size=16,
                sampled_softmax=name.startswith("dropout"),
            )
            if where == "1":  # has not what the first worker begins with
                test_training.build_model = build_other_model
            texts = counting_text(12, seed=1), counting_text(4, seed=2)
            trainer = new_trainer(architecture, options, *texts)
            watcher = Watcher()
            trainer.run(watcher.callbacks)
            trainer.restore(watcher.checkpoint)  # what goes in comes out
            place = Path(folder) / name
            save_checkpoint(place.with_suffix(".npz"), trainer.checkpoint())
            rows = [
                {key: row[key] for key in ("training_loss", "validation_loss")}
                for row in watcher.rows
            ]
            place.with_suffix(".json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
