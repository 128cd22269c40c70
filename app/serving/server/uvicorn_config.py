"""How uvicorn is told to run: what it may trust, say and hold.

The application and its limits enter; a configuration of uvicorn leaves. Nothing that
a person typed may leave through the log: addresses, which can hold a text behind
their question mark, and the messages of exceptions, which often quote a value.
"""

from __future__ import annotations

import logging
import traceback
from asyncio import CancelledError
from typing import TYPE_CHECKING, Any

import uvicorn

from app.serving.server.http_connection import HttpConnection
from app.serving.server.session_connection import SessionConnection

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp

    from app.settings import Limits

# Seconds (s) between two signs of life of a session, and for its answer to them.
_PING_SECONDS = 20.0
# Files that the process has open beside its connections.
_OTHER_FILES = 256


class ServerConfig(uvicorn.Config):
    """uvicorn, safe by default.

    Args:
        app: the ASGI application; its lifespan is required.
        limits: of connections, sizes and times.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.limits = limits
        self.refusals: set[asyncio.Protocol] = set()
        super().__init__(
            app,
            loop="auto",  # uvloop, where there is one
            http=HttpConnection,
            ws=SessionConnection,
            ws_max_size=limits.body_bytes,
            ws_ping_interval=_PING_SECONDS,
            ws_ping_timeout=_PING_SECONDS,
            # Short messages are not worth the time and 64 kB of each session.
            ws_per_message_deflate=False,
            lifespan="on",
            interface="asgi3",
            log_config=_LOGGING,
            access_log=False,
            # Who asks is whoever holds the socket, whatever X-Forwarded-For says.
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=limits.seconds,
        )


class PrivateFormatter(logging.Formatter):
    """Where an error happened and of which kind it is, not what it says."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The first line; asyncio's later ones show exceptions."""
        return super().formatMessage(record).partition("\n")[0]

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The places, and the names of the exception and its causes."""
        kind, error, trace = ei
        names = [it.__name__ for it in _causes(error)] or [str(kind)]
        return "".join([*traceback.format_tb(trace), " from ".join(names)])


def is_fault(record: logging.LogRecord) -> bool:
    """Whether it tells of a mistake of ours.

    uvicorn also logs the letters of a session that are none, which is its client's
    mistake, and those who were interrupted by a second Ctrl-C.
    """
    last_line = record.getMessage().rstrip().rpartition("\n")[2]
    kind = record.exc_info[0] if record.exc_info else None
    is_other = kind in (CancelledError, UnicodeDecodeError)
    return not is_other and not last_line.endswith("CancelledError")


def allow_files(connections: int) -> None:
    """Lets the process open as many files as there may be connections.

    Systems begin with as few as 256 and let any process raise it.
    """
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _causes(error: BaseException | None) -> list[type]:
    kinds: list[type] = []
    while error is not None:
        kinds.append(type(error))
        error = error.__cause__
    return kinds


_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "private": {"()": PrivateFormatter, "format": "%(levelname)s: %(message)s"}
    },
    "filters": {"faults": {"()": lambda: is_fault}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "private",
            "filters": ["faults"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Its remarks on sessions hold whole addresses, its warnings clients' mistakes.
    "loggers": {"uvicorn": {"level": "ERROR"}},
}
