"""`python -m app serve`: models are loaded, an address is bound, requests answered."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Sequence
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


def serve(settings: ServeSettings, announce: Callable[[str], None]) -> None:
    """Serves until Ctrl-C or SIGTERM; what is running then is finished.

    Args:
        settings: which models, where and to whom.
        announce: is told the address, once it can be asked.

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
    announce(_address(settings, listening))
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
    if settings.host in ("0.0.0.0", "::"):  # all addresses of this machine
        return settings.host_names or ("*",)
    return (settings.host, *settings.host_names)


def _address(settings: ServeSettings, listening: socket.socket) -> str:
    """What a person opens in a browser."""
    port = listening.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    token = f"?token={settings.secret}" if settings.secret else ""
    return f"http://{host}:{port}/{token}"
