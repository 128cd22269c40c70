"""Users that Locust lets loose on the server at a fixed pace. See server_load.py.

    locust -f tests/benchmarks/server_load_users.py --headless --only-summary ...

Nothing of ours is imported: Locust may live in an environment of its own. What they do
stands in the JSON file NEXTWORD_LOAD names; every answer and the time of it is written
to its "to" as they came, and judged when the load is over.

The pace is an open loop: each request has a time when it is due, and its time runs from
then, sent or not. A server that stops for a second so delays all the requests of that
second, not one (G. Tene's "coordinated omission").
"""

from __future__ import annotations

import itertools
import json
import os
from time import perf_counter
from typing import Any

import gevent
from gevent.event import Event
from locust import FastHttpUser, User, events, task
from locust.exception import StopUser
from websocket import WebSocketConnectionClosedException, create_connection

PLAN: dict[str, Any] = json.loads(open(os.environ["NEXTWORD_LOAD"]).read())
PERIOD = 1 / PLAN["rate"]  # s, from one to the next of all users together
USERS = len(PLAN["users"])

# Seconds (s) until the first is due, and that the last answer may take.
LEAD, PATIENCE = 0.5, 5.0

_numbers = itertools.count()
_begun = Event()
_start = 0.0
_answers: list[list[list[Any]]] = [[] for _ in range(USERS)]
_num_done = 0


@events.spawning_complete.add_listener
def _begin(**_: Any) -> None:
    global _start
    _start = perf_counter() + LEAD
    _begun.set()


@events.quitting.add_listener
def _write(**_: Any) -> None:
    with open(PLAN["to"], "w") as file:
        json.dump(_answers, file)


class _Paced:
    """One of the users, with what it has to send."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.sent: list[str] = PLAN["users"][self.number]
        self.answers = _answers[self.number]

    def wait(self, turn: int) -> float:
        """Waits until a request is due; the time (s)."""
        due = _start + (turn * USERS + self.number) * PERIOD
        gevent.sleep(max(0.0, due - perf_counter()))
        return due


def _leave(user: User) -> None:
    global _num_done
    _num_done += 1
    if _num_done == USERS:
        user.environment.runner.quit()
    raise StopUser


class Asking(FastHttpUser):
    """Asks for next words, one request at a time on one connection."""

    host = PLAN["address"]

    @task
    def run_all(self) -> None:
        """Everything, once."""
        paced = _Paced()
        self.client.get("/healthz")  # connects
        _begun.wait()
        headers = {"Content-Type": "application/json"}
        for turn, body in enumerate(paced.sent):
            due = paced.wait(turn)
            with self.client.post(
                "/api/complete", data=body, headers=headers, catch_response=True
            ) as response:
                answered = perf_counter()
                paced.answers.append([answered - due, response.text])
                response.success()
        _leave(self)


class Typing(User):
    """Types a text over a WebSocket, whatever has been answered until then."""

    @task
    def run_all(self) -> None:
        """Everything, once."""
        paced = _Paced()
        socket = create_connection(PLAN["address"].replace("http", "ws", 1))
        due: list[float] = []
        reading = gevent.spawn(_read, socket, due, paced)
        _begun.wait()
        for turn, message in enumerate(paced.sent):
            due.append(paced.wait(turn))
            socket.send(message)
        reading.join(PATIENCE)
        socket.close()
        _leave(self)


def _read(socket: Any, due: list[float], paced: _Paced) -> None:
    for turn in range(len(paced.sent)):
        try:
            answer = socket.recv()
        except WebSocketConnectionClosedException:
            return
        paced.answers.append([perf_counter() - due[turn], answer])
