"""What the server bears; prints a table, asserts nothing.

    python -m tests.benchmarks.server_load MODEL [--text FILE] [--seconds 30]

Starts `python -m app serve MODEL` and lets loose on it, one after the other,

    open loop      100 requests a second over 16 connections, whatever is answered
    closed loop    1, 16 and 256 connections, each asking again when it is answered
    sessions       16 WebSockets that type, 1,000 keys a second together
    memory         100,000 requests; how much the server's process holds on the way

Texts are of 30 words from FILE (default: a novel under NEXTWORD_DATA). Every answer is
compared with what the predictor itself says, and every key's with a session of ours.

The generators are wrk (`apt install wrk`, `brew install wrk`) for the closed loop,
since it takes next to nothing of the machine that the server also runs on, and Locust
(tests/benchmarks/requirements.txt; `--locust PATH` where it lives in an environment of
its own) where a pace and WebSockets are needed. A time in the open loops runs from the
moment when the request was due, not from when it could be sent. An answer that the
server gives up because the next key has come is "outdated", which is no mistake.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import app
from app.suggestion.predictor import Predictor
from tests.serving.server.running import ROOT, Server

DATA = Path(os.environ.get("NEXTWORD_DATA", ROOT / "../shared/data"))
NOVEL = DATA / "novels" / "PERSU11.TXT"
HERE = Path(__file__).parent

WORDS = 30
TEXTS = 1000
RATE, CONNECTIONS = 100, 16  # of the open loop
KEYS, SESSIONS = 1000, 16
CLOSED = (1, 16, 256)
MEMORY_AT = (10_000, 50_000, 100_000)


def main() -> None:
    """Prints the tables."""
    options = _options()
    texts = _texts(options.text)
    predictor = app.load(options.model)
    with Server(options.model) as server, tempfile.TemporaryDirectory() as folder:
        load = Load(server, predictor, Path(folder), options.locust)
        load.look_at_all(texts)
        print(_HEAD)
        if "open" in options.parts:
            load.open_loop(texts, options.seconds)
        if "closed" in options.parts:
            for connections in CLOSED:
                load.closed_loop(connections, options.seconds)
        if "sessions" in options.parts:
            load.sessions(_typed(options.text), options.seconds)
        if "memory" in options.parts:
            load.memory()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--text", type=Path, default=NOVEL)
    parser.add_argument("--seconds", type=int, default=30, help="of each load")
    parser.add_argument(
        "--parts", nargs="+", default=["open", "closed", "sessions", "memory"]
    )
    parser.add_argument("--locust", default="locust", help="the program")
    options = parser.parse_args()
    for program in ("wrk", options.locust):
        if shutil.which(program) is None:
            parser.error(f"{program} is missing; see --help for how to get it.")
    if not options.text.is_file():
        parser.error(f"{options.text} is missing; set NEXTWORD_DATA or --text.")
    return options


_HEAD = """\
| load | a second | p50 (ms) | p95 | p99 | right | wrong | lost | refused or outdated |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def _row(name: str, seconds: float, times: Sequence[float], **counts: int) -> None:
    p50, p95, p99 = np.percentile(times, (50, 95, 99))
    _print_row(name, counts["right"] / seconds, (p50, p95, p99), **counts)


def _print_row(
    name: str,
    rate: float,
    times: Sequence[float],
    *,
    right: int,
    wrong: int,
    lost: int,
    others: int,
) -> None:
    shown = " | ".join(f"{it:.1f}" for it in times)
    counts = " | ".join(f"{it:,}" for it in (right, wrong, lost, others))
    print(f"| {name} | {rate:.0f} | {shown} | {counts} |", flush=True)


def _words(path: Path) -> list[str]:
    """The words of a file, from behind the licence that Gutenberg's begin with."""
    words = path.read_text(encoding="latin-1").split()
    return words[5000:]


def _texts(path: Path) -> list[str]:
    words = _words(path)
    starts = np.linspace(0, len(words) - WORDS, TEXTS, dtype=int)
    return [" ".join(words[it : it + WORDS]) for it in starts]


def _typed(path: Path) -> list[str]:
    """A passage for each session."""
    words = _words(path)
    starts = np.linspace(0, len(words) * 0.9, SESSIONS, dtype=int)
    return [" ".join(words[it : it + 2000]) for it in starts]


