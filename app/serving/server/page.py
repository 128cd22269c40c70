"""The live page: its files as they lie in app/serving/web/page/, read once.

Only the colours are no file: they are those of every other page and picture.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from app.evaluation.charts.colours import page_colours

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
        response = Response(_content(file), media_type=_TYPES[file.suffix])
        routes.add_api_route(path, _giving(response), methods=["GET", "HEAD"])
    return routes


def _files() -> list[Path]:
    return sorted(it for it in PAGE.iterdir() if it.suffix in _TYPES)


def _content(file: Path) -> bytes:
    colours = page_colours().encode() if file.suffix == ".css" else b""
    return colours + file.read_bytes()


def _giving(response: Response) -> Callable[[], Awaitable[Response]]:
    async def give() -> Response:
        return response

    return give
