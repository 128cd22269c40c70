"""How the server does: /healthz for whoever starts it, /metrics for Prometheus.

Counted are requests, by route and status, and how long they took; never what was in
them. Routes are told as they are written in the code, so that no text of a client and
no name of a model becomes a label.
"""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.serving.server.api_types import Health

# Seconds; the first is what a key costs, the last is the limit of a request.
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Monitor:
    """Counts what the server does."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("route", "status")
        self._requests = Counter(
            "nextword_requests", "Requests answered.", labels, registry=self._registry
        )
        self._seconds = Histogram(
            "nextword_request_seconds",
            "From the head of a request to the end of its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._sessions = Gauge(
            "nextword_sessions", "Sessions that are open.", registry=self._registry
        )
        ProcessCollector(registry=self._registry)

    def watch(self, app: ASGIApp) -> ASGIApp:
        """The same app, counted."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "websocket":
                with self._sessions.track_inprogress():
                    await app(scope, receive, send)
                return
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status, began = 500, time.perf_counter()

            async def note(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, note)
            finally:
                route = _route_of(scope)
                self._requests.labels(route, str(status)).inc()
                self._seconds.labels(route).observe(time.perf_counter() - began)

        return watched

    def router(self) -> APIRouter:
        """The routes that tell of it."""
        routes = APIRouter(tags=["server"])

        @routes.get("/healthz")
        async def health() -> Health:
            """Whether the server answers."""
            return Health(status="ok")

        @routes.get("/metrics", response_class=_Metrics)
        async def metrics() -> Response:
            """Requests, their time and their faults, for Prometheus."""
            return _Metrics(generate_latest(self._registry))

        return routes


class _Metrics(Response):
    media_type = CONTENT_TYPE_LATEST


def _route_of(scope: Scope) -> str:
    """The route that answered, as it is written in the code."""
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "none"
