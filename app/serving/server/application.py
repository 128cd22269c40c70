"""The server as one ASGI app, put together from its parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from app.errors import UserError
from app.serving.server import (
    api,
    documentation,
    looking,
    page,
    predict_routes,
    sessions,
)
from app.serving.server.errors import (
    Outdated,
    ServerError,
    problem_of,
    refusal_of,
)
from app.serving.server.guard import Guard
from app.serving.server.models import ServedModels
from app.serving.server.monitoring import Monitor
from app.serving.server.workers import Workers
from app.settings import Limits

# How often folders are looked at for a new version (s).
RELOAD_SECONDS = 1.0

_PURPOSE = """\
Suggests the next word, finishes a half-typed one, fills the blanks of a sentence.
Every error is a JSON object whose "error" is a sentence; where a limit was met, "limit"
and "value" tell which."""


def application(
    models: ServedModels,
    limits: Limits,
    *,
    hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
    token: str | None = None,
) -> ASGIApp:
    """The app.

    Args:
        models: answer.
        limits: for all clients.
        hosts: more names of the server; see `Guard`.
        origins: of pages elsewhere that may ask.
        token: that must be known.
    """
    workers, monitor = Workers(limits), Monitor()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(_watch(models))
        try:
            yield
        finally:
            watching.cancel()
            workers.close()

    app = FastAPI(
        title="Nextword",
        description=_PURPOSE,
        version="1",
        lifespan=lifespan,
        docs_url=None,  # these two load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # many clients take the empty answer for the answer
    )
    app.include_router(api.router(models, workers, limits))
    app.include_router(looking.router(models, workers, limits))
    app.include_router(sessions.router(models, workers, limits))
    app.include_router(predict_routes.router(models, workers, limits))
    app.include_router(monitor.router())
    app.include_router(
        documentation.router(app.openapi, models, limits, needs_token=token is not None)
    )
    app.include_router(page.router())
    _tell_of_errors(app)
    _tell_browsers(app, origins)
    guarded = Guard(
        app,
        limits,
        hosts=hosts,
        origins=origins,
        token=token,
        is_open=["/healthz", *page.paths()],
    )
    return monitor.watch(guarded)


async def _watch(models: ServedModels) -> None:
    """Takes over new versions of the models, as long as the server runs."""
    while True:
        await asyncio.sleep(RELOAD_SECONDS)
        await asyncio.to_thread(models.reload)


def _tell_browsers(app: FastAPI, origins: Sequence[str]) -> None:
    """Pages of some origins may read what is answered."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Nextword-Remarks", "Retry-After"],
        )


def _tell_of_errors(app: FastAPI) -> None:
    """Every error becomes the same kind of JSON object."""

    @app.exception_handler(ServerError)
    async def refuse(request: Request, error: ServerError) -> JSONResponse:
        return JSONResponse(error.content, error.status, error.headers)

    @app.exception_handler(UserError)
    async def explain(request: Request, error: UserError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 422)

    @app.exception_handler(Outdated)
    async def drop(request: Request, error: Outdated) -> JSONResponse:
        return JSONResponse({"error": "Nobody waits for this any more."}, 499)

    @app.exception_handler(RequestValidationError)
    async def correct(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": problem_of(error.errors())}, 422)

    @app.exception_handler(HTTPException)
    async def tell(request: Request, error: HTTPException) -> JSONResponse:
        message = refusal_of(request.method, request.url.path, error)
        return JSONResponse({"error": message}, error.status_code, error.headers)
