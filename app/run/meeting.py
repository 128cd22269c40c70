"""Before several machines train together: they meet, and get what the run begins with.

Worker 0 reads the text; the others need nothing but the program and its address. They
wait at its door, say who they are, and receive the files of the unfinished run. That
happens over plain connections to the very ports that TensorFlow uses afterwards, so
that a wrong address, a port in use or a machine that is cut off is told in words and
at once; TensorFlow itself would wait without one.

    worker 1     hello {"index", "addresses", "versions"}  ->
    worker 0     <-  {"files": [[name, size], ...], "facts"}, then their bytes
    worker 1     an empty line  ->   all is here; both leave

Nothing is encrypted and nobody is asked for a password: it is for private networks.
This module refuses to know what the files hold.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from io import BufferedRWPair
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.settings import Workers, host_and_port

logger = logging.getLogger(__name__)

# For all machines to be started by hand, s.
PATIENCE = 300.0
# For an answer of a machine that is there, s.
_ANSWER = 10.0
_PAUSE = 0.3
_LONGEST_LINE = 2**20
_BLOCK = 2**20

_HAS_ENDED = "Worker 0 has ended before the training began; what it says tells why."

Send = Callable[[Path, dict[str, Any]], None]


@contextlib.contextmanager
def gathering(workers: Workers | None) -> Iterator[Send]:
    """The door of worker 0, open while the block reads the text.

    Args:
        workers: of whom this is the first; None: nobody is waited for.

    Yields:
        `send(folder, facts)`: waits for the others and gives each the files of
        `folder` and `facts` (JSON).

    Raises:
        UserError: the port is in use; or, by `send`, somebody did not come.
    """
    if workers is None:
        yield lambda folder, facts: None
        return
    with _listening(workers) as door:
        yield lambda folder, facts: _send_to_all(door, workers, folder, facts)


def receive(workers: Workers, place: Path) -> dict[str, Any]:
    """Waits for worker 0, and writes the files that it gives into `place`.

    Returns:
        The facts that came with the files.

    Raises:
        UserError: worker 0 cannot be reached, refuses this one, or has ended.
    """
    with _listening(workers), _connected(workers) as stream:
        hello = {
            "index": workers.index,
            "addresses": workers.addresses,
            "versions": _versions(),
        }
        try:
            _write_line(stream, hello)
            answer = json.loads(stream.readline(_LONGEST_LINE) or "{}")
            if "files" in answer:
                for name, size in answer["files"]:
                    _receive_file(stream, place, str(name), int(size))
                _write_line(stream, "")
        except (ConnectionError, EOFError, ValueError) as error:
            raise UserError(_HAS_ENDED) from error
    if "files" not in answer:
        raise UserError(str(answer.get("refusal", _HAS_ENDED)))
    return dict(answer["facts"])


# -- worker 0 ------------------------------------------------------------------------


def _send_to_all(
    door: socket.socket, workers: Workers, folder: Path, facts: dict[str, Any]
) -> None:
    with contextlib.ExitStack() as stack:
        guests: dict[int, BufferedRWPair] = {}
        deadline = time.monotonic() + PATIENCE
        while missing := [index for index in workers.others if index not in guests]:
            logger.info("Waiting for %s ...", _named(workers, missing))
            door.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                connection, _ = door.accept()
            except TimeoutError as error:
                raise UserError(
                    f"{_named(workers, missing)} did not come within "
                    f"{PATIENCE / 60:.0f} minutes. Start the same command there with "
                    "its own --worker-index, and this one with --resume."
                ) from error
            stream = stack.enter_context(_stream_of(connection))
            index = _admit(stream, connection, workers, list(guests))
            if index is not None:
                guests[index] = stream
        for index, stream in guests.items():
            try:
                _send_files(stream, folder, facts)
            except (OSError, EOFError) as error:
                raise UserError(
                    f"{_named(workers, [index])} has gone. Start all of them again, "
                    "this one with --resume."
                ) from error
    door.close()  # TensorFlow listens there next


def _admit(
    stream: BufferedRWPair,
    connection: socket.socket,
    workers: Workers,
    present: list[int],
) -> int | None:
    """The index of whoever came; None: refused, and told why."""
    connection.settimeout(_ANSWER)
    try:
        hello = json.loads(stream.readline(_LONGEST_LINE))
        refusal = _refusal(hello, workers, present)
        if refusal:
            logger.warning("Somebody was sent away: %s", refusal)
            _write_line(stream, {"refusal": refusal})
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a stranger, or gone already
    connection.settimeout(None)
    return int(hello["index"])


def _refusal(hello: dict[str, Any], workers: Workers, present: list[int]) -> str | None:
    """What is wrong with whoever says `hello`."""
    index = hello["index"]
    if tuple(hello["addresses"]) != workers.addresses:
        return (
            f"--workers is {','.join(hello['addresses'])} on one machine and "
            f"{','.join(workers.addresses)} on worker 0. Give the same to all."
        )
    if index in present or index not in workers.others:
        return (
            f"There are two workers with --worker-index {index}. Give each machine "
            "its own."
        )
    if hello["versions"] != _versions():
        return (
            f"Worker {index} has the versions {hello['versions']}, worker 0 has "
            f"{_versions()}. Install the same on all."
        )
    address = workers.addresses[index]
    try:
        socket.create_connection(host_and_port(address), _ANSWER).close()
    except OSError as error:
        return (
            f"Worker 0 cannot reach worker {index} at {address} ({_text_of(error)}). "
            "The addresses in --workers must be those under which the machines see "
            "each other."
        )
    return None


def _send_files(stream: BufferedRWPair, folder: Path, facts: dict[str, Any]) -> None:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    sizes = [[path.name, path.stat().st_size] for path in files]
    _write_line(stream, {"files": sizes, "facts": facts})
    for path in files:
        with path.open("rb") as file:
            shutil.copyfileobj(file, stream, _BLOCK)
    stream.flush()
    if not stream.readline(_LONGEST_LINE):
        raise EOFError


# -- the others ----------------------------------------------------------------------


@contextlib.contextmanager
def _connected(workers: Workers) -> Iterator[BufferedRWPair]:
    """A connection to worker 0, as soon as it is there."""
    address = workers.addresses[0]
    logger.info("Waiting for worker 0 at %s, which reads the text ...", address)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection = socket.create_connection(host_and_port(address), _ANSWER)
            break
        except OSError as error:
            is_unknown = isinstance(error, socket.gaierror)
            if is_unknown or time.monotonic() > deadline:
                raise UserError(
                    f"Worker 0 does not answer at {address} ({_text_of(error)}). Start "
                    "it, or give the address under which this machine sees it."
                ) from error
        time.sleep(_PAUSE)
    connection.settimeout(None)  # it may read for hours
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    with _stream_of(connection) as stream:
        yield stream


def _receive_file(stream: BufferedRWPair, place: Path, name: str, size: int) -> None:
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no plain name")
    with (place / name).open("wb") as file:
        while size:
            block = stream.read(min(size, _BLOCK))
            if not block:
                raise EOFError
            file.write(block)
            size -= len(block)


# -- both ----------------------------------------------------------------------------


@contextlib.contextmanager
def _listening(workers: Workers) -> Iterator[socket.socket]:
    """This worker's own port, which shows that it is free and can be reached."""
    _, port = host_and_port(workers.addresses[workers.index])
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        server = socket.create_server(
            ("", port),
            family=family,
            backlog=len(workers.addresses) + 8,
            dualstack_ipv6=both,
        )
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise UserError(
            f"Worker {workers.index} cannot use port {port} of this machine "
            f"({_text_of(error)}). Is it running already, or is this another "
            "worker's --worker-index? Else choose another port from 1024 on."
        ) from error
    with server:
        yield server


@contextlib.contextmanager
def _stream_of(connection: socket.socket) -> Iterator[BufferedRWPair]:
    with connection, connection.makefile("rwb") as stream:
        yield stream
        with contextlib.suppress(OSError):
            stream.flush()


def _write_line(stream: BufferedRWPair, value: Any) -> None:
    stream.write(json.dumps(value).encode() + b"\n")
    stream.flush()


def _versions() -> dict[str, str]:
    """Of what must be the same for the same numbers."""
    return {name: metadata.version(name) for name in ("tensorflow", "keras")}


def _named(workers: Workers, indices: list[int]) -> str:
    """Workers, with their addresses."""
    return ", ".join(f"worker {i} at {workers.addresses[i]}" for i in indices)


def _text_of(error: OSError) -> str:
    return error.strerror or os.strerror(error.errno or 0) or str(error)
