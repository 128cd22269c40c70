"""Bytes over a socket, for requests that no HTTP client would make."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from pathlib import Path
from typing import Any

from tests.serving.server.running import Server

# In everything that is sent, and in nothing that may be logged.
MARK = "zqxmarmalade"


def connect(server: Server) -> socket.socket:
    """A connection that has said nothing yet."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def exchange(server: Server, request: bytes) -> bytes:
    """All that is answered before the server ends the connection, or is silent."""
    with connect(server) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(request)
        return read_all(client)


def read_all(client: socket.socket, silence: float = 0.5) -> bytes:
    """All that comes until the end, or until nothing has come for `silence` s."""
    answer = b""
    client.settimeout(silence)
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while piece := client.recv(2**16):
            answer += piece
    return answer


def reset(client: socket.socket) -> None:
    """Leaves without a farewell: the server's next byte meets nobody."""
    no_wait = struct.pack("ii", 1, 0)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_wait)
    client.close()


def head(method: str, path: str, *lines: str) -> bytes:
    """The beginning of a request."""
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]
    ).encode("latin-1")


def post(path: str, body: bytes, *lines: str) -> bytes:
    """A whole request with a JSON body."""
    kind, length = "Content-Type: application/json", f"Content-Length: {len(body)}"
    return head("POST", path, kind, length, *lines) + body


def ask(text: str, **options: Any) -> bytes:
    """A whole request of next words."""
    return post("/api/complete", json.dumps({"text": text, **options}).encode())


def status(answer: bytes) -> int:
    """The status of the first answer; 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def held(server: Server) -> dict[str, int]:
    """What the process holds, where the system tells."""
    process = Path(f"/proc/{server.process.pid}")
    if not process.is_dir():
        return {}
    lines = (process / "status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines)
    return {
        "threads": int(told["Threads"]),
        "files": len(list((process / "fd").iterdir())),
        "kilobytes": int(told["VmRSS"].split()[0]),
    }
