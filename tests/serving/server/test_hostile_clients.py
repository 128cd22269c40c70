"""Addresses, methods and clients that mean harm: nobody else is disturbed by them."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.server.raw import (
    MARK,
    ask,
    connect,
    exchange,
    head,
    held,
    post,
    read_all,
    reset,
    status,
)
from tests.serving.server.running import Server

_MORE = {"threads": 4, "files": 4, "kilobytes": 60_000}


@pytest.fixture(scope="module")
def server(model_path: Path) -> Iterator[Server]:
    """One for all of these tests; what it holds and says is looked at afterwards."""
    limits = "header_seconds=2,body_seconds=2,send_seconds=2,idle_seconds=4"
    with Server(model_path, "--limits", limits) as running:
        running.ask("/api/complete", text="The cat").raise_for_status()
        before = held(running)
        yield running
        time.sleep(5)  # until the last silent connection is ended
        after = held(running)
        running.stop()
        assert running.log == "Serving tiny. Ctrl-C stops.\n"
    for name in before:
        assert after[name] <= before[name] + _MORE[name], name


@pytest.fixture(scope="module")
def locked(model_path: Path) -> Iterator[Server]:
    """One that answers who knows its token."""
    with Server(model_path, "--token", "correct-horse-battery-staple") as running:
        yield running


@pytest.fixture(autouse=True)
def _answers_as_before(server: Server) -> Iterator[None]:
    expected = server.ask("/api/complete", text="The cat sat").json()
    yield
    assert server.ask("/api/complete", text="The cat sat").json() == expected


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "/..%5c..%5cetc%5cpasswd",
        "/....//....//etc/passwd",
        "//etc/passwd",
        "/%00",
        "/index.html%00.txt",
        "/page.css/../application.py",
        "/%c0%ae%c0%ae/etc/passwd",
        "/%",
        "/%ff%fe",
        "/%ud800",
        "/;zqxmarmalade",
        "/api/zqxmarmalade",
        "/api/complete/../../etc/passwd",
        "/zqxmarmalade?zqxmarmalade=zqxmarmalade#zqxmarmalade",
        "/" + "zqxmarmalade/" * 1000,
        "*",
        "zqxmarmalade",
        "http://zqxmarmalade/../etc/passwd",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "TRACE"])
def test_paths_lead_nowhere_else(server: Server, method: str, path: str) -> None:
    request = head(method, path, "Connection: close", f"X-Mark: {MARK}")
    answer = exchange(server, request)
    assert status(answer) in (400, 404, 405), answer
    assert b"root:" not in answer
    told, _, body = answer.partition(b"\r\n\r\n")
    assert b"location: " not in told.lower()
    if method != "HEAD" or status(answer) == 400:
        assert json.loads(body)["error"]


@pytest.mark.parametrize("path", ["/", "/api/models", "/api/complete", "/healthz"])
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_methods_without_a_meaning_here_are_refused(
    server: Server, method: str, path: str
) -> None:
    answer = exchange(
        server, head(method, path, f"X-Mark: {MARK}", "Connection: close")
    )
    assert status(answer) == 405
    assert MARK.encode() not in answer  # TRACE would have shown a browser's cookies


def test_a_head_has_no_body(server: Server) -> None:
    answer = exchange(
        server, head("HEAD", "/") + head("HEAD", "/healthz", "Connection: close")
    )
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Host:",),
        ("Host: evil.example",),
        ("Host: localhost.evil.example",),
        ("Host: evil.example:8000",),
        ("Host: localhost@evil.example",),
        ("Host: evil.example#localhost",),
        ("Host: 127.0.0.1, evil.example",),
        ("Host: \xff\xfe",),
        ("Host: localhost", "Host: evil.example"),
        ("Host: evil.example", "Host: localhost"),
        ("Host: evil.example", "X-Forwarded-Host: localhost"),
    ],
)
@pytest.mark.parametrize("kind", ["request", "session"])
def test_another_name_of_the_server_is_refused(
    server: Server, lines: tuple[str, ...], kind: str
) -> None:
    path = "/api/models" if kind == "request" else "/api/session"
    upgrade = _UPGRADE if kind == "session" else ("Connection: close",)
    request = head("GET", path, *lines, *upgrade).replace(
        b"Host: localhost\r\n", b"", 1
    )
    if lines == ("Host: localhost", "Host: evil.example"):
        request = head("GET", path, lines[1], *upgrade)
    elif lines == ("Host: evil.example", "Host: localhost"):
        request = request.replace(b"\r\n", b"\r\nHost: evil.example\r\n", 1)
    answer = exchange(server, request)
    assert 400 <= status(answer) < 500, answer
    assert b'"models"' not in answer


_UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://localhost.evil.example"]
)
def test_a_page_elsewhere_gets_no_session(server: Server, origin: str) -> None:
    request = head("GET", "/api/session", *_UPGRADE, f"Origin: {origin}")
    assert 400 <= status(exchange(server, request)) < 500


def test_its_own_page_and_other_programs_get_a_session(server: Server) -> None:
    for lines in (("Origin: http://localhost",), ()):
        request = head("GET", "/api/session", *_UPGRADE, *lines)
        assert status(exchange(server, request)) == 101


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x82\0\0\0\0\xff\xfe",  # no UTF-8
        b"\x81\x02ab",  # not masked
        b"\xf1\x80\0\0\0\0",  # reserved bits
        b"\x83\x80\0\0\0\0",  # an unknown kind
        b"\x88\x81\0\0\0\0a",  # half a reason to close
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",  # 8 exabytes
        b"\x80\x80\0\0\0\0",  # the end of nothing
        b"\x89\xfe\x01\0\0\0\0\0" + MARK.encode() * 22,  # a ping that is too long
    ],
)
def test_broken_frames_end_their_session_alone(server: Server, frame: bytes) -> None:
    request = head("GET", "/api/session", *_UPGRADE)
    with connect(server) as client:
        client.sendall(request)
        assert status(client.recv(1000)) == 101
        client.sendall(frame)
        assert client.recv(1000).startswith(b"\x88")  # a frame that closes it
        assert client.recv(1000) == b""


def test_who_sends_on_hears_why_its_session_has_ended(server: Server) -> None:
    with connect(server) as client:
        client.sendall(head("GET", "/api/session", *_UPGRADE))
        assert status(client.recv(1000)) == 101
        client.sendall(b"\x81\xff" + (10**9).to_bytes(8) + bytes(4))
        for _ in range(20):
            client.sendall(b"a" * 2**20)
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client, silence=5)
    assert answer[:1] == b"\x88"
    assert int.from_bytes(answer[2:4]) == 1009


@pytest.mark.parametrize("missing", range(len(_UPGRADE)))
def test_half_a_handshake_begins_no_session(server: Server, missing: int) -> None:
    lines = [it for number, it in enumerate(_UPGRADE) if number != missing]
    answer = exchange(server, head("GET", "/api/session", *lines))
    assert 400 <= status(answer) < 500


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Authorization: Bearer correct-horse-battery-staple", 101),
        ("Cookie: nextword_token=correct-horse-battery-staple", 101),
        ("Authorization: Bearer correct-horse-battery-stable", 403),
        ("Authorization: Bearer correct-horse-battery-staple\xff", 403),
        ("Authorization: Bearer \xe9\xff", 403),
        ("Cookie: nextword_token=\xff", 403),
        ("Sec-WebSocket-Protocol: correct-horse-battery-staple", 403),
        ("X: none", 403),
    ],
)
def test_a_session_needs_the_token(locked: Server, line: str, expected: int) -> None:
    request = head("GET", "/api/session", *_UPGRADE, line)
    assert status(exchange(locked, request)) == expected
    request = head("GET", "/api/models", line, "Connection: close")
    assert status(exchange(locked, request)) == (200 if expected == 101 else 401)


def test_hundreds_of_silent_connections_disturb_nobody(server: Server) -> None:
    whole = ask(f"{MARK} the cat")
    beginnings = [b"", whole[:10], whole[:60], whole[:-5]]
    with contextlib.ExitStack() as stack:
        for number in range(300):
            client = stack.enter_context(connect(server))
            client.sendall(beginnings[number % 4])
        began = time.monotonic()
        for _ in range(50):
            assert server.ask("/api/complete", text="The dog").status_code == 200
        assert time.monotonic() - began < 10


def test_clients_that_vanish_disturb_nobody(server: Server) -> None:
    whole = post("/api/score", json.dumps({"text": f"{MARK} the cat " * 500}).encode())
    for number in range(200):
        client = connect(server)
        client.sendall(whole[: (number * 97) % len(whole)] if number % 2 else whole)
        if number % 3 == 0:
            time.sleep(0.01)  # so that some vanish while they are being answered
        reset(client)
    for _ in range(20):
        assert server.ask("/api/complete", text="The dog").status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/complete", "/api/inside", "/v1/models/tiny:predict"]
)
def test_who_leaves_in_the_midst_of_a_body_is_no_fault_of_the_server(
    server: Server, path: str
) -> None:
    with connect(server) as client:
        client.sendall(post(path, json.dumps({"text": MARK}).encode())[:-3])
        time.sleep(0.1)
        reset(client)


def test_clients_that_do_not_read_disturb_nobody(server: Server) -> None:
    whole = post("/api/score", json.dumps({"text": f"{MARK} the cat " * 500}).encode())
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(connect(server))
            client.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                client.sendall(whole * 10)
        for _ in range(20):
            assert server.ask("/api/complete", text="The dog").status_code == 200


def test_requests_ahead_of_their_answers_get_their_own(server: Server) -> None:
    texts = [f"The {word}" for word in ("cat", "dog", "sky", "rain", "mat")]
    with connect(server) as client:
        client.sendall(b"".join(map(ask, texts)))
        answers = read_all(client).split(b"HTTP/1.1 ")[1:]
    told = [json.loads(it.partition(b"\r\n\r\n")[2])["text"] for it in answers]
    assert told == texts


def test_a_client_that_stops_sending_is_let_go(server: Server) -> None:
    with connect(server) as client:
        client.sendall(ask(MARK)[:-3])
        client.shutdown(1)
        assert read_all(client, silence=5) == b""
