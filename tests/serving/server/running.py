"""A server in a process of its own, as a person starts it, for tests to ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
SECONDS = 60  # for whatever should take one


class Server:
    """`python -m app serve ARGUMENTS --port 0`, from the moment that it answers.

    Args:
        arguments: models and flags; without --port, a free port is taken.

    Attributes:
        address: "http://127.0.0.1:PORT".
        port: see above.
        process: `subprocess.Popen`.
        client: of httpx, with `address` as its base.
    """

    def __init__(self, *arguments: str | Path) -> None:
        self._log = tempfile.TemporaryFile("w+")
        given = [*map(str, arguments)]
        port = [] if "--port" in given else ["--port", "0"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", *given, *port],
            cwd=ROOT,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        line = self.process.stdout.readline().strip()
        if not line:
            self.process.wait(SECONDS)
            raise RuntimeError(f"the server did not start: {self.log}")
        self.address = line.partition("?")[0].rstrip("/")
        self.port = int(self.address.rpartition(":")[2])
        self.client = httpx.Client(base_url=self.address, timeout=SECONDS)

    def ask(self, path: str, **asked: Any) -> httpx.Response:
        """The answer to POST `path` with a JSON object."""
        return self.client.post(path, json=asked)

    @property
    def log(self) -> str:
        """What it has written to stderr so far."""
        self._log.seek(0)
        return self._log.read()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stops it, and gives its exit status."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._log.close()


def words_of(answer: dict[str, Any], blank: int = 0) -> Sequence[str]:
    """The words that an answer suggests."""
    return [it["word"] for it in answer["blanks"][blank]["suggestions"]]


def start_refused(*arguments: str | Path) -> tuple[int, str]:
    """The exit status of a server that does not start, and what it says."""
    with_port = () if "--port" in arguments else ("--port", "0")
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve", *map(str, arguments), *with_port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.returncode, done.stderr
