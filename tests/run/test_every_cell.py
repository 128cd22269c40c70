"""Every kind of network goes the whole way: train, stop, resume, save; some: export."""

from __future__ import annotations

import json
import os
import signal

import numpy as np
import pytest

import train
from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.model_folder import load_model_folder
from tests.test_train import FAST, corpus, here, manifest, texts, weight_hashes

__all__ = ["corpus", "here", "texts"]  # fixtures

KINDS = {
    "lstm": ["--cell", "lstm"],
    "gru": ["--cell", "gru"],
    "rnn": ["--cell", "rnn"],
    "two layers": ["--layers", "2"],
    "attention": ["--attention"],
    "classic with attention": [
        "--preset",
        "classic",
        "--attention",
        "--batch-size",
        "64",
    ],
    "two-sided": ["--blanks", "--cell", "gru"],
}
# One that carries its states and one that reads windows; the tests of the exports have
# every kind of network.
EXPORTED = ("classic with attention", "two-sided")
IDS = np.array([[7, 9, 12, 6, 8, 11]], np.int32)


def interrupt_validation(monkeypatch, *, of_blanks):
    """Ctrl-C while the network is validated, so that it counts after the epoch."""
    from app.network.training import Trainer

    validate = Trainer.validate

    def validate_interrupted(trainer):
        if trainer.steps.architecture.two_sided == of_blanks:
            os.kill(os.getpid(), signal.SIGINT)
        return validate(trainer)

    monkeypatch.setattr(Trainer, "validate", validate_interrupted)


def read(model):
    """The text with its beginning, and the probabilities of what follows on it."""
    network = Network(model.architecture, model.weights)
    states = network.read(network.start(1), IDS)
    text = np.concatenate([[[2]], IDS], axis=1)
    return text, np.exp(network.log_probabilities(states))


def check_keras(model):
    """next.keras says what the numpy network says."""
    import keras

    text, expected = read(model)
    by_keras = keras.models.load_model(model.path / "next.keras")
    np.testing.assert_allclose(by_keras(text), expected, atol=1e-5)


def check_export(model, path):
    """Text is answered; the step, where there is one, as by the numpy network."""
    import tensorflow as tf

    exported = tf.saved_model.load(str(path))
    signatures = exported.signatures
    assert signatures["serving_default"](text=tf.constant(["the old"]))["words"][0, 0]
    if model.architecture.context_length is not None:
        assert "step" not in signatures
        return
    text, expected = read(model)
    step = signatures["step"]
    carried = {
        name: tf.zeros([1, *spec.shape[1:]])
        for name, spec in step.structured_input_signature[1].items()
        if name != "token_ids"
    }
    for token_id in text[0]:
        outputs = step(token_ids=tf.constant([token_id], tf.int32), **carried)
        carried = {name: outputs[name] for name in carried}
    found = outputs["log_probabilities"]
    np.testing.assert_allclose(np.exp(found), expected, atol=1e-5)


def check_blanks(model):
    """blank.keras says what `fill` says, and its figures are written down."""
    import keras

    network = TwoSidedNetwork(*model.blanks)
    found = network.fill(IDS[:, :2], IDS[:, 3:])
    by_keras = keras.models.load_model(model.path / "blank.keras")
    text = np.concatenate([[[2]], IDS], axis=1)
    text[0, 3] = 4  # BLANK
    np.testing.assert_allclose(by_keras(text)[:, 3], np.exp(found), atol=1e-5)
    metrics = json.loads((model.path / "metrics.json").read_text())["blanks"]
    assert metrics.keys() == {"left_only", "both_sides", "sampled", "training"}
    sides = metrics["left_only"], metrics["both_sides"]
    assert len({side["tokens"] for side in sides}) == 1
    assert all(side["perplexity"] > 1 for side in sides)
    vouched = manifest(model.path)
    assert "weights/blank_left_0_kernel.npy" in vouched
    assert "weights/blank_embedding.npy" not in vouched


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_trains_stops_resumes_saves_and_is_exported(kind, texts, here, monkeypatch):
    flags = [*texts, *FAST, *KINDS[kind]]
    assert train.main([*flags, "--name", "whole"]) == 0
    has_blanks = "--blanks" in flags
    with monkeypatch.context() as patch:
        interrupt_validation(patch, of_blanks=has_blanks)
        assert train.main([*flags, "--name", "stopped"]) == 130
    assert not (here / "models" / "stopped").exists()
    export = ["--export", "exports"] if kind in EXPORTED else []
    assert train.main(["--resume", "--name", "stopped", *export]) == 0
    whole, stopped = here / "models" / "whole", here / "models" / "stopped"
    assert weight_hashes(whole) == weight_hashes(stopped)
    model = load_model_folder(stopped)
    assert (model.architecture.attention_length == 50) == ("--attention" in flags)
    check_keras(model)
    if export:
        check_export(model, here / "exports" / "1")
    assert (model.blanks is not None) == has_blanks
    if has_blanks:
        check_blanks(model)
