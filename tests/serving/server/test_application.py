"""What holds for every route, whatever it answers."""

import asyncio
import threading
from unittest.mock import patch

import httpx
import pytest

from app.serving.server.application import application
from app.serving.server.models import ServedModel, ServedModels
from app.settings import Limits


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/complete", {"text": "The cat"}),
        ("/api/fill", {"text": "The ___"}),
        ("/api/score", {"text": "The cat"}),
        ("/api/write", {"text": "The cat", "words": 2}),
        ("/api/why", {"text": "The", "word": "cat"}),
        ("/api/inside", {"text": "The cat"}),
        ("/v1/models/tiny:predict", {"instances": ["The cat"]}),
    ],
)
def test_predictors_are_made_off_the_event_loop(model_path, path, asked):
    """They wait for the memory's file and for each other, and take some time."""
    app = application(ServedModels({"tiny": model_path}), Limits())
    whole, threads = ServedModel.predictor, []

    def predictor(model, *args, **options):
        threads.append(threading.current_thread())
        return whole(model, *args, **options)

    async def ask():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            return await client.post(path, json=asked)

    with patch.object(ServedModel, "predictor", predictor):
        assert asyncio.run(ask()).status_code == 200
    assert threads
    assert threading.main_thread() not in threads
