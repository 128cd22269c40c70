"""Clients that keep a server waiting, played with real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from app.serving.server.uvicorn_config import PrivateFormatter, ServerConfig
from app.settings import Limits

_GET = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
_POST = b"POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
_MEGABYTE = b"x" * 2**20


class Target:
    """A small application behind the real connections."""

    def __init__(self, **limits: int) -> None:
        self.config = ServerConfig(self, Limits(**limits))
        self.server = uvicorn.Server(self.config)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        # What the application saw: "whole", "left" and the like.
        self.seen: list[str] = []

    @property
    def num_open(self) -> int:
        """Connections that the server has."""
        return len(self.server.server_state.connections)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                event = await receive()
                await send({"type": f"{event['type']}.complete"})
        elif scope["type"] == "websocket":
            await self._talk(receive, send)
        else:
            await getattr(self, scope["path"].strip("/"))(receive, send)

    async def hello(self, receive: Any, send: Any) -> None:
        await _respond(send, b"hello")

    async def length(self, receive: Any, send: Any) -> None:
        length, is_whole = 0, False
        while not is_whole:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.seen.append("left")
                return
            length, is_whole = length + len(event["body"]), not event["more_body"]
        self.seen.append("whole")
        await _respond(send, b"%d" % length)

    async def early(self, receive: Any, send: Any) -> None:
        await _respond(send, b"too much")

    async def wait(self, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.5)
        await _respond(send, b"waited")

    async def much(self, receive: Any, send: Any) -> None:
        await _respond(send, *[_MEGABYTE] * 40)
        self.seen.append("sent")

    async def _talk(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            if event["text"] == "much":
                for _ in range(40):
                    await send({"type": "websocket.send", "bytes": _MEGABYTE})
            await send({"type": "websocket.send", "text": event["text"]})
        self.seen.append(f"closed {event.get('code')}")
        if event.get("code") == 1001:
            await send({"type": "websocket.close", "code": 1001})


async def _respond(send: Any, *pieces: bytes) -> None:
    length = str(sum(map(len, pieces))).encode()
    headers = [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def start() -> Iterator[Callable[..., Target]]:
    """Starts servers, each with its own limits."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with contextlib.ExitStack() as stack:

        def start(**limits: int) -> Target:
            target = Target(**limits)
            run = {"sockets": [target.socket]}
            thread = threading.Thread(target=target.server.run, kwargs=run)
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, target.server, "should_exit", True)
            _wait_for(lambda: target.server.started)
            return target

        yield start
    root.handlers[:] = handlers
    root.setLevel(level)


