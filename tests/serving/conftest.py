"""Tiny networks of random numbers, each exported once for all tests."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.model_folder import ModelFolder
from app.text.tokenizer import Tokenizer
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

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


class Export(NamedTuple):
    model: ModelFolder
    path: Path


def tiny_model(shape: str) -> ModelFolder:
    architecture = tiny_architecture(**SHAPES[shape])
    return ModelFolder(
        path=Path("tiny"),
        config={},
        vocabulary=tiny_vocabulary(),
        weights=tiny_weights(architecture),
        tokenizer=Tokenizer(),
        architecture=architecture,
    )


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """shape -> Export, written when it is first asked for."""
    from app.serving.export import export_model

    exports: dict[str, Export] = {}

    def get(shape: str) -> Export:
        if shape not in exports:
            model = tiny_model(shape)
            [path] = export_model(model, tmp_path_factory.mktemp(shape))
            exports[shape] = Export(model, path)
        return exports[shape]

    return get
