"""How the server ends: what is running is answered, and nothing is complained about."""

from __future__ import annotations

import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving.server.raw import MARK, ask, connect, read_all, status
from tests.serving.server.running import Server, start_refused

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals are not sent there"
)

_ENDED = {signal.SIGTERM: -signal.SIGTERM, signal.SIGINT: 130}


@pytest.mark.parametrize("number", _ENDED)
def test_what_is_running_is_answered_before_the_end(
    model_path: Path, number: signal.Signals
) -> None:
    text = f"{MARK} the cat " * 4000
    with Server(model_path) as server, ThreadPoolExecutor(4) as pool:
        expected = server.ask("/api/score", text=text).json()
        running = [pool.submit(server.ask, "/api/score", text=text) for _ in range(4)]
        time.sleep(0.3)  # they are on their way: each takes about as long
        server.process.send_signal(number)
        assert [it.result().json() for it in running] == [expected] * 4
        assert server.process.wait(20) == _ENDED[number]
        assert server.log == "Serving tiny. Ctrl-C stops.\n"


def test_a_request_that_is_half_sent_may_still_come(model_path: Path) -> None:
    request = ask("The cat")
    with Server(model_path) as server, connect(server) as client:
        client.sendall(request[:-5])
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(request[-5:])
        assert status(read_all(client, silence=5)) == 200
        assert server.process.wait(20) == -signal.SIGTERM


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", ask("The cat")[:-5]])
def test_clients_that_are_silent_do_not_keep_it_from_ending(
    model_path: Path, sent: bytes
) -> None:
    with Server(model_path, "--limits", "seconds=2") as server:
        with connect(server) as client:
            client.sendall(sent)
            time.sleep(0.2)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(20) == -signal.SIGTERM
            assert time.monotonic() - began < 8
        assert "Traceback" not in server.log


def test_a_second_ctrl_c_does_not_wait(model_path: Path) -> None:
    with Server(model_path) as server, connect(server) as client:
        client.sendall(ask("The cat")[:-5])
        time.sleep(0.2)
        began = time.monotonic()
        for _ in range(2):
            server.process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        assert server.process.wait(20) == 130
        assert time.monotonic() - began < 5
        assert "Traceback" not in server.log


def test_a_port_that_is_taken_is_told_in_a_sentence(model_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, told = start_refused(model_path, "--port", str(port))
    assert status == 2
    [sentence] = told.splitlines()
    assert sentence.startswith(f"error: Nothing can listen at 127.0.0.1, port {port}: ")


def test_an_address_of_another_machine_is_told_in_a_sentence(
    model_path: Path,
) -> None:
    elsewhere = ("--host", "192.0.2.1", "--token", "a-token-of-enough-characters")
    status, told = start_refused(model_path, *elsewhere)
    assert status == 2
    assert told.startswith("error: Nothing can listen at 192.0.2.1, port 0: ")
    assert len(told.splitlines()) == 1
