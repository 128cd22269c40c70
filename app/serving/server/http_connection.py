"""Connections that end: what uvicorn leaves to a proxy in front of it.

Sockets enter; requests reach the application only from clients that keep going. Of
uvicorn 0.54's own means there are a time between two requests of a connection
(`timeout_keep_alive`), pings that find a dead session (`ws_ping_interval`), the size
of a session's message and a bound on what is read ahead of the application. Missing,
and added here by two small subclasses:

    a connection that never sends anything      closed after limits.idle_seconds
    a head that comes drop by drop              408 after limits.header_seconds
    a head without an end                       431 beyond limits.header_bytes
    a body that comes drop by drop              408 after limits.body_seconds
    an answer that is not read                  cut off after limits.send_seconds
    more requests in a row than are answered    read no further than _PIPELINED
    more connections than limits.connections    503, instead of a silence
    what comes behind a refusal                 thrown away, for the client to hear it

The times are of the whole head and the whole body, not between two drops. A worker
thread is never held by any of them: it only sees requests that have come whole.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import httptools
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.serving.server.errors import ServerError
from app.serving.server.refused_connection import Refusal, last_answer
from app.serving.server.session_connection import SessionConnection

if TYPE_CHECKING:
    from uvicorn.server import ServerState

    from app.serving.server.uvicorn_config import ServerConfig

_Awaited = Literal["idle_seconds", "header_seconds", "body_seconds", "send_seconds"]

# Requests that one connection may send ahead of their answers. Browsers send none.
_PIPELINED = 16


class HttpConnection(HttpToolsProtocol):
    """A client's connection that is ended when the client keeps it waiting."""

    config: ServerConfig

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # The part of a request that is being read; None: all of it has come.
        self._part: Literal["head", "body"] | None = None
        self._head_bytes = 0
        self._has_ended = False  # a request, in the bytes read last
        self._awaited: _Awaited | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_session = False  # now; this one has nothing left to do
        self._answering: RequestResponseCycle | None = None
        # What comes is thrown away; what came whole before is still answered.
        self._is_last = False
        self._has_said_all = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Turned away if there are too many."""
        if len(self.connections) >= self.config.limits.connections:
            refusal = Refusal(self.config, self.loop)
            transport.set_protocol(refusal)
            refusal.connection_made(transport)
            return
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, as far as there are limits."""
        if self._is_last:
            return
        self._unset_keepalive_if_required()
        self._has_ended = False
        self._read(data)
        if self._is_session:
            return
        if self._part == "head" and not self._has_ended:  # else most may be its body
            self._head_bytes += len(data)
            if self._head_bytes > self.config.limits.header_bytes:
                self._end(self._long_head())
        self._watch()

    def _read(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:  # also for what was raised in a callback
            self._end(ServerError(400, "What came is no request of HTTP/1.1."))

    def on_message_begin(self) -> None:
        """A new request: its times begin."""
        super().on_message_begin()
        self._part, self._head_bytes, self._awaited = "head", 0, None

    def on_headers_complete(self) -> None:
        """Hands the request to the application, which may read the body."""
        error = self._refused_head()
        if error is not None:
            self._end(error)
            raise error  # so that the parser reads no further
        if self._is_other_upgrade():
            return
        super().on_headers_complete()
        self._part = "body"

    def on_message_complete(self) -> None:
        """The request has come whole."""
        if self._is_other_upgrade():
            return
        super().on_message_complete()
        self._part = None
        self._has_ended = True

    def on_response_complete(self) -> None:
        """The next request, or the end where there must not be one."""
        if self._is_last and not self.pipeline:
            self._say_no_more()
        super().on_response_complete()
        self._watch()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._watch()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection to a session."""
        super().handle_websocket_upgrade()
        self._is_session = True
        if self._timer is not None:
            self._timer.cancel()
        session = self.transport.get_protocol()
        if isinstance(session, SessionConnection) and not session.handshake_initiated:
            # What the one parser took for an upgrade, the other one does not take.
            self._send(ServerError(400, "What came is no session's beginning."))
            self.transport.close()

    def _is_other_upgrade(self) -> bool:
        """Whether the client would also speak another protocol than HTTP/1.1."""
        is_upgrade = self.parser.should_upgrade() and not self._should_upgrade()
        return is_upgrade and self.parser.get_method() != b"CONNECT"

    def _decline_upgrade(self, rest: bytes) -> None:
        """Reads a request again, without the offer to change the protocol.

        Java's client offers HTTP/2 with every request, also with those that have a
        body, which the parser leaves unread behind any offer.

        Args:
            rest: what came behind the head.
        """
        offers = (b"upgrade", b"connection", b"http2-settings")
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/1.1"]
        lines += [b": ".join(it) for it in self.headers if it[0] not in offers]
        self.parser = httptools.HttpRequestParser(self)
        self._read(b"\r\n".join([*lines, b"\r\n"]) + rest)

    def _watch(self) -> None:
        """Sets the time for what the client has to do now."""
        awaited = self._next_awaited()
        if awaited == self._awaited:
            return
        self._awaited = awaited
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if awaited is not None:
            seconds = getattr(self.config.limits, awaited)
            self._timer = self.loop.call_later(seconds, self._give_up)

    def _next_awaited(self) -> _Awaited | None:
        if self._has_said_all or self.transport.is_closing():
            return "send_seconds"  # closes when the last bytes have been read
        if self._part is not None and not self._is_last:
            return "header_seconds" if self._part == "head" else "body_seconds"
        if self.flow.write_paused:
            return "send_seconds"
        if self.cycle is not None and not self.cycle.response_complete:
            return None  # the server's turn
        return "idle_seconds"

    def _give_up(self) -> None:
        """The time is over."""
        awaited, self._awaited, self._timer = self._awaited, None, None
        if awaited == "send_seconds":
            self._leave()
            self.transport.abort()
        elif awaited == "idle_seconds":
            self.transport.close()
            self._watch()
        elif awaited is not None:
            part, seconds = self._part, getattr(self.config.limits, awaited)
            message = f"The {part} of the request did not come within {seconds} s."
            self._end(ServerError(408, message, awaited, seconds))
            self._watch()

    def _refused_head(self) -> ServerError | None:
        length = len(self.url) + sum(len(it) + len(value) for it, value in self.headers)
        if length > self.config.limits.header_bytes:
            return self._long_head()
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            return ServerError(505, "This server speaks HTTP/1.1.")
        if len(self.pipeline) >= _PIPELINED:
            return ServerError(429, "Too many requests came ahead of their answers.")
        return None

    def _long_head(self) -> ServerError:
        most = self.config.limits.header_bytes
        message = f"The head of the request has more than {most} bytes."
        return ServerError(431, message, "header_bytes", most)

    def _end(self, error: ServerError) -> None:
        """Refuses the request that is being read, and every later one."""
        if self._is_last or self.transport.is_closing():
            return
        self._is_last = True
        has_begun = self._part == "body"  # the application knows of it
        if self.pipeline or not (has_begun or self._is_answered()):
            # An earlier request is being answered; this one waits behind it.
            if has_begun:
                self.pipeline.popleft()
            return
        if not (has_begun and self.cycle.response_started):  # else it has its answer
            self._send(error)
        self._say_no_more()
        if has_begun:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _leave(self) -> None:
        """Nobody reads what is being answered: uvicorn tells the newest request only.

        Writing on would be an error of the transport's.
        """
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _send(self, error: ServerError) -> None:
        self.transport.write(last_answer(error, self.server_state.default_headers))

    def _say_no_more(self) -> None:
        """Ends the server's half of the connection; the client ends its own.

        It may still be sending: a socket that is closed with unread bytes takes the
        answer away from it.
        """
        self._has_said_all = True
        if not self.transport.is_closing():
            self.transport.write_eof()

    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete
