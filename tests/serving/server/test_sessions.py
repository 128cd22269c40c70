"""Sessions with the real server: right answers, whatever clients do to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

import app
from app.suggestion.predictor import Predictor
from tests.serving.server.running import SECONDS, Server
from tests.tiny import tiny_architecture, write_tiny_model

SENTENCES = [
    "It's raining in London. We can't see the sky, so we'll do",
    "The clouds are in the sky and the cat sat on the mat",
    "I do n't know (that) you 're in Paris ! Zaphod said that Za",
    "\U0001f600 He said: \u201cthe dog\u201d e\u0301 and then she wo",
]


def open_session(server: Server, **options: Any) -> ClientConnection:
    address = server.address.replace("http", "ws") + "/api/session"
    return connect(address, open_timeout=SECONDS, max_size=None, **options)


def ask(session: ClientConnection, **message: Any) -> dict[str, Any]:
    """The answer to one message."""
    session.send(json.dumps({"id": 0, **message}))
    return receive(session)


def receive(session: ClientConnection) -> dict[str, Any]:
    return json.loads(session.recv(SECONDS))


def likely(answer: dict[str, Any]) -> list[tuple[str, float]]:
    """Words and rounded probabilities, to compare."""
    return [(it["word"], round(it["probability"], 4)) for it in answer["suggestions"]]


def expected(predictor: Predictor, text: str, **options: Any) -> list[Any]:
    """The same of a predictor that reads a text anew."""
    return likely(predictor.complete(text, typing=True, **options)["blanks"][0])


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def num_sessions(server: Server) -> float:
    lines = server.client.get("/metrics").text.splitlines()
    [line] = [it for it in lines if it.startswith("nextword_sessions ")]
    return float(line.split()[1])


@pytest.fixture
def session(server) -> Iterator[ClientConnection]:
    with open_session(server) as client:
        yield client


@pytest.fixture(autouse=True)
def no_word_in_the_log(request):
    """Whatever a test did to the server, nothing that was typed is in its log."""
    yield
    if "server" in request.fixturenames:
        log = request.getfixturevalue("server").log
        assert "clouds" not in log
        assert "secret" not in log


def test_a_text_is_completed_key_by_key(session, predictor):
    text = SENTENCES[0]
    assert likely(ask(session, text="")) == expected(predictor, "")
    for end in range(len(text)):
        answer = ask(session, id=end, edit=[end, end, text[end]])
        assert answer["id"] == end
        assert likely(answer) == expected(predictor, text[: end + 1])
        assert answer["model"] == {"name": "tiny", "version": 1}


def test_options_stay_until_they_are_changed(session, predictor):
    ask(session, text="the c", options={"top": 2, "temperature": 2.0})
    assert len(ask(session, edit=[5, 5, "a"])["suggestions"]) == 2
    answer = ask(session, options={"temperature": 1, "top": 9, "ngrams": False})
    assert likely(answer) == expected(predictor, "the ca", top=9)
    answer = ask(session, text="the ", options={"confidence": 0.03})
    assert likely(answer) == expected(predictor, "the ", top=9, confidence=0.03)
    assert 0 < len(answer["suggestions"]) < 9
    answer = ask(session, text="the lodn", options={"forgiving": True})
    assert likely(answer) == expected(predictor, "the lodn", top=9, forgiving=True)


def test_sixteen_sessions_at_once_are_answered_like_one(server, predictor):
    async def write(number: int) -> None:
        chance = random.Random(number)
        text, caret, asked = "", 0, {}
        address = server.address.replace("http", "ws") + "/api/session"
        async with connect_async(address) as client:

            async def read() -> None:
                for number in range(80):
                    answer = json.loads(await client.recv())
                    assert answer["id"] == number
                    if "suggestions" in answer:
                        before = asked[number]
                        assert likely(answer) == expected(predictor, before)
                        assert answer["end"] == len(before)
                assert "suggestions" in answer  # the last one is never outdated

            reading = asyncio.create_task(read())
            for number in range(80):
                source = chance.choice(SENTENCES)
                start = chance.randint(0, len(text)) if chance.random() < 0.1 else caret
                end = min(len(text), start + chance.choice([0, 0, 0, 0, 5]))
                inserted = chance.choice([source[len(text) % len(source)], "", source])
                text = text[:start] + inserted + text[end:]
                caret = start + len(inserted)
                asked[number] = text[:caret]
                message = {
                    "id": number,
                    "edit": [start, end, inserted],
                    "caret": caret,
                }
                await client.send(json.dumps(message))
                await asyncio.sleep(chance.choice([0, 0.002, 0.01]))
            await reading

    async def write_all() -> None:
        await asyncio.gather(*map(write, range(16)))

    asyncio.run(write_all())


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "the secret",
        "[1, 2",
        '"secret"',
        "[" * 100_000,
        '{"id": 1, "text": "the secret", "secret": 1}',
        '{"id": 1, "edit": [0, 99, "secret"]}',
        '{"id": 1, "options": {"top": "secret"}}',
        '{"id": 1, "options": {"\\ud800": 1}}',
        '{"id": 1, "text": "\\ud800"}',
        "{" + '"id": 1, ' * 50_000 + '"id": 1, "text": 3}',
        b"\x00\xff secret",
        b'{"id": 1, "text": "the secret"}',
    ],
    ids=lambda it: ascii(it[:40]),
)
def test_what_is_no_message_is_answered_and_the_session_goes_on(session, frame):
    session.send(frame)
    answer = receive(session)
    assert set(answer) == {"id", "error"}
    assert answer["id"] in (1, None)
    assert ask(session, id=7, text="the c")["id"] == 7


def test_a_text_that_is_too_long_is_refused_with_the_limit(session):
    answer = ask(session, text="a" * 100_001)
    assert (answer["limit"], answer["value"]) == ("text_characters", 100_000)
    assert ask(session, text="a " * 50_000)["end"] == 100_000


def code_of(session: ClientConnection) -> int | None:
    """The code with which the server closes."""
    with pytest.raises(ConnectionClosed):
        while True:
            session.recv(SECONDS)
    return session.protocol.close_rcvd and session.protocol.close_rcvd.code


def test_a_huge_message_closes_the_session(server):
    with open_session(server) as client:
        client.send(json.dumps({"id": 1, "text": "a" * 2_000_000}))
        assert code_of(client) == 1009
    with open_session(server) as client:
        with contextlib.suppress(ConnectionClosed):  # before the last fragment, even
            client.send(["a" * 10_000] * 200)
        assert code_of(client) == 1009


def test_letters_that_are_none_close_the_session(server):
    with open_session(server) as client:
        client.send(b'{"id": 1, "text": "the secret \xff"}', text=True)
        assert code_of(client) == 1007


def test_frames_against_the_protocol_close_the_session(server):
    unknown, unmasked = b"\x83\x80\0\0\0\0", b"\x01\x03the"
    for frame in (b"\xff\xff" * 10, unknown, unmasked, b"\x80\x80\0\0\0\0"):
        with open_session(server) as client:
            client.socket.sendall(frame)
            assert code_of(client) == 1002


def test_ten_thousand_messages_ahead_of_their_answers(server, predictor):
    text = ("The cat sat on the mat. " * 500)[:10_000]
    with open_session(server) as client:
        for number, letter in enumerate(text):
            client.send(f'{{"id":{number},"edit":[{number},{number},"{letter}"]}}')
        answers = [receive(client) for _ in text]
    assert [it["id"] for it in answers] == list(range(len(text)))
    for it in answers:
        if "suggestions" not in it:
            assert it == {"id": it["id"], "outdated": True}
    assert likely(answers[-1]) == expected(predictor, text)


def test_who_leaves_without_a_word_leaves_nothing_behind(server, predictor):
    before = num_sessions(server)
    for number in range(60):
        with open_session(server, close_timeout=0) as client:
            for _ in range(number % 4):
                client.send('{"id": 1, "text": "The clouds are "}')
            if number % 3 == 0:  # a reset
                linger = struct.pack("ii", 1, 0)
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.socket.shutdown(socket.SHUT_RDWR)
            client.socket.close()
    wait_for(lambda: num_sessions(server) == before)
    with open_session(server) as client:
        assert likely(ask(client, text="the c")) == expected(predictor, "the c")


def test_who_never_reads_is_cut_off(model_path):
    message = b'{"id": 1, "text": "the clouds", "options": {"top": 50}}'
    frame = b"\x81" + bytes([0x80 | len(message)]) + bytes(4) + message
    head = (
        "GET /api/session HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with Server(model_path, "--limits", "send_seconds=1") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.settimeout(SECONDS)
            client.sendall(head.encode())
            with pytest.raises(ConnectionError):
                while True:
                    client.sendall(frame * 100)
        wait_for(lambda: num_sessions(server) == 0)
        assert "clouds" not in server.log


def test_half_a_message_holds_nobody_up(server, predictor):
    with (
        open_session(server, close_timeout=0) as half,
        open_session(server) as other,
    ):
        half.socket.sendall(b"\x81\xfe\x10\x00\0\0\0\0" + b'{"id": 1, "text": "the')
        assert likely(ask(other, text="the c")) == expected(predictor, "the c")


def test_a_session_too_many_is_told_to_try_later(model_path):
    with Server(model_path, "--limits", "sessions=2") as server:
        with open_session(server) as one, open_session(server) as two:
            for client in (one, two):
                assert "suggestions" in ask(client, text="the ")
            with open_session(server) as third:
                assert code_of(third) == 1013
        wait_for(lambda: num_sessions(server) == 0)
        with open_session(server) as again:
            assert "suggestions" in ask(again, text="the ")


def test_a_new_version_takes_over_in_the_midst_of_a_text(tmp_path):
    old = write_tiny_model(tmp_path / "old")
    new = write_tiny_model(tmp_path / "new", tiny_architecture("gru"), seed=1)
    versions = {1: app.load(old), 2: app.load(new)}
    path = shutil.copytree(old, tmp_path / "tiny")
    text, seen = "", []
    with Server(path) as server, open_session(server) as client:
        ask(client, text="")
        end = time.monotonic() + SECONDS
        while seen.count(2) < 20 and time.monotonic() < end:
            letter = SENTENCES[1][len(text) % len(SENTENCES[1])]
            answer = ask(client, edit=[len(text), len(text), letter])
            text += letter
            seen.append(answer["model"]["version"])
            assert likely(answer) == expected(versions[seen[-1]], text)
            if len(seen) == 20:
                write_tiny_model(path, tiny_architecture("gru"), seed=1)
            time.sleep(0.005)
    assert seen == sorted(seen)
    assert {1, 2} == set(seen)


def test_a_server_that_stops_answers_what_has_come_and_says_so(model_path, predictor):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(model_path))
        threads = stack.enter_context(ThreadPoolExecutor(8))
        clients = [stack.enter_context(open_session(server)) for _ in range(8)]
        for client in clients:
            ask(client, text="")
            for number in range(50):
                client.send(f'{{"id": {number}, "edit": [0, 0, "a "]}}')
        server.process.send_signal(signal.SIGTERM)

        def rest(client: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
            answers = []
            with pytest.raises(ConnectionClosed):
                while True:
                    answers.append(receive(client))
            closed = client.protocol.close_rcvd
            return answers, closed and closed.code

        for answers, code in threads.map(rest, clients):
            assert code == 1001
            assert [it["id"] for it in answers] == list(range(len(answers)))
            assert "suggestions" in answers[-1]
            number = len(answers)
            assert likely(answers[-1]) == expected(predictor, "a " * number)
        assert server.process.wait(SECONDS) in (0, -signal.SIGTERM)
