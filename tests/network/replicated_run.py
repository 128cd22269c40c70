"""Trains the tiny networks on some devices; a process of its own, for test_replicas.

    python -m tests.network.replicated_run FOLDER
    python -m tests.network.replicated_run FOLDER 0 ADDRESS,ADDRESS

Without addresses it trains on one device and then on two "cards", which are logical
devices of the processor. Each case of `CASES` leaves its history and last checkpoint in
a folder in FOLDER that is called "one", "cards" or like the worker.
"""

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

WINDOW_LENGTH = 6
DROPOUT = {"dropout": 0.3, "recurrent_dropout": 0.3, "dense_dropout": 0.3}

# name -> architecture; with dropout it is the same only on as many devices. The shapes
# of their layers are the same too: XLA compiles them once for all.
CASES = {
    "streams": dataclasses.replace(tiny_architecture(), attention_length=4),
    "both sides": dataclasses.replace(tiny_architecture(), two_sided=True),
    "windows and vectors": dataclasses.replace(
        tiny_architecture(context_length=WINDOW_LENGTH), trainable_embeddings=True
    ),
    "dropout": dataclasses.replace(tiny_architecture(), **DROPOUT),
}


def build_other_model(architecture, matrix, *, seed):
    """What has other weights than the model of this seed."""
    return build_model(architecture, 2 * matrix, seed=seed + 1)


def train_all(folder):
    """Leaves in `folder` what becomes of every case on the devices of this context."""
    folder.mkdir()
    texts = counting_text(12, seed=1), counting_text(4, seed=2)
    for name, architecture in CASES.items():
        options = fit_options(
            epochs=1,
            window_length=WINDOW_LENGTH,
            head_size=14,
            sample_size=16,
            sampled_softmax=name == "dropout",
        )
        trainer = new_trainer(architecture, options, *texts)
        watcher = Watcher()
        trainer.run(watcher.callbacks)
        trainer.restore(watcher.checkpoint)  # what goes in comes out
        place = folder / name
        save_checkpoint(place.with_suffix(".npz"), trainer.checkpoint())
        rows = [
            {key: row[key] for key in ("training_loss", "validation_loss")}
            for row in watcher.rows
        ]
        place.with_suffix(".json").write_text(json.dumps(rows))


def train_here(folder):
    """On one device, then on two."""
    (processor,) = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, two)
    train_all(folder / "one")
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        train_all(folder / "cards")


def train_together(folder, index, addresses):
    """As one of the workers at these addresses."""
    if index == "1":  # has not what the first worker begins with
        test_training.build_model = build_other_model
    workers = Workers(tuple(addresses.split(",")), int(index))
    with devices.training_devices(workers, batch_size=4):
        train_all(folder / index)


def main(folder, *worker):
    steps.SMALLEST_SAMPLED_VOCABULARY = 1
    train = train_together if worker else train_here
    train(Path(folder), *worker)


if __name__ == "__main__":
    main(*sys.argv[1:])
