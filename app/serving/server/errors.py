"""What the server answers when it does not do what was asked.

Always a JSON object whose "error" is a sentence; where a limit was met, also its name
and its value, so that a client can keep to it.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException

_logger = logging.getLogger(__name__)


class ServerError(HTTPException):
    """A request that is not answered as asked.

    It is raised while a body is read, too: FastAPI takes any exception there for a
    broken body, but for those of Starlette.

    Args:
        status: of HTTP.
        message: what came, what was expected, what to do.
        limit: the name of the limit that was met; see `Limits`.
        value: of this limit.
    """

    def __init__(
        self,
        status: int,
        message: str,
        limit: str | None = None,
        value: int | None = None,
    ) -> None:
        # Whoever came too early is told when to come again (s).
        headers = {"Retry-After": "1"} if status in (429, 503) else {}
        super().__init__(status, message, headers)
        self.status = status
        self.message = message
        self.limit = limit
        self.value = value

    @property
    def content(self) -> dict[str, Any]:
        """The JSON object."""
        if self.limit is None:
            return {"error": self.message}
        return {"error": self.message, "limit": self.limit, "value": self.value}


class Outdated(Exception):
    """Nobody waits for this answer any more; the work was not begun."""


def problem_of(found: Sequence[Mapping[str, Any]]) -> str:
    """The first thing that is wrong with what came, as a sentence.

    Args:
        found: what pydantic has found.
    """
    first = found[0]
    if first["type"] == "model_attributes_type":
        return (
            "The body is no JSON object, or is not told to be one. Send an object, "
            "and the header Content-Type: application/json."
        )
    if first["type"] == "missing" and first["loc"] == ("body",):
        return "There is no body. Send a JSON object."
    if first["type"] == "json_invalid":
        place = first["loc"][-1] + 1
        return f"The body is no JSON: {first['ctx']['error']} at character {place}."
    place = ".".join(str(it) for it in first["loc"] if it != "body")
    return f"{place}: {first['msg']}." if place else f"{first['msg']}."


def refusal_of(method: str, path: str, error: HTTPException) -> str:
    """What FastAPI refuses by itself, as a sentence or two."""
    if isinstance(error.__cause__, UnicodeDecodeError):
        return "The body is no JSON: its characters are not encoded as UTF-8."
    message = f"{method} {path}: {error.detail}."
    if error.status_code == 405 and error.headers:
        return f"{message} Ask with {error.headers['Allow']}."
    if error.status_code == 404:
        return f"{message} /docs tells every address."
    return message


def fault_of(error: Exception) -> ServerError:
    """What is answered after a fault of ours, whose place is written to the log."""
    _logger.error("A fault of the server: %s", place_of(error))
    return ServerError(500, "The server made a mistake; it is in its log.")


def place_of(error: BaseException) -> str:
    """The kind of a fault and where it happened, for the log.

    Without what it says, which may quote what was typed.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{it.filename}:{it.lineno} {it.name}" for it in frames[-6:]]
    return "; ".join([type(error).__name__, *reversed(places)])
