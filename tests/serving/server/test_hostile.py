"""Requests that mean harm: each gets an answer that is its own, and nothing else.

After all of them the server is alive, answers as before, holds no more threads, files
or memory, and has logged not one word of what it was sent.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.server.raw import (
    MARK,
    ask,
    connect,
    exchange,
    head,
    held,
    post,
    status,
)
from tests.serving.server.running import Server


@pytest.fixture(scope="module")
def server(model_path: Path, tmp_path_factory: Any) -> Iterator[Server]:
    memory = tmp_path_factory.mktemp("memory") / "memory.json"
    with Server(model_path, "--memory", memory) as running:
        running.ask("/api/complete", text="The cat").raise_for_status()
        before = held(running)
        yield running
        after = held(running)
        assert running.stop() == -15
        assert running.log == "Serving tiny. Ctrl-C stops.\n"
    for name in before:
        assert after[name] <= before[name] + _MORE[name], name


_MORE = {"threads": 4, "files": 4, "kilobytes": 60_000}


@pytest.fixture(autouse=True)
def _answers_as_before(server: Server) -> Iterator[None]:
    expected = server.ask("/api/complete", text="The cat sat").json()
    yield
    assert server.ask("/api/complete", text="The cat sat").json() == expected


def _deep(opening: str, inner: str, closing: str, depth: int = 50_000) -> bytes:
    return (opening * depth + inner + closing * depth).encode()


_NO_REQUESTS = {
    "nothing": b"",
    "half an object": b'{"text": "zqxmarmalade"',
    "a bare word": b"zqxmarmalade",
    "a list": b'["zqxmarmalade"]',
    "a string": b'"zqxmarmalade"',
    "a number": b"5",
    "null": b"null",
    "a bare value": b'{"text": zqxmarmalade}',
    "a list as text": b'{"text": ["zqxmarmalade"]}',
    "an object as text": b'{"text": {"zqxmarmalade": 1}}',
    "no text": b'{"zqxmarmalade": "a"}',
    "a form": b"text=zqxmarmalade",
    "broken UTF-8": b'{"text": "zqxmarmalade\xff"}',
    "an overlong NUL": b'{"text": "zqxmarmalade\xc0\x80"}',
    "a surrogate as UTF-8": b'{"text": "zqxmarmalade\xed\xa0\x80"}',
    "half a UTF-16": '{"text": "zqxmarmalade"}'.encode("utf-16")[:-1],
    "gzip": gzip.compress(b'{"text": "zqxmarmalade"}'),
    "a lone surrogate": b'{"text": "zqxmarmalade\\ud800"}',
    "a lone surrogate as key": b'{"text": "a", "zqxmarmalade\\udfff": 1}',
    "a lone surrogate as model": b'{"text": "a", "model": "zqxmarmalade\\ud800"}',
    "deep lists": _deep("[", "1", "]"),
    "deep objects": _deep('{"text":', '"zqxmarmalade"', "}"),
    "a deep text": b'{"text": ' + _deep("[", "1", "]", 900) + b"}",
    "infinity": b'{"text": "a", "temperature": 1e999}',
    "not a number": b'{"text": "a", "temperature": NaN}',
    "no confidence": b'{"text": "a", "confidence": NaN}',
    "minus infinity": b'{"text": "a", "confidence": -Infinity}',
    "a huge number": b'{"text": "a", "top": 1' + b"0" * 30 + b"}",
    "a number of 10,000 digits": b'{"text": "a", "top": 1' + b"0" * 10_000 + b"}",
    "a fraction": b'{"text": "a", "top": 2.5}',
    "a truth": b'{"text": "a", "top": true}',
    "a number as string": b'{"text": "a", "top": "5"}',
}


@pytest.mark.parametrize("path", ["complete", "fill", "score", "write", "remember"])
@pytest.mark.parametrize("what", _NO_REQUESTS)
def test_what_is_no_request_is_refused_in_a_sentence(
    server: Server, what: str, path: str
) -> None:
    answer = exchange(
        server, post(f"/api/{path}", _NO_REQUESTS[what], "Connection: close")
    )
    assert status(answer) in (400, 404, 422), answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("write", {"top_k": 10**30}),
        ("write", {"seed": 10**30}),
        ("write", {"seed": -1}),
        ("write", {"no_repeat": 10**30}),
        ("write", {"top_p": 1e-300}),
        ("write", {"temperature": 0.1, "top_p": 1e-9}),
        ("complete", {"words": 10, "top": 50, "confidence": 0.0}),
        ("complete", {"temperature": 0.1}),
        ("fill", {"candidates": ["", " ", "\0", "a" * 100_000]}),
        ("fill", {"candidates": [MARK] * 1000}),
    ],
)
def test_extreme_options_are_answered_or_refused(
    server: Server, path: str, asked: dict[str, object]
) -> None:
    response = server.ask(f"/api/{path}", text=f"{MARK} the cat", **asked)
    assert response.status_code in (200, 422), response.text


@pytest.mark.parametrize("path", ["complete", "fill", "score", "write"])
@pytest.mark.parametrize(
    "text",
    [
        "\0" * 1000,
        "\x1b[31m\r\n\x07",
        "e" + "\u0301" * 50_000,
        "\u202e" + MARK,
        "\U0001f469\u200d\U0001f469" * 10_000,
        "_" * 100_000,
        "___ " * 25_000,
        '"' * 100_000,
        "'" * 99_999,
        "a" * 100_000,
        "a " * 50_000,
        "." * 100_000,
        "\n" * 100_000,
        "\ufeff\ufffe\uffff",
        "<script>alert(1)</script>",
    ],
)
def test_texts_that_nobody_writes_are_answered_or_refused(
    server: Server, path: str, text: str
) -> None:
    options = {"words": 1} if path == "write" else {}
    response = server.ask(f"/api/{path}", text=text, **options)
    assert response.status_code in (200, 422), response.text


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Encoding: gzip",),
        ("Content-Type: text/plain",),
        ("Content-Type: application/json; charset=utf-16",),
        ("Content-Type: zqxmarmalade",),
        ("Accept: zqxmarmalade", "Accept-Encoding: zqxmarmalade"),
        ("Authorization: Bearer zqxmarmalade",),
        ("Cookie: nextword_token=zqxmarmalade; \xff=\xff; ;;=",),
        ("X-Forwarded-For: zqxmarmalade", "X-Forwarded-Host: evil.example"),
        ("Range: bytes=0-1, zqxmarmalade", "If-None-Match: zqxmarmalade"),
        ("Expect: zqxmarmalade",),
    ],
)
def test_odd_headers_are_ignored_or_refused(
    server: Server, lines: tuple[str, ...]
) -> None:
    body = json.dumps({"text": MARK}).encode()
    kinds = [it for it in lines if it.startswith("Content-Type")]
    request = head("POST", "/api/complete", f"Content-Length: {len(body)}", *lines)
    if not kinds:
        request = post("/api/complete", body, *lines)[: -len(body)]
    answer = exchange(server, request + body)
    assert status(answer) in (200, 400, 415, 422), answer
    assert b"evil.example" not in answer


def test_a_compressed_body_is_not_taken_for_something_else(server: Server) -> None:
    body = gzip.compress(json.dumps({"text": MARK}).encode())
    answer = exchange(server, post("/api/complete", body, "Content-Encoding: gzip"))
    assert status(answer) in (400, 415, 422)


def test_a_wrong_length_is_no_way_into_the_next_request(server: Server) -> None:
    whole = ask(f"{MARK} the cat")
    length = int(whole.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    told = b"Content-Length: %d\r\n"
    shorter = whole.replace(told % length, told % (length - 5))
    answer = exchange(server, shorter)
    assert status(answer) == 422
    assert answer.count(b"HTTP/1.1 ") <= 2
    assert exchange(server, whole.replace(told % length, told % (length + 5))) == b""
    without = whole.replace(told % length, b"")  # so there is none
    assert status(exchange(server, without)) == 422


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large(
    server: Server,
) -> None:
    pieces = (b"a" * 100_000 for _ in range(20))
    response = server.client.post("/api/complete", content=pieces)
    assert response.status_code == 413
    assert response.json()["limit"] == "body_bytes"


def test_a_client_that_sends_too_much_still_hears_why(server: Server) -> None:
    body = b"a" * 30_000_000
    pieces = [body[it : it + 10**6] for it in range(0, len(body), 10**6)]
    for headers in ({}, {"Connection": "close"}):
        for whole in (body, iter(pieces)):
            # This client reads nothing before it has sent everything.
            client = http.client.HTTPConnection("127.0.0.1", server.port)
            with contextlib.closing(client):
                client.request("POST", "/api/complete", whole, headers)
                response = client.getresponse()
                assert response.status == 413
                assert json.load(response)["limit"] == "body_bytes"


def test_who_asks_first_whether_to_send_much_need_not_send_it(server: Server) -> None:
    lines = ("Content-Length: 30000000", "Expect: 100-continue")
    with connect(server) as client:
        client.sendall(head("POST", "/api/complete", *lines))
        assert status(client.recv(1000)) == 413


_CHUNKED = "Transfer-Encoding: chunked"
_SMUGGLED = head("GET", f"/{MARK}")


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", _CHUNKED),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 6",),
        ("Content-Length: +5",),
        ("Content-Length: 0x5",),
        ("Content-Length: -5",),
        ("Content-Length: 99999999999999999999999",),
        ("Content-Length : 5",),
        ("Content-Length: 5\n",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding:\x0bchunked",),
        ("Transfer-Encoding : chunked",),
        (" Transfer-Encoding: chunked",),
        (_CHUNKED, "Transfer-Encoding: identity"),
        ("X: a\rTransfer-Encoding: chunked",),
        ("X: a\0b",),
    ],
)
def test_a_request_inside_another_one_is_not_answered(
    server: Server, lines: tuple[str, ...]
) -> None:
    answer = exchange(
        server, head("POST", "/api/complete", *lines) + b"0\r\n\r\n" + _SMUGGLED
    )
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert status(answer) == 400


@pytest.mark.parametrize(
    "size", [b"ffffffffffffffffff", b"-1", b"1;" + b"a" * 200, b"g"]
)
def test_broken_chunks_are_refused(server: Server, size: bytes) -> None:
    request = head("POST", "/api/complete", _CHUNKED) + size + b"\r\n" + _SMUGGLED
    assert exchange(server, request).count(b"HTTP/1.1 ") <= 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARK.encode(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        MARK.encode() * 50_000,
        f"GET /{MARK}\r\n".encode(),
        f"GET http://{MARK}/ HTTP/3.0\r\n\r\n".encode(),
        f"{MARK} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
        b"\r\n" * 10_000 + MARK.encode(),
        bytes(range(256)) * 100,
    ],
)
def test_garbage_is_refused(server: Server, garbage: bytes) -> None:
    assert status(exchange(server, garbage)) in (0, 400, 431, 505)
