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

import hmac
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.serving.server.errors import ServerError, fault_of
from app.settings import Limits

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
        limits: how large a body is.
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
        body = _Body(scope, receive, self._limits)
        try:
            self._check(scope)
            if scope["type"] == "http":
                if response := self._welcome(scope):
                    await response(scope, receive, answer.send)
                    return
                body.check()
                receive = body.receive
            await self._app(scope, receive, answer.send)
        except ServerError as error:
            await body.read_on()
            await answer.refuse(scope, receive, error)
        except ClientDisconnect:  # in the midst of its body
            pass
        except Exception as error:
            await answer.refuse(scope, receive, fault_of(error))

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
        if not self._is_for_all(scope, headers) and not self._knows_token(headers):
            raise ServerError(
                401,
                "This server answers who knows its token: send the header "
                '"Authorization: Bearer TOKEN", or open /?token=TOKEN in a browser.',
            )

    def _is_ours(self, origin: str, host: str) -> bool:
        own = (f"http://{host}", f"https://{host}")  # behind a proxy, which is safe
        return origin in self._origins or origin in own

    def _is_for_all(self, scope: Scope, headers: Headers) -> bool:
        if scope["type"] != "http":
            return False
        # A browser asks, without the token, whether a page may send it.
        is_preflight = (
            scope["method"] == "OPTIONS"
            and headers.get("access-control-request-method") is not None
        )
        return is_preflight or scope["path"] in self._is_open

    def _knows_token(self, headers: Headers) -> bool:
        if self._token is None:
            return True
        kind, _, token = headers.get("authorization", "").partition(" ")
        # Cookies of all servers of this machine come, of whatever form they are.
        cookies = cookie_parser(headers.get("cookie", ""))
        given = token.strip() if kind.lower() == "bearer" else cookies.get(COOKIE, "")
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
        response = JSONResponse(error.content, error.status, headers)
        await response(scope, receive, self.send)


class _Body:
    """A request's body, counted while it arrives; http_connection.py times it.

    Args:
        scope: of the request; a WebSocket has no body, only messages.
        receive: of the server.
        limits: what it keeps to.
    """

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self._headers = Headers(scope=scope)
        self._receive = receive
        self._most = limits.body_bytes
        self._length = 0
        self._is_whole = scope["type"] == "websocket"

    def check(self) -> None:
        """Looks at the length that is told, before anything has come.

        Raises:
            ServerError: 413.
        """
        told = self._headers.get("content-length", "")
        if told.isascii() and told.isdigit() and int(told) > self._most:
            raise self._refusal()

    async def receive(self) -> Message:
        """The next part of it, or the news that the client has left.

        Raises:
            ServerError: 413.
        """
        message = await self._next()
        if message["type"] == "http.request":
            self._length += len(message.get("body", b""))
            if self._length > self._most:
                await self.read_on()
                raise self._refusal()
        return message

    async def read_on(self) -> None:
        """Throws the rest away: most clients listen when they have sent everything.

        Those that ask whether to send it (`Expect: 100-continue`) listen at once.
        """
        is_asking = self._length == 0 and "expect" in self._headers
        while not (is_asking or self._is_whole):
            await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._is_whole = not message.get("more_body", False)
        return message

    def _refusal(self) -> ServerError:
        message = f"The body has more than {self._most} bytes."
        return ServerError(413, message, "body_bytes", self._most)


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # no address
        return ""
