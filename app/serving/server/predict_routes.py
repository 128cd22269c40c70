"""The routes of /v1/models: a model is asked as TensorFlow Serving is asked.

A client of this server is one of `tensorflow_model_server` with the exported model, and
the other way round: the same addresses, bodies, words and numbers, errors included. The
network answers alone, without memory, as the exported model does. Limits are this
server's own, and are told as everywhere in it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.serving import predict_dialect as dialect
from app.serving.server.api_types import PROBLEMS
from app.serving.server.checks import check_rows, check_text
from app.serving.server.errors import ServerError
from app.serving.server.models import ServedModel, ServedModels
from app.serving.server.predict_signatures import Signatures
from app.serving.server.predict_types import BODY, Metadata, ModelStatus, Predicted
from app.serving.server.workers import LONG, Workers
from app.serving.signature_specs import STEP, TYPING, signatures_of
from app.settings import Limits, Parts

_NETWORK = Parts(ngrams=False, cache=False)

Name = Annotated[str, Path(description="of a model")]
# Told and not enforced: what is no number is refused as TensorFlow Serving does.
Version = Annotated[
    str,
    Path(
        description="its number; 1, and one more with each folder that took its place",
        json_schema_extra={"pattern": "^[0-9]+$"},
    ),
]


def router(models: ServedModels, workers: Workers, limits: Limits) -> APIRouter:
    """The routes."""
    served = _Served(models, workers, limits)
    routes = APIRouter(
        prefix="/v1/models", tags=["TensorFlow Serving"], responses=PROBLEMS
    )
    predicted: dict[str, Any] = {
        "responses": {200: {"model": Predicted}},
        "openapi_extra": BODY,
    }
    described: dict[str, Any] = {"responses": {200: {"model": Metadata}}}
    found: dict[str, Any] = {"responses": {200: {"model": ModelStatus}}}
    version = "/{name}/versions/{version}"
    routes.post(f"{version}:predict", **predicted)(served.predict_version)
    routes.post("/{name}:predict", **predicted)(served.predict)
    for place in (version, "/{name}"):  # or ":predict" were the end of a name
        routes.get(f"{place}:predict", include_in_schema=False)(_refuse_method)
    routes.get(f"{version}/metadata", **described)(served.version_metadata)
    routes.get("/{name}/metadata", **described)(served.metadata)
    routes.get(version, **found)(served.version_status)
    routes.get("/{name}", **found)(served.status)
    for place in ("/{name}/labels/{label}", version, "/{name}"):
        routes.post(f"{place}:{{method}}", include_in_schema=False)(_refuse)
    return routes


class _Served:
    """What the routes do."""

    def __init__(self, models: ServedModels, workers: Workers, limits: Limits) -> None:
        self._models = models
        self._workers = workers
        self._limits = limits

    async def status(self, name: Name) -> Response:
        """Which version of a model answers."""
        return _status(
            self._model(name, f"Could not find any versions of model {name}")
        )

    async def version_status(self, name: Name, version: Version) -> Response:
        """Whether a version of a model answers."""
        problem = f"Could not find version {version} of model {name}"
        return _status(self._model(name, problem, version))

    async def metadata(self, name: Name) -> Response:
        """The signatures of a model: what can be asked, and what comes back."""
        return _metadata(self._latest(name))

    async def version_metadata(self, name: Name, version: Version) -> Response:
        """The signatures of a version of a model."""
        return _metadata(self._specific(name, version))

    async def predict(self, request: Request, name: Name) -> Response:
        """What a signature of a model answers, row by row or column by column."""
        return await self._predict(request, self._latest(name))

    async def predict_version(
        self, request: Request, name: Name, version: Version
    ) -> Response:
        """What a signature of a version of a model answers."""
        return await self._predict(request, self._specific(name, version))

    async def _predict(self, request: Request, model: ServedModel) -> Response:
        body = await request.body()
        try:
            async with self._workers.in_time():
                content = await self._answer(body, model, request)
        except dialect.RequestError as error:
            raise ServerError(400, str(error)) from error
        return Response(content, media_type="application/json")

    async def _answer(self, body: bytes, model: ServedModel, request: Request) -> bytes:
        """The JSON that answers a body."""
        left = request.is_disconnected
        begun = await self._workers.run(
            "slow" if len(body) >= LONG else "quick",
            functools.partial(self._begin, body, model),
            is_outdated=left,
        )
        if isinstance(begun, bytes):
            return begun
        asked, signatures = begun
        found = [
            await self._workers.run("slow", part, is_outdated=left)
            for part in _parts(asked, signatures)
        ]
        return await self._workers.run("slow", lambda: _written(asked, found))

    def _begin(
        self, body: bytes, model: ServedModel
    ) -> bytes | tuple[dialect.Request, Signatures]:
        """The answer to a request that is quick to answer.

        Any other one is read, for what answers it.
        """
        predictor = model.predictor(_NETWORK, memory=False)
        signatures = Signatures(predictor, model.folder.architecture)
        asked = dialect.read_request(body, signatures.specs)
        self._check(asked)
        if not _is_quick(asked):
            return asked, signatures
        return _written(asked, [signatures.answer(asked)])

    def _check(self, asked: dialect.Request) -> None:
        check_rows(_num_rows(asked), self._limits)
        for text in asked.inputs.get("text", ()):
            check_text(text.decode("utf-8", "replace"), self._limits)

    def _latest(self, name: str) -> ServedModel:
        return self._model(name, f"Servable not found for request: Latest({name})")

    def _specific(self, name: str, version: str) -> ServedModel:
        problem = f"Servable not found for request: Specific({name}, {version})"
        return self._model(name, problem, version)

    def _model(
        self, name: str, problem: str, version: str | None = None
    ) -> ServedModel:
        """The model of that name, if that version of it answers now.

        Raises:
            ServerError: it does not, or `version` is no number.
        """
        if version is not None and not (version.isascii() and version.isdigit()):
            raise ServerError(400, f"Malformed request: {version!r} is no version.")
        for model in self._models:
            is_wanted = version is None or version.lstrip("0") == str(model.version)
            if model.name == name and is_wanted:
                return model
        raise ServerError(404, problem)


def _status(model: ServedModel) -> Response:
    return JSONResponse(dialect.status({model.version: "AVAILABLE"}))


def _metadata(model: ServedModel) -> Response:
    has_fill = "two_sided" in model.parts
    specs = signatures_of(model.folder.architecture, has_fill=has_fill)
    return JSONResponse(dialect.metadata(model.name, model.version, specs))


async def _refuse_method() -> Response:
    raise HTTPException(405, headers={"Allow": "POST"})


async def _refuse(request: Request, method: str) -> Response:
    """Whatever else TensorFlow Serving might be asked, of models of other kinds."""
    message = f"Malformed request: {request.method} {request.url.path}"
    if method in ("classify", "regress"):
        message = f"The model has no signature to {method} with. Ask it with :predict."
    return JSONResponse(dialect.error(message), 400)


def _num_rows(asked: dialect.Request) -> int:
    return max(map(len, asked.inputs.values()))


def _is_quick(asked: dialect.Request) -> bool:
    """Whether it is about the end of one text that is not long."""
    if asked.signature not in (dialect.DEFAULT, TYPING) or _num_rows(asked) != 1:
        return False
    [text] = asked.inputs["text"].tolist()
    is_about_end = asked.signature == TYPING or b"___" not in text
    return is_about_end and len(text) < LONG


def _parts(
    asked: dialect.Request, signatures: Signatures
) -> Iterator[Callable[[], Mapping[str, np.ndarray]]]:
    """What answers a request part by part: each text, or the rows of a step."""
    if asked.signature == STEP:
        yield functools.partial(signatures.answer, asked)
        return
    texts = asked.inputs["text"]
    # Of no row at all come outputs of no row.
    for first in range(max(1, len(texts))):
        one = asked._replace(inputs={"text": texts[first : first + 1]})
        yield functools.partial(signatures.answer, one)


def _written(asked: dialect.Request, found: list[Mapping[str, np.ndarray]]) -> bytes:
    """The JSON that answers, of outputs some rows at a time."""
    outputs = {name: np.concatenate([it[name] for it in found]) for name in found[0]}
    # NaN and Infinity are written, as TensorFlow Serving does.
    answer: dict[str, Any] = dialect.answer(asked, outputs)
    return json.dumps(answer, separators=(",", ":")).encode()