def _wait_for(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def _open(target: Target) -> socket.socket:
    return socket.create_connection(target.address, timeout=10)


def _ask(target: Target, *pieces: bytes) -> bytes:
    """All that comes back before the connection ends."""
    with _open(target) as client:
        for piece in pieces:
            client.sendall(piece)
        return _rest(client)


def _rest(client: socket.socket) -> bytes:
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(2**20):
            pieces.append(piece)
    return b"".join(pieces)


def _next(client: socket.socket, end: bytes = b"hello") -> bytes:
    """One short answer of a connection that goes on."""
    answer = b""
    while not answer.endswith(end):
        piece = client.recv(1000)
        assert piece, answer
        answer += piece
    return answer


def _drip(client: socket.socket, drop: bytes) -> bytes:
    """Sends a drop each tenth of a second until the server has enough."""
    client.settimeout(0.1)
    for _ in range(100):
        with contextlib.suppress(TimeoutError):
            return client.recv(1000)
        client.sendall(drop)
    pytest.fail("It was listened to for ever.")


def _error(answer: bytes, status: int) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"\r\nConnection: close" in head
    error: dict[str, Any] = json.loads(body)
    assert error["error"].endswith(".")
    return error


def test_a_connection_that_says_nothing_is_closed(
    start: Callable[..., Target],
) -> None:
    target = start(idle_seconds=1)
    with _open(target) as client:
        began = time.monotonic()
        assert client.recv(1) == b""
        assert 0.8 < time.monotonic() - began < 5
    _wait_for(lambda: target.num_open == 0)


def test_a_connection_without_a_next_request_is_closed(
    start: Callable[..., Target],
) -> None:
    target = start(idle_seconds=1)
    with _open(target) as client:
        for _ in range(3):
            client.sendall(_GET)
            assert b"200 OK" in _next(client)
            time.sleep(0.6)
        assert client.recv(1) == b""


def test_a_head_that_comes_drop_by_drop_is_refused(
    start: Callable[..., Target],
) -> None:
    target = start(header_seconds=1)
    with _open(target) as client:
        client.sendall(_GET[:-2])
        error = _error(_drip(client, b"X-A: b\r\n"), 408)
    assert (error["limit"], error["value"]) == ("header_seconds", 1)
    _wait_for(lambda: target.num_open == 0)


def test_a_body_that_comes_drop_by_drop_is_refused(
    start: Callable[..., Target],
) -> None:
    target = start(body_seconds=1)
    with _open(target) as client:
        client.sendall(_POST % 1000)
        error = _error(_drip(client, b"a"), 408)
    assert error["limit"] == "body_seconds"
    _wait_for(lambda: target.seen == ["left"])
    _wait_for(lambda: target.num_open == 0)


def test_a_request_that_comes_in_pieces_in_time_is_answered(
    start: Callable[..., Target],
) -> None:
    target = start(header_seconds=2, body_seconds=2)
    with _open(target) as client:
        for byte in (_POST % 3) + b"abc":
            client.sendall(bytes([byte]))
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_the_rest_of_a_body_that_was_answered_early_is_read_for_a_while(
    start: Callable[..., Target],
) -> None:
    target = start(body_seconds=1)
    with _open(target) as client:
        client.sendall((_POST % 10**9).replace(b"length", b"early", 1))
        assert b"too much" in client.recv(1000)
        client.sendall(_MEGABYTE)
        assert _drip(client, b"a") == b""


def test_an_answer_that_is_not_read_is_cut_off(start: Callable[..., Target]) -> None:
    target = start(send_seconds=1)
    with _open(target) as client:
        client.sendall(_GET.replace(b"hello", b"much"))
        _wait_for(lambda: target.num_open == 1)
        _wait_for(lambda: target.num_open == 0)
    assert target.seen == ["sent"]  # into nothing: its task has ended


def test_an_answer_that_is_read_slowly_arrives(start: Callable[..., Target]) -> None:
    target = start(send_seconds=1)
    request = _GET.replace(b"hello", b"much").replace(
        b"\r\n", b"\r\nConnection: close\r\n", 1
    )
    with _open(target) as client:
        client.sendall(request)
        length = 0
        while piece := client.recv(2**20):
            length += len(piece)
            time.sleep(0.03)
    assert length > 40 * 2**20


def test_a_session_that_does_not_read_is_cut_off(start: Callable[..., Target]) -> None:
    target = start(send_seconds=1)
    with connect(_session(target), max_size=None, close_timeout=0) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(3):  # more than what the client's library reads ahead
            client.send("much")
        _wait_for(lambda: target.num_open == 1)
        _wait_for(lambda: target.num_open == 0)


def test_a_session_goes_on(start: Callable[..., Target]) -> None:
    target = start(header_seconds=1, idle_seconds=1, body_seconds=1, send_seconds=1)
    with connect(_session(target)) as client:
        for _ in range(3):
            time.sleep(0.6)
            client.send("here")
            assert client.recv() == "here"


def test_a_session_is_told_that_the_server_goes_away(
    start: Callable[..., Target],
) -> None:
    target = start()
    with connect(_session(target)) as client:
        target.server.should_exit = True
        with pytest.raises(ConnectionClosed) as caught:
            client.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001
    _wait_for(lambda: target.seen == ["closed 1001"])


def test_a_connection_too_many_is_told_so(start: Callable[..., Target]) -> None:
    target = start(connections=2)
    with _open(target) as one, _open(target):
        _wait_for(lambda: target.num_open == 2)
        for request in (_GET, (_POST % 10**6) + _MEGABYTE[: 10**6]):
            answer = _ask(target, request)
            error = _error(answer, 503)
            assert (error["limit"], error["value"]) == ("connections", 2)
            assert b"Retry-After: 1\r\n" in answer
        one.sendall(_GET)
        assert b"200 OK" in _next(one)
        one.close()
        _wait_for(lambda: target.num_open == 1)
        with _open(target) as another:
            another.sendall(_GET)
            assert b"200 OK" in _next(another)


def test_a_connection_too_many_that_says_nothing_is_closed(
    start: Callable[..., Target],
) -> None:
    target = start(connections=1)
    with _open(target):
        _wait_for(lambda: target.num_open == 1)
        assert _ask(target) == b""
    _wait_for(lambda: not target.config.refusals)


def test_a_flood_of_connections_too_many_is_cut_off(
    start: Callable[..., Target],
) -> None:
    target = start(connections=1)
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            with contextlib.suppress(ConnectionResetError):
                stack.enter_context(_open(target))
        assert len(target.config.refusals) <= 128
    _wait_for(lambda: not target.config.refusals)
    assert b"hello" in _ask(
        target, _GET.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    )


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"\x00" * 100,
        b"GET /hello HTTP/9.9\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: localhost\r\nBroken\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        _POST[:-4] % 3 + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        _POST[:-4] % 3 + b"\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"\r\nno number\r\n",
    ],
)
def test_bytes_that_are_no_request_get_a_json_error(
    start: Callable[..., Target], request_: bytes
) -> None:
    target = start(body_seconds=2, header_seconds=2)
    _error(_ask(target, request_), 400)
    _wait_for(lambda: target.num_open == 0)
    assert "whole" not in target.seen


@pytest.mark.parametrize("size", [5_000, 100_000, 1_000_000])
@pytest.mark.parametrize(
    "head",
    [
        b"GET /%b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Long: %b\r\n\r\n",
    ],
)
def test_a_long_head_is_refused_however_it_comes(
    start: Callable[..., Target], head: bytes, size: int
) -> None:
    target = start(header_bytes=4096)
    request = head % (b"a" * size)
    for pieces in ([request], [request[:4000], request[4000:5000], request[5000:]]):
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            assert _error(_ask(target, *pieces), 431)["limit"] == "header_bytes"
    _wait_for(lambda: target.num_open == 0)