class Load:
    """What is let loose on a server.

    Args:
        server: running.
        predictor: says what is right.
        folder: for files.
        locust: the program.
    """

    def __init__(
        self, server: Server, predictor: Predictor, folder: Path, locust: str
    ) -> None:
        self._server = server
        self._predictor = predictor
        self._folder = folder
        self._locust = locust
        self._bodies: dict[str, str] = {}  # of answers, by the body of their request

    def look_at_all(self, texts: Sequence[str]) -> None:
        """Asks for each text once, and compares with what the predictor says."""
        for text in texts:
            answer = self._server.ask("/api/complete", text=text).raise_for_status()
            expected = self._predictor.complete(text)["blanks"]
            if not _are_equal(_offered(answer.json()["blanks"]), _offered(expected)):
                raise SystemExit(f"The server says something else about: {text}")
            self._bodies[json.dumps({"text": text})] = answer.text

    def open_loop(self, texts: Sequence[str], seconds: int) -> None:
        """Requests at a fixed pace."""
        bodies = list(self._bodies)
        per_user = RATE * seconds // CONNECTIONS
        users = [
            [bodies[(it + 61 * user) % len(bodies)] for it in range(per_user)]
            for user in range(CONNECTIONS)
        ]
        found = self._let_loose("Asking", self._server.address, RATE, users)
        times, right = [], 0
        for sent, answers in zip(users, found, strict=True):
            times += [time for time, _ in answers]
            pairs = zip(sent, answers, strict=False)
            right += sum(self._bodies[body] == answer for body, (_, answer) in pairs)
        _row(
            f"open loop, {RATE} requests/s, {CONNECTIONS} connections",
            per_user * CONNECTIONS / RATE,
            np.array(times) * 1000,
            right=right,
            wrong=len(times) - right,
            lost=per_user * CONNECTIONS - len(times),
            others=0,
        )

    def closed_loop(self, connections: int, seconds: int) -> None:
        """As many requests as are answered."""
        found = self._wrk(connections, seconds)
        _print_row(
            f"closed loop, {connections} connection{'s' * (connections > 1)}",
            found["right"] / found["seconds"],
            [found[it] for it in ("p50", "p95", "p99")],
            **{it: found[it] for it in ("right", "wrong", "lost")},
            others=found["refused"],
        )

    def sessions(self, texts: Sequence[str], seconds: int) -> None:
        """Keys at a fixed pace."""
        per_user = KEYS * seconds // SESSIONS
        users, expected = [], []
        for text in texts:
            users.append([_key(text, it) for it in range(per_user)])
            expected.append(self._said_of_keys(text[:per_user]))
        address = f"{self._server.address}/api/session"
        found = self._let_loose("Typing", address, KEYS, users)
        times, right, outdated = [], 0, 0
        for rights, answers in zip(expected, found, strict=True):
            for say, (time, answer) in zip(rights, answers, strict=False):
                told = json.loads(answer)
                times.append(time * 1000)
                outdated += "outdated" in told
                right += "suggestions" in told and _are_equal(say, _said(told))
        _row(
            f"{SESSIONS} sessions, {KEYS:,} keys/s",
            seconds,
            times,
            right=right,
            wrong=len(times) - right - outdated,
            lost=per_user * SESSIONS - len(times),
            others=outdated,
        )

    def memory(self) -> None:
        """How much the process holds, after so many requests."""
        print("\n| requests | memory of the server (MB) |\n| --- | --- |")
        print(f"| before | {self._megabytes():.0f} |")
        count = 0
        for wanted in MEMORY_AT:
            while count < wanted:
                count += self._wrk(CONNECTIONS, 5)["right"]
            print(f"| {count:,} | {self._megabytes():.0f} |", flush=True)

    def _said_of_keys(self, text: str) -> list[Any]:
        session = self._predictor.session()
        said = []
        for end in range(1, len(text) + 1):
            session.set(text[:end])
            found = session.complete(5, typing=True)
            said.append([(*it,) for it in found] + [(str(session.begin), 0.0)])
        return said

    def _let_loose(
        self, user: str, address: str, rate: int, users: list[list[str]]
    ) -> list[list[tuple[float, str]]]:
        """The times (s) and answers of each user."""
        plan, to = self._folder / "plan.json", self._folder / "answers.json"
        plan.write_text(
            json.dumps(
                {"address": address, "rate": rate, "users": users, "to": str(to)}
            )
        )
        command = [self._locust, "-f", str(HERE / "server_load_users.py"), user]
        command += ["--headless", "--only-summary", "--loglevel", "ERROR"]
        command += ["-u", str(len(users)), "-r", str(len(users))]
        done = subprocess.run(
            command,
            env=os.environ | {"NEXTWORD_LOAD": str(plan)},
            capture_output=True,
            text=True,
        )
        if not to.exists():
            raise SystemExit(done.stderr)
        found: list[list[tuple[float, str]]] = json.loads(to.read_text())
        to.unlink()
        return found

    def _wrk(self, connections: int, seconds: int) -> dict[str, Any]:
        pairs = self._folder / "pairs"
        pairs.write_text("".join(f"{a}\n{b}\n" for a, b in self._bodies.items()))
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "20s",
        ]
        command += ["-s", str(HERE / "server_load.lua"), self._server.address]
        done = subprocess.run(
            [*command, "--", str(pairs)], capture_output=True, text=True, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def _megabytes(self) -> float:
        number = str(self._server.process.pid)
        told = subprocess.check_output(["ps", "-o", "rss=", "-p", number], text=True)
        return int(told) / 1024


def _key(text: str, place: int) -> str:
    """The message of a key that is typed at the end of the text."""
    return json.dumps({"id": place, "edit": [place, place, text[place]]})


def _offered(blanks: Any) -> list[tuple[str, float]]:
    return [(it["word"], it["probability"]) for it in blanks[0]["suggestions"]]


def _said(told: dict[str, Any]) -> list[tuple[str, float]]:
    return [*_offered([told]), (str(told["begin"]), 0.0)]


def _are_equal(a: list[tuple[str, float]], b: list[tuple[str, float]]) -> bool:
    """Whether words are the same, and their probabilities but for rounding."""
    return [it for it, _ in a] == [it for it, _ in b] and all(
        math.isclose(x, y, rel_tol=1e-4, abs_tol=1e-9)
        for (_, x), (_, y) in zip(a, b, strict=True)
    )


if __name__ == "__main__":
    main()
