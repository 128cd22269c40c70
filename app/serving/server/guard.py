"""What surrounds every request: who may ask, how much, and what goes with each answer.

An ASGI app enters and leaves; requests that may not pass are answered here. Nothing
that a request holds is ever logged: of a fault of ours, only where it happened.

- *Host*: the name under which the server was asked must be one of its own, or a page
  elsewhere could reach it under a name that it has pointed to this machine (DNS
  rebinding).
- *Origin*: a browser says which page asks; only the server's own pages may, and those
  named with --allow-origin. WebSockets know no other protection.
- *Token*: where there is one, everything but the page's files and /healthz needs it.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.serving.server.errors import ServerError, place_of
from app.settings import Limits

_logger = logging.getLogger(__name__)

COOKIE = "nextword_token"

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    # With "no-referrer" a browser hides the origin of a page's own forms, too.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Names that always mean this machine.
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Guard:
    """Lets through what may pass.

    Args:
        app: answers it.
        limits: how large a body is, and how long it may take.
        hosts: names of the server beside those that always mean this machine; "*"
            stands for all of them.
        origins: of pages that may ask beside the server's own.
        token: that must be known; None where nobody needs any.
        is_open: paths that need none in any case.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        *,
        hosts: Iterable[str] = (),
        origins: Iterable[str] = (),
        token: str | None = None,
        is_open: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._limits = limits
        self._hosts = frozenset((*_LOCAL_NAMES, *(it.lower() for it in hosts)))
        self._origins = frozenset(origins)
        self._token = token
        self._is_open = frozenset(is_open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or one conversation over a WebSocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            self._check(scope)
            if scope["type"] == "http" and (response := self._welcome(scope)):
                await response(scope, receive, answer.send)
                return
            if scope["type"] == "http":
                receive = _Body(scope, receive, self._limits).receive
            await self._app(scope, receive, answer.send)
        except ServerError as error:
            await answer.refuse(scope, receive, error)
        except Exception as error:  # ours; what it says may quote what was typed
            _logger.error("A fault of the server: %s", place_of(error))
            fault = ServerError(500, "The server made a mistake; it is in its log.")
            await answer.refuse(scope, receive, fault)

    def _check(self, scope: Scope) -> None:
        """Refuses who may not ask.

        Raises:
            ServerError: 400, 401 or 403.
        """
        headers = Headers(scope=scope)
        host, *others = headers.getlist("host") or [""]
        if others:
            raise ServerError(400, "A request asks one host.")
        name = _name_of(host)
        if name not in self._hosts and "*" not in self._hosts:
            raise ServerError(
                400,
                f"This server is not known as {name[:100]!r}. If it should be, start "
                "it with --allow-host.",
            )
        origin = headers.get("origin")
        if origin is not None and not self._is_ours(origin, host):
            raise ServerError(
                403,
                "A page of another origin may not ask this server. If it should, "
                "start it with --allow-origin.",
            )
        is_open = scope["type"] == "http" and scope["path"] in self._is_open
        if not is_open and not self._knows_token(headers):
            raise ServerError(
                401,
                "This server answers who knows its token: send the header "
                '"Authorization: Bearer TOKEN", or open /?token=TOKEN in a browser.',
            )

    def _is_ours(self, origin: str, host: str) -> bool:
        return origin in self._origins or urlsplit(origin).netloc == host

    def _knows_token(self, headers: Headers) -> bool:
        if self._token is None:
            return True
        kind, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if kind.lower() == "bearer" else _cookie(headers)
        return self._is_token(given)

    def _is_token(self, given: str) -> bool:
        # As long as the comparison takes, it tells nothing about the token.
        expected = (self._token or "").encode()
        return hmac.compare_digest(given.encode("utf-8", "replace"), expected)

    def _welcome(self, scope: Scope) -> RedirectResponse | None:
        """For who opens /?token=TOKEN: the token as a cookie, and the bare address."""
        query = scope["query_string"].decode("latin-1")
        given = parse_qs(query).get("token") if scope["path"] == "/" else None
        if not given or self._token is None or not self._is_token(given[0]):
            return None
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
        return response


class _Answer:
    """What is sent, with the headers that go with every answer.

    Args:
        send: of the server.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._has_begun = False

    async def send(self, message: Message) -> None:
        """Sends a part of the answer."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        self._has_begun = True
        await self._send(message)

    async def refuse(self, scope: Scope, receive: Receive, error: ServerError) -> None:
        """Says why there is no other answer, unless one has begun."""
        if self._has_begun:
            return
        if scope["type"] == "websocket":
            await self._send({"type": "websocket.close", "code": 1008})
            return
        headers = dict(error.headers or {})
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if error.status in (408, 413):
            headers["Connection"] = "close"  # the rest of the body is not read
        response = JSONResponse(error.content, error.status, headers)
        await response(scope, receive, self.send)


class _Body:
    """A request's body, counted and timed while it arrives.

    Args:
        scope: of the request.
        receive: of the server.
        limits: what it keeps to.

    Raises:
        ServerError: 413, as early as its length is told.
    """

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._left = limits.body_bytes
        self._is_whole = False
        told = Headers(scope=scope).get("content-length", "")
        if told.isascii() and told.isdigit():
            self._take(int(told))
            self._left = limits.body_bytes
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + limits.body_seconds

    async def receive(self) -> Message:
        """The next part of it, or the news that the client has left.

        Raises:
            ServerError: 408 or 413.
        """
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            seconds = self._limits.body_seconds
            raise ServerError(
                408, f"The body took more than {seconds} s.", "body_seconds", seconds
            ) from error
        if message["type"] == "http.request":
            self._take(len(message.get("body", b"")))
            self._is_whole = not message.get("more_body", False)
        return message

    def _take(self, num_bytes: int) -> None:
        self._left -= num_bytes
        if self._left < 0:
            most = self._limits.body_bytes
            raise ServerError(
                413, f"The body has more than {most} bytes.", "body_bytes", most
            )


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # no address
        return ""


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
