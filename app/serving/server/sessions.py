"""WebSocket /api/session: a text that is edited, answered key by key.

A socket on one side, a `Writing` on the other. Each session has two tasks: one takes
messages as they come, the other works and answers, a piece at a time. Who sends faster
than it reads is not read any further; a client that does not read its answers, or
does not answer pings, is cut off by its connection.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.serving.server.errors import ServerError
from app.serving.server.models import ServedModels
from app.serving.server.session_messages import refusing
from app.serving.server.session_writing import Writing
from app.serving.server.workers import Workers
from app.settings import Limits

# Messages of a session that wait for their answers; more are not read meanwhile.
_MOST_WAITING = 100

# Close codes, see RFC 6455, 7.4.1, and the registry of IANA.
_GOING_AWAY, _TRY_AGAIN_LATER = 1001, 1013

# Stands for a frame of bytes, and is refused like it: it is no JSON.
_NOTHING = ""


def router(models: ServedModels, workers: Workers, limits: Limits) -> APIRouter:
    """The route."""
    routes = APIRouter()
    open_sessions: set[WebSocket] = set()

    @routes.websocket("/api/session")
    async def session(socket: WebSocket) -> None:
        """Suggestions for a text that is edited."""
        try:
            await socket.accept()
            if len(open_sessions) >= limits.sessions:
                reason = f"{limits.sessions} sessions are open already"
                await socket.close(_TRY_AGAIN_LATER, reason)
                return
            open_sessions.add(socket)
            await _Conversation(socket, Writing(models, limits), workers).run()
        except* (WebSocketDisconnect, OSError):
            pass  # the client has left while it was told something
        finally:
            open_sessions.discard(socket)

    return routes


class _Conversation:
    """A client and its text.

    Args:
        socket: to the client, accepted.
        writing: its text.
        workers: do the work.
    """

    def __init__(self, socket: WebSocket, writing: Writing, workers: Workers) -> None:
        self._socket = socket
        self._writing = writing
        self._workers = workers
        self._has_changed = asyncio.Event()  # a message came, or no more will come
        self._has_room = asyncio.Event()
        self._is_over = False

    async def run(self) -> None:
        """Takes messages and answers them until one of both sides goes away."""
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(self._answer())
            code = await self._receive()
            if code != _GOING_AWAY:
                answering.cancel()
                return
            # The server stops: what has come so far is answered.
            self._is_over = True
            self._has_changed.set()
            await answering
            await self._socket.close(_GOING_AWAY)

    async def _receive(self) -> int:
        """Takes messages until no more will come; the close code."""
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return event["code"]
            self._writing.receive(event.get("text") or _NOTHING)
            self._has_changed.set()
            if self._writing.num_waiting >= _MOST_WAITING:
                self._has_room.clear()
                await self._has_room.wait()

    async def _answer(self) -> None:
        """Answers messages until no more will come."""
        while not self._is_over:
            await self._has_changed.wait()
            self._has_changed.clear()
            while self._writing.num_waiting:
                for answer in await self._answers():
                    await self._socket.send_text(answer)
                self._has_room.set()

    async def _answers(self) -> list[str]:
        """The answers up to the newest message."""
        asked = self._writing.newest
        if asked is None:
            return self._writing.answers(None)
        try:
            done = await self._workers.run(self._writing.lane(), self._writing.work)
        except ServerError as error:
            done = asked, refusing(asked.number, error.content)
        return self._writing.answers(*done)
