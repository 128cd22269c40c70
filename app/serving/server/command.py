"""`python -m app serve`: models are loaded, an address is bound, requests answered."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn

from app.errors import UserError
from app.model_names import find_model
from app.serving.server.application import application
from app.serving.server.memory import PersonalMemory
from app.serving.server.models import ServedModels
from app.serving.server.uvicorn_config import ServerConfig, allow_files
from app.settings import ServeSettings

_logger = logging.getLogger(__name__)

# What stands for all addresses of this machine can be listened at, and not be opened.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def serve(settings: ServeSettings, announce: Callable[[str], None]) -> None:
    """Serves until Ctrl-C or SIGTERM; what is running then is finished.

    Args:
        settings: which models, where and to whom.
        announce: is told the address, once it can be asked, and then what other
            devices open where that is another one.

    Raises:
        UserError: a model is missing or damaged, or the address cannot be had.
    """
    limits = settings.server_limits
    memory = PersonalMemory(Path(settings.memory)) if settings.memory else None
    # Remarks on a text would quote it; those on what models warm up with puzzle.
    logging.getLogger("app.suggestion").setLevel(logging.ERROR)
    models = ServedModels(_folders(settings.models), memory)
    listening = _listen(settings.host, settings.port)
    app = application(
        models,
        limits,
        hosts=_names(settings),
        origins=settings.origins,
        token=settings.secret,
    )
    allow_files(limits.connections)
    config = ServerConfig(app, limits)
    names = ", ".join(model.name for model in models)
    _logger.info("Serving %s. Ctrl-C stops.", names)
    for line in _addresses(settings, listening.getsockname()[1]):
        announce(line)
    uvicorn.Server(config).run(sockets=[listening])


def _folders(names: Sequence[str]) -> dict[str, Path]:
    """The folders of models, by their names."""
    found = [find_model(name) for name in names or (None,)]
    folders = {folder.name: folder.absolute() for folder in found}
    if len(folders) < len(found):
        raise UserError(
            "Two of the models have the same name, by which they are asked. Rename a "
            f"folder: {', '.join(map(str, found))}."
        )
    if not names:
        _logger.info("Model: %s (the newest)", found[0])
    return folders


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        UserError: the address is taken, or none of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listening = socket.socket(family, kind)
        if sys.platform != "win32":  # there it would take the port from its owner
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()  # who comes before the server has begun waits in line
    except OSError as error:
        raise UserError(
            f"Nothing can listen at {host}, port {port}: {error.strerror or error}. "
            "Choose another --port (0 takes a free one), or stop what listens there."
        ) from error
    return listening


def _names(settings: ServeSettings) -> tuple[str, ...]:
    """Names under which the server may be asked."""
    if settings.host in _LOOPBACK:
        return settings.host_names or ("*",)
    return (settings.host, *settings.host_names)


def _addresses(settings: ServeSettings, port: int) -> Iterator[str]:
    """What a person opens in a browser here, and what elsewhere, a line each."""
    loopback = _LOOPBACK.get(settings.host)
    yield _address(loopback or settings.host, port, settings.secret)
    if loopback:
        name, *_ = settings.host_names or (socket.gethostname(),)
        yield f"On other devices: {_address(name, port, settings.secret)}"


def _address(host: str, port: int, secret: str | None) -> str:
    host = f"[{host}]" if ":" in host else host
    token = f"?token={secret}" if secret else ""
    return f"http://{host}:{port}/{token}"
