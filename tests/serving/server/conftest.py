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


@pytest.fixture
def forgiving_page(open_page):
    """`open_page` for pages whose console may speak of requests that failed."""
    visits = []

    def open_it(url, **options):
        visits.append(open_page(url, **options))
        return visits[-1]

    yield open_it
    for visit in visits:
        visit.page.close()  # or more could be said
        failed = ("Failed to load resource", "WebSocket connection")
        visit.complaints[:] = [
            it for it in visit.complaints if not any(said in it for said in failed)
        ]
