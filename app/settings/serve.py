"""The settings of `python -m app serve`, and the limits of its server."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import Any

from app.errors import UserError
from app.settings.flags import option

TOKEN = "NEXTWORD_TOKEN"


def _limit(default: int, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Limits:
    """What one client may ask of the server, so that the others are answered too.

    Every limit that a request has met is told with its name and value.

    Raises:
        UserError: a limit is below 1.
    """

    # A text of ordinary characters has a third of it as JSON, one of emoji all of it.
    body_bytes: int = _limit(1_200_000, "bytes of a request or a session's message")
    text_characters: int = _limit(
        100_000, "characters of a text, divided by the blanks in it"
    )
    blanks: int = _limit(20, "blanks in a text")
    rows: int = _limit(64, "texts in one request of TensorFlow Serving's dialect")
    candidates: int = _limit(1000, "words to choose from in a blank")
    # The quick ones take some 2 ms each: who waits longest waits a second.
    waiting: int = _limit(512, "requests that wait for a worker")
    seconds: int = _limit(10, "seconds until an answer")
    sessions: int = _limit(256, "sessions at the same time, of some 3 MB each")
    connections: int = _limit(1024, "connections at the same time")
    header_seconds: int = _limit(10, "seconds for the head of a request")
    header_bytes: int = _limit(65_536, "bytes of the head of a request")
    body_seconds: int = _limit(20, "seconds for the body of a request")
    send_seconds: int = _limit(20, "seconds that a client may leave an answer unread")
    idle_seconds: int = _limit(75, "seconds that a connection is kept for the next one")

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value < 1:
                raise UserError(f"The limit {name} is {value}, but must be at least 1.")

    @classmethod
    def of(cls, text: str) -> Limits:
        """The usual limits but for those given.

        Args:
            text: NAME=VALUE with commas between them.

        Raises:
            UserError: there is no such limit, or a value is no whole number.
        """
        names = [spec.name for spec in dataclasses.fields(cls)]
        given = {}
        for pair in filter(None, (it.strip() for it in text.split(","))):
            name, _, value = pair.partition("=")
            if name not in names or not (value.isascii() and value.isdigit()):
                raise UserError(
                    f"--limits has {pair!r}, but expects NAME=VALUE with a whole "
                    f"number. The limits are {', '.join(names)}."
                )
            given[name] = int(value)
        return cls(**given)


def _limits_help() -> str:
    shown = [
        f"{spec.name} ({spec.metadata['meaning']}: {spec.default})"
        for spec in dataclasses.fields(Limits)
    ]
    return f"other limits than the usual ones: {', '.join(shown)}"


@dataclass(frozen=True)
class ServeSettings:
    """`python -m app serve`: which models answer, where, and to whom."""

    models: tuple[str, ...] = option(
        (),
        "names or paths of models; the first one answers who names none (default: the "
        "newest)",
        positional=True,
        nargs="*",
        metavar="MODEL",
    )
    host: str = option(
        "127.0.0.1",
        "address to listen at (default: 127.0.0.1, which only this machine reaches); "
        "any other needs --token",
    )
    port: int = option(
        8000,
        "port to listen at; 0 takes a free one, which is told (default: 8000)",
        type=int,
    )
    token: str | None = option(
        None,
        "secret of 16 characters or more that whoever asks must know; required with "
        f"another --host (default: {TOKEN} of the environment, which other users of "
        "the machine cannot see)",
    )
    allow_host: str = option(
        "",
        "names under which this machine may be asked beside those of --host, with "
        "commas between them",
        metavar="NAMES",
    )
    allow_origin: str = option(
        "",
        "web pages that may ask from a browser, as https://example.org, with commas "
        "between them (default: the server's own page alone)",
        metavar="ORIGINS",
    )
    memory: str | None = option(
        None,
        "listen to the personal memory in FILE, and let it learn what the page is told "
        "to remember (default: none)",
        metavar="FILE",
    )
    limits: str = option("", _limits_help(), metavar="NAME=VALUE,...")

    def __post_init__(self) -> None:
        """Refuses what cannot work, or what would not be safe.

        Raises:
            UserError: says which flag, and what to do.
        """
        if not 0 <= self.port <= 65535:
            raise UserError(f"--port is {self.port}, but must be from 0 to 65535.")
        if self.secret is not None and not _is_secret(self.secret):
            raise UserError(
                f"--token, or {TOKEN}, must have at least 16 characters, of letters, "
                "digits and - . _ ~ alone, so that nobody guesses it and any client "
                'can send it. Make one: python -c "import secrets; '
                'print(secrets.token_urlsafe())"'
            )
        if self.secret is None and not self.is_local:
            raise UserError(
                f"--host {self.host} lets other machines ask, and see what the model "
                "has learned. Give a secret with --token, or leave out --host."
            )
        for origin in self.origins:
            if not re.fullmatch(r"https?://[^/?#@\s]+", origin):
                raise UserError(
                    f"--allow-origin has {origin!r}, but expects the beginning of an "
                    "address without a path: https://example.org."
                )
        _ = self.server_limits  # refuses impossible ones

    @property
    def secret(self) -> str | None:
        """The token that must be known; None where nobody needs any."""
        return self.token if self.token is not None else os.environ.get(TOKEN)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can ask."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name
            return False

    @property
    def origins(self) -> tuple[str, ...]:
        """The pages that may ask."""
        return _listed(self.allow_origin.lower())  # as browsers write them

    @property
    def host_names(self) -> tuple[str, ...]:
        """More names of this machine."""
        return _listed(self.allow_host)

    @property
    def server_limits(self) -> Limits:
        """The limits that hold."""
        return Limits.of(self.limits)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(it.strip() for it in text.split(",") if it.strip())


def _is_secret(token: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._~-]{16,}", token) is not None
