"""Results that take long, kept one by one: whoever is interrupted goes on with them.

    DIR/done/NAME.json      one result each
    DIR/done/settings.json  what they are results of

What the results mean is not known here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.files.whole_file import whole_file
from app.files.whole_folder import read_json

logger = logging.getLogger(__name__)

_DONE, _SETTINGS = "done", "settings"


class Kept:
    """The results in a folder.

    Args:
        folder: is made where it is missing; None: nothing is kept.
        settings: what decides the results, JSON values; other ones, other results.

    Raises:
        UserError: the folder holds results of other settings, or is none.
    """

    def __init__(self, folder: Path | None, settings: Mapping[str, Any]) -> None:
        self._folder = folder / _DONE if folder else None
        if self._folder is None or folder is None:
            return
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file. Give a folder with --to.")
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = json.loads(json.dumps(settings))  # tuples are lists there
        if self._place(_SETTINGS).exists():
            found = read_json(self._place(_SETTINGS))
            if found != wanted:
                raise UserError(_other_settings(folder, found, wanted))
        else:
            self._write(_SETTINGS, wanted)

    def result(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What is kept under `name`, else what `make` gives, which is kept then."""
        if self._folder is None:
            return make()
        if not self._place(name).exists():
            try:
                made = make()
            except KeyboardInterrupt:
                logger.info("What is done is kept. Go on by the same command.")
                raise
            self._write(name, made)
        return read_json(self._place(name))

    def _place(self, name: str) -> Path:
        return Path(self._folder or "") / f"{name}.json"

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        with whole_file(self._place(name)) as file:
            file.write(json.dumps(value, indent=1).encode("ascii"))


def _other_settings(
    folder: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]
) -> str:
    """Which settings differ, and what to do."""
    names = sorted(
        name.replace("_", "-")
        for name in {*found, *wanted}
        if found.get(name) != wanted.get(name)
    )
    return (
        f"{folder} holds results of other settings ({', '.join(names)}). Give the same "
        "ones to go on with them, or choose another folder with --to."
    )