def test_a_long_body_is_not_taken_for_the_head_of_the_next_request(
    start: Callable[..., Target],
) -> None:
    first = (_POST % 10_000) + b"a" * 10_000
    last = _GET[:-2] + b"Connection: close\r\n\r\n"
    with _open(start(header_bytes=4096)) as client:
        client.sendall(first + last[:-5])
        time.sleep(0.2)
        client.sendall(last[-5:])
        assert _rest(client).count(b"HTTP/1.1 200 OK") == 2


def test_requests_ahead_of_their_answers_are_answered_in_their_order(
    start: Callable[..., Target],
) -> None:
    target = start()
    with _open(target) as client:
        slow = _GET.replace(b"hello", b"wait")
        client.sendall(slow + (_POST % 3) + b"abc" + _GET)
        answer = _next(client)
    assert answer.count(b"200 OK") == 3
    assert answer.index(b"waited") < answer.index(b"\r\n\r\n3") < answer.index(b"hello")


def test_a_request_before_garbage_is_still_answered(
    start: Callable[..., Target],
) -> None:
    target = start()
    slow = _GET.replace(b"hello", b"wait")
    answer = _ask(target, slow + _GET + b"garbage\r\n\r\n" + _GET)
    assert answer.count(b"HTTP/1.1") == 2
    assert answer.endswith(b"hello")
    broken = b"POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"
    answer = _ask(target, slow + broken + _GET)
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.endswith(b"waited")


def test_only_so_many_requests_are_read_ahead(start: Callable[..., Target]) -> None:
    target = start()
    answer = _ask(target, _GET.replace(b"hello", b"wait") + _GET * 1000)
    assert answer.count(b"hello") == 16
    _wait_for(lambda: target.num_open == 0)


def test_an_offer_of_another_protocol_is_declined(
    start: Callable[..., Target],
) -> None:
    offer = b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    target = start()
    with _open(target) as client:  # as Java's client does
        for _ in range(2):
            for piece in ((_POST % 3).replace(b"\r\n", offer, 1), b"a", b"bc"):
                client.sendall(piece)
                time.sleep(0.05)
            assert _next(client, b"\r\n\r\n3")
        client.sendall(_GET.replace(b"\r\n", offer, 1) + _GET)
        answers = b""
        while answers.count(b"hello") < 2:  # both may come at once
            answers += _next(client)


def test_an_ancient_or_a_later_http_is_refused(start: Callable[..., Target]) -> None:
    target = start()
    _error(_ask(target, b"GET /hello\r\n\r\n"), 505)
    _error(_ask(target, b"GET /hello HTTP/2.0\r\nHost: localhost\r\n\r\n"), 505)
    answer = _ask(target, b"GET /hello HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"hello")


def test_a_session_that_begins_with_too_many_headers_is_refused(
    start: Callable[..., Target],
) -> None:
    target = start()
    many = b"".join(b"X-%d: a\r\n" % it for it in range(1000))
    upgrade = b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + many
    _error(_ask(target, _GET.replace(b"\r\n", upgrade, 1)), 400)
    _wait_for(lambda: target.num_open == 0)


def test_answers_have_a_date_and_do_not_name_the_software(
    start: Callable[..., Target],
) -> None:
    with _open(start()) as client:
        client.sendall(_GET)
        answer = _next(client).lower()
    assert b"\r\ndate: " in answer
    assert b"\r\nserver: " not in answer


def test_others_are_answered_while_hundreds_keep_the_server_waiting(
    start: Callable[..., Target],
) -> None:
    target = start()
    beginnings = [b"", _GET[:20], (_POST % 10) + b"a", b"GET /much HTTP/1.1\r\n\r\n"]
    with contextlib.ExitStack() as stack:
        for number in range(200):
            client = stack.enter_context(_open(target))
            client.sendall(beginnings[number % 4 if number < 40 else number % 3])
        with _open(target) as client:
            began = time.monotonic()
            for _ in range(100):
                client.sendall(_GET)
                assert b"200 OK" in _next(client)
            assert time.monotonic() - began < 5
    _wait_for(lambda: target.num_open == 0)


def test_a_fault_is_logged_without_what_it_says() -> None:
    try:
        try:
            raise ValueError("a secret")
        except ValueError as cause:
            raise RuntimeError("the secret") from cause
    except RuntimeError as error:
        fault = (type(error), error, error.__traceback__)
    message = "It failed\nfuture: <exception=ValueError('a secret')>"
    record = logging.LogRecord("asyncio", 40, "", 1, message, (), fault)
    logged = PrivateFormatter("%(message)s").format(record)
    assert logged.startswith("It failed\n")
    assert logged.endswith("RuntimeError from ValueError")
    assert "test_connections.py" in logged
    assert "a secret" not in logged.replace('raise ValueError("a secret")', "")


def _session(target: Target) -> str:
    return f"ws://127.0.0.1:{target.address[1]}/"
