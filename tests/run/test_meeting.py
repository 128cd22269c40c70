"""How machines meet before they train together; real connections on this machine."""

import socket
import threading
import time

import pytest

from app.errors import UserError
from app.run import meeting
from app.run.meeting import gathering, receive
from app.settings import Workers
from tests.network.test_replicas import free_addresses

FACTS = {"epochs": 3}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(meeting, "PATIENCE", 5.0)


@pytest.fixture
def addresses():
    return tuple(free_addresses(3))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "ids.npy").write_bytes(bytes(range(256)) * 20_000)
    (folder / "empty").write_bytes(b"")
    (folder / "prepared.json").write_text("{}")
    return folder


class Guest(threading.Thread):
    """A worker that waits for the first one."""

    def __init__(self, workers, place):
        super().__init__()
        self.workers, self.place = workers, place
        self.facts = self.error = None
        place.mkdir()
        self.start()

    def run(self):
        try:
            self.facts = receive(self.workers, self.place)
        except UserError as error:
            self.error = str(error)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_worker_gets_the_files_and_facts_of_the_first(
    addresses, folder, tmp_path
):
    guests = [Guest(Workers(addresses, i), tmp_path / str(i)) for i in (1, 2)]
    with gathering(Workers(addresses, 0)) as send:
        time.sleep(0.2)  # it reads the text
        send(folder, FACTS)
    for guest in guests:
        guest.join()
        assert (guest.error, guest.facts) == (None, FACTS)
        assert contents(guest.place) == contents(folder)


def test_alone_nobody_is_waited_for(folder):
    with gathering(None) as send:
        send(folder, FACTS)


def test_a_worker_that_does_not_come_is_named(addresses, folder, tmp_path):
    guest = Guest(Workers(addresses, 2), tmp_path / "2")
    with gathering(Workers(addresses, 0)) as send:
        with pytest.raises(UserError, match=f"^worker 1 at {addresses[1]} did not"):
            send(folder, FACTS)
    guest.join()
    assert "Worker 0 has ended" in guest.error


def test_a_first_worker_that_does_not_answer_is_named(addresses, tmp_path):
    guest = Guest(Workers(addresses, 1), tmp_path / "1")
    guest.join()
    assert f"Worker 0 does not answer at {addresses[0]} (Connection refused" in (
        guest.error
    )


def test_a_host_that_nobody_knows_is_told_at_once(addresses, tmp_path):
    began = time.monotonic()
    workers = Workers(("no-such-host.invalid:2222", addresses[1]), 1)
    with pytest.raises(UserError, match="does not answer at no-such-host.invalid:2222"):
        receive(workers, tmp_path)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("index", [0, 1])
def test_a_port_in_use_is_told(index, addresses, tmp_path):
    port = int(addresses[index].rpartition(":")[2])
    workers = Workers(addresses, index)
    with socket.create_server(("", port)):
        with pytest.raises(UserError, match=f"cannot use port {port}"):
            if index:
                receive(workers, tmp_path)
            with gathering(workers):
                pass


def test_a_stranger_who_says_nonsense_is_ignored(addresses, folder, tmp_path):
    host, _, port = addresses[0].rpartition(":")
    with gathering(Workers(addresses, 0)) as send:
        with socket.create_connection((host, int(port))) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            guests = [Guest(Workers(addresses, i), tmp_path / str(i)) for i in (1, 2)]
            send(folder, FACTS)
    for guest in guests:
        guest.join()
        assert guest.facts == FACTS


def test_a_worker_with_other_addresses_is_refused(addresses, folder, tmp_path):
    others = (addresses[0], *free_addresses(1))
    with gathering(Workers(addresses, 0)) as send:
        wrong = Guest(Workers(others, 1), tmp_path / "wrong")
        time.sleep(1)
        guests = [Guest(Workers(addresses, i), tmp_path / str(i)) for i in (1, 2)]
        send(folder, FACTS)
    for guest in (wrong, *guests):
        guest.join()
    assert "Give the same to all." in wrong.error
    assert [guest.facts for guest in guests] == [FACTS, FACTS]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"index": 2}, "two workers with --worker-index 2"),
        ({"index": 0}, "two workers with --worker-index 0"),
        ({"versions": {"tensorflow": "1.0"}}, "Install the same on all"),
    ],
)
def test_a_worker_that_does_not_fit_is_told_why(changes, told, addresses):
    hello = {"index": 1, "addresses": addresses, "versions": meeting._versions()}
    refusal = meeting._refusal(hello | changes, Workers(addresses, 0), present=[2])
    assert told in refusal


def test_a_worker_that_cannot_be_reached_is_refused(
    addresses, folder, tmp_path, monkeypatch
):
    """Its own address in --workers is wrong: only it could be connected to."""
    with monkeypatch.context() as patch:
        patch.setattr(meeting, "_listening", lambda workers: socket.socket())
        guest = Guest(Workers(addresses, 1), tmp_path / "1")
        with pytest.raises(UserError, match="did not come"):
            with socket.create_server(
                ("127.0.0.1", int(addresses[0].rpartition(":")[2]))
            ) as door:
                meeting._send_to_all(door, Workers(addresses, 0), folder, FACTS)
        guest.join()
    assert "Worker 0 cannot reach worker 1" in guest.error


def test_a_first_worker_that_ends_early_is_told(addresses, tmp_path):
    guest = Guest(Workers(addresses, 1), tmp_path / "1")
    with gathering(Workers(addresses, 0)):
        time.sleep(1)
    guest.join()
    assert "Worker 0 has ended before the training began" in guest.error
