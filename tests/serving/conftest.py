"""Tiny networks of random numbers, each exported once for all tests."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from app.files.lock import acquire, release
from app.files.weight_files import BlankNetwork
from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.model_folder import ModelFolder
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.tiny import (
    tiny_architecture,
    tiny_vocabulary,
    tiny_weights,
    write_model,
)

collect_ignore = ["c_library.py"]  # a program; importing it loads 1 GB of library

# A window of 8 instead of 50: texts that overflow it stay short.
SHAPES: dict[str, dict[str, Any]] = {
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru"},
    "rnn": {"cell": "rnn"},
    "two_layers": {"cell": "lstm", "layers": 2},
    "classic": {"cell": "lstm", "context_length": 8},
    "attention": {"cell": "lstm", "attention_length": 3},
    "classic_attention": {"cell": "gru", "context_length": 8, "attention_length": 50},
}


# The shapes that also have a network for blanks.
WITH_BLANKS = ("gru", "two_layers", "classic")


@dataclass(frozen=True)
class Export:
    """A model, and the folder of its SavedModel."""

    model: ModelFolder
    path: Path

    @cached_property
    def signatures(self):
        import tensorflow as tf

        # The signatures do not keep what they belong to.
        self.__dict__["loaded"] = tf.saved_model.load(str(self.path))
        return self.__dict__["loaded"].signatures

    def ask(self, texts, signature="serving_default"):
        """Words [batch, 10], lists of str, and probabilities [batch, 10]."""
        import tensorflow as tf

        answer = self.signatures[signature](text=tf.constant(texts, tf.string))
        words = [[word.decode() for word in row] for row in answer["words"].numpy()]
        return words, answer["probabilities"].numpy()

    def predictor(self, *, both_sides=False):
        """What `predict.py --network-only` answers with; or with both sides read."""
        model = self.model
        network = Network(model.architecture, model.weights)
        two_sided = TwoSidedNetwork(*model.blanks) if both_sides else None
        return Predictor(model.vocabulary, model.tokenizer, network, two_sided)


def tiny_model(shape: str) -> ModelFolder:
    architecture = tiny_architecture(**SHAPES[shape])
    weights, blanks = tiny_weights(architecture), None
    if shape in WITH_BLANKS:
        fields = SHAPES[shape] | {"context_length": None}
        for_blanks = tiny_architecture(**fields).for_blanks()
        of_blanks = tiny_weights(for_blanks, seed=1)
        blanks = BlankNetwork(
            for_blanks, of_blanks | {"embedding": weights["embedding"]}
        )
    return ModelFolder(
        path=Path("tiny"),
        config={"name": "tiny"},
        vocabulary=tiny_vocabulary(),
        weights=weights,
        tokenizer=Tokenizer(),
        architecture=architecture,
        blanks=blanks,
    )


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """shape -> its model folder, called like the shape."""
    models = tmp_path_factory.mktemp("models")

    def get(shape: str) -> Path:
        model = tiny_model(shape)
        parts = model.architecture, model.weights, model.blanks
        path = models / shape
        return path if path.exists() else write_model(path, *parts)

    return get


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """shape -> Export, written when some worker of this run first asks for it."""
    from app.serving.export import export_model

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers
    exports: dict[str, Export] = {}

    def get(shape: str) -> Export:
        if shape not in exports:
            model, versions = tiny_model(shape), folder / f"export-{shape}"
            lock = acquire(versions, wait=True)
            if not versions.exists():
                export_model(model, versions)
            release(versions, lock)
            exports[shape] = Export(model, versions / "1")
        return exports[shape]

    return get
