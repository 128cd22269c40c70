"""What the server answers when it does not do what was asked.

Always a JSON object whose "error" is a sentence; where a limit was met, also its name
and its value, so that a client can keep to it.
"""

from __future__ import annotations

from typing import Any


class ServerError(Exception):
    """A request that is not answered as asked.

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
        super().__init__(message)
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

    @property
    def headers(self) -> dict[str, str]:
        """Whoever came too early is told when to come again (s)."""
        return {"Retry-After": "1"} if self.status in (429, 503) else {}


class Outdated(Exception):
    """Nobody waits for this answer any more; the work was not begun."""
