"""The live page: its files as they lie in app/serving/web/page/, read once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

PAGE = Path(__file__).parent.parent / "web" / "page"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def paths() -> list[str]:
    """Every address that a file of the page has; / is index.html."""
    return ["/" if it.name == "index.html" else f"/{it.name}" for it in _files()]


def router() -> APIRouter:
    """The routes, one a file; they are no part of the API's description."""
    routes = APIRouter(include_in_schema=False)
    for path, file in zip(paths(), _files(), strict=True):
        response = Response(file.read_bytes(), media_type=_TYPES[file.suffix])
        routes.add_api_route(path, _giving(response), methods=["GET", "HEAD"])
    return routes


def _files() -> list[Path]:
    return sorted(it for it in PAGE.iterdir() if it.suffix in _TYPES)


def _giving(response: Response) -> Callable[[], Awaitable[Response]]:
    async def give() -> Response:
        return response

    return give
