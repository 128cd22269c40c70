"""A tiny model of random numbers and a running server that answers with it."""

from collections.abc import Iterator

import pytest

import app
from app.suggestion.predictor import Predictor
from tests.serving.server.running import Server
from tests.tiny import write_tiny_model


@pytest.fixture(scope="package")
def model_path(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="package")
def predictor(model_path) -> Predictor:
    """What the server should say."""
    return app.load(model_path)


@pytest.fixture(scope="module")
def server(model_path) -> Iterator[Server]:
    with Server(model_path) as running:
        yield running
