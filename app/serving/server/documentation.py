"""GET /docs: what can be asked of this server, as a page made from its description.

The page holds no script and loads nothing. Its examples can be pasted: they name this
server's address and a model that it has.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from app.serving.server.documentation_routes import Described, Route
from app.serving.server.documentation_session import describe_session
from app.serving.server.models import ServedModels
from app.settings import Limits

WEB = Path(__file__).parent.parent / "web"

# What the routes of a group are for, by the tag that they have.
_GROUPS = {
    "words": "Words",
    "looking inside": "Looking inside",
    "TensorFlow Serving": "TensorFlow Serving’s dialect",
    "server": "The server itself",
}

# Pages kept: one for each name under which the server is asked, and each version.
_MOST_PAGES = 8


class _Limit(NamedTuple):
    name: str
    value: int
    told: str


def router(
    describe: Callable[[], dict[str, Any]],
    models: ServedModels,
    limits: Limits,
    *,
    needs_token: bool,
) -> APIRouter:
    """The route; it is no part of what it describes.

    Args:
        describe: gives the OpenAPI description, once all routes are there.
        models: the examples name the first of them.
        limits: that are told.
        needs_token: whether a request must know the server's token.
    """
    routes = APIRouter(include_in_schema=False)

    @functools.lru_cache(_MOST_PAGES)
    def page(address: str, name: str, version: int) -> HTMLResponse:
        names = {"name": name, "version": str(version)}
        headers = ("Authorization: Bearer TOKEN",) if needs_token else ()
        described = Described(describe(), address, names, headers)
        return _page(described, limits, address, needs_token=needs_token)

    # In a thread: with the templates' first use it takes a tenth of a second.
    @routes.get("/docs")
    def documentation(request: Request) -> HTMLResponse:
        model = models.get()
        address = str(request.base_url).rstrip("/")
        return page(address, model.name, model.version)

    return routes


def _page(
    described: Described, limits: Limits, address: str, *, needs_token: bool
) -> HTMLResponse:
    from app.evaluation.report.page import environment, page_style  # brings jinja2
    from app.evaluation.report.policy import policy_of

    groups = described.groups()
    # Ours, which needs no escaping.
    style = page_style() + Markup((WEB / "api.css").read_text(encoding="utf-8"))
    page = (
        environment(WEB)
        .get_template("api.html")
        .render(
            style=style,
            groups={_GROUPS.get(tag, tag): routes for tag, routes in groups.items()},
            problems=_problems(groups),
            limits=_limits(limits),
            address=address,
            socket=address.replace("http", "ws", 1),
            needs_token=needs_token,
            session=describe_session(),
        )
    )
    policy = f"{policy_of(style)}; frame-ancestors 'none'"
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def _problems(groups: dict[str, list[Route]]) -> list[tuple[str, list[str]]]:
    """Every status that is no answer, with all that it may mean."""
    found: dict[str, list[str]] = {}
    for routes in groups.values():
        for route in routes:
            for status, told in route.problems:
                meanings = found.setdefault(status, [])
                if told not in meanings:
                    meanings.append(told)
    return sorted(found.items())


def _limits(limits: Limits) -> list[_Limit]:
    return [
        _Limit(it.name, getattr(limits, it.name), it.metadata["meaning"])
        for it in dataclasses.fields(limits)
    ]
