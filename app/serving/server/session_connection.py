"""The connection of a session, which began as a request (see http_connection.py).

uvicorn's pings (`ws_ping_interval`) find a client that is gone; here one is cut off
that is there but does not read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)

if TYPE_CHECKING:
    from uvicorn.server import ServerState

    from app.serving.server.uvicorn_config import ServerConfig


class SessionConnection(WebSocketsSansIOProtocol):
    """A session's connection that is cut off when the client does not read."""

    config: ServerConfig

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._timer: asyncio.TimerHandle | None = None
        self._has_failed = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered."""
        super().pause_writing()
        self._start_timer()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._stop_timer()

    def data_received(self, data: bytes) -> None:
        """Reads on; what comes after the end is thrown away."""
        if not self._has_failed:
            super().data_received(data)

    def handle_parser_exception(self) -> None:
        """What came is no message, or too long a one: says so, then waits for the end.

        The client may still be sending. A socket that is closed with unread bytes takes
        the reason away from it (RFC 6455, 7.1.1).
        """
        code = self.conn.close_sent.code if self.conn.close_sent else 1006
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        # Nothing can be sent any more, though the socket is there.
        self._has_failed = self.close_sent = self.disconnected = True
        # As long as it runs, the end of the application does not close the socket.
        end = self.transport.abort
        self.close_timer = self.loop.call_later(self.close_timeout, end)

    def keepalive_timeout(self) -> None:
        """The client is not there: nobody will read what is not yet sent."""
        super().keepalive_timeout()
        self.transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done with it: the last bytes have their time."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._start_timer()

    def shutdown(self) -> None:
        """Tells the application that the server goes away (1001).

        It ends what it has begun, and tells the client likewise.
        """
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def _start_timer(self) -> None:
        if self._timer is None:
            seconds = self.config.limits.send_seconds
            self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
