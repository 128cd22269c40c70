"""Connections that are turned away, and answers that end a connection.

Both are below the application, which never learns of them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.serving.server.errors import ServerError

if TYPE_CHECKING:
    from app.serving.server.uvicorn_config import ServerConfig

# Whoever is turned away has so long (s) to say what it wanted and to read the answer,
_SECONDS = 2.0
# and so many at a time get one; the others are cut off.
_MOST = 128


class Refusal(asyncio.Protocol):
    """A connection too many: it is told so as soon as it has said something.

    It is then read on and thrown away for a moment: a socket that is closed with
    unread bytes takes the answer away from the client.
    """

    def __init__(self, config: ServerConfig, loop: asyncio.AbstractEventLoop) -> None:
        self._refusals = config.refusals
        self._most = config.limits.connections
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Waits for the first bytes, not for long."""
        if len(self._refusals) >= _MOST:
            transport.abort()
            return
        self._refusals.add(self)
        self._transport = transport
        self._timer = self._loop.call_later(_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Answers once."""
        if self._transport is None:
            return
        message = f"{self._most} connections are open already. Try again."
        error = ServerError(503, message, "connections", self._most)
        self._transport.write(last_answer(error))
        self._transport.write_eof()
        self._transport = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Makes room."""
        self._refusals.discard(self)
        if self._timer is not None:
            self._timer.cancel()


def last_answer(
    error: ServerError, headers: Sequence[tuple[bytes, bytes]] = ()
) -> bytes:
    """A whole answer of HTTP, the last one of its connection."""
    body = json.dumps(error.content).encode()
    told = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Connection": "close",
    } | dict(error.headers or {})
    lines = [b"%s: %s\r\n" % it for it in headers]
    lines += [f"{name}: {value}\r\n".encode() for name, value in told.items()]
    return b"".join([STATUS_LINE[error.status], *lines, b"\r\n", body])
