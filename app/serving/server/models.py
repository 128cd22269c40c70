"""The models that a server answers with, and their new versions.

Folders enter; predictors leave. A version is loaded whole and never changed: whoever
has begun with it ends with it, while those who come later get the new one. A new
version that is damaged is refused, and the old one stays.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from app.errors import UserError
from app.files.results import METRICS
from app.files.whole_folder import read_json
from app.language.tempered import Tempered
from app.loading import mixed, network_of, ngrams_of, two_sided_of
from app.model_folder import ModelFolder, load_model_folder
from app.serving.server.errors import ServerError, place_of
from app.serving.server.memory import PersonalMemory
from app.settings import Parts
from app.suggestion.memory import Memory
from app.suggestion.memory_model import listening
from app.suggestion.offers import Offers
from app.suggestion.predictor import Predictor

_logger = logging.getLogger(__name__)

# Predictors of one version: the parts in and out, with and without memory, and the
# temperatures that somebody is trying just now.
_MOST_PREDICTORS = 24

# What no answer needs, and what is large.
_NOT_COPIED = shutil.ignore_patterns("*.keras", "trigrams", "report.html", "*.partial")

ALL = Parts()


class _Kind(NamedTuple):
    """What makes one predictor of a model differ from another."""

    parts: Parts
    memory: Memory | None
    temperature: float


class ServedModel:
    """One version of a model, in memory.

    Args:
        name: under which it is asked.
        version: 1, and one more with each folder that took its place.
        folder: the model.
        perplexity: that was measured on its test text, where it was.
        memory: that it can listen to.

    Attributes:
        name: see above.
        version: see above.
        folder: see above.
        perplexity: see above.
        has_memory: whether there is one.

    Raises:
        UserError: the folder is damaged.
    """

    def __init__(
        self,
        name: str,
        version: int,
        folder: ModelFolder,
        perplexity: float | None = None,
        memory: PersonalMemory | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.folder = folder
        self.perplexity = perplexity
        self.has_memory = memory is not None
        self._memory = memory
        self._network = network_of(folder)
        self._ngrams = ngrams_of(folder) if folder.mixture else None
        self._two_sided = two_sided_of(folder)
        self._predictors: dict[_Kind, Predictor] = {}
        self._lock = Lock()

    @property
    def who(self) -> dict[str, Any]:
        """Who answers, as answers say it."""
        return {"name": self.name, "version": self.version}

    @property
    def parts(self) -> list[str]:
        """What answers together."""
        there = {
            "network": True,
            "ngrams": self._ngrams is not None,
            "cache": self.folder.mixture is not None,
            "two_sided": self._two_sided is not None,
        }
        return [name for name, is_there in there.items() if is_there]

    def predictor(
        self, parts: Parts = ALL, *, memory: bool = True, temperature: float = 1.0
    ) -> Predictor:
        """What answers with some parts; the same object for the same question.

        Args:
            parts: those that take part.
            memory: whether it listens to the memory, where there is one.
            temperature: the logarithms of the probabilities are divided by it.
        """
        heard = self._memory.now() if memory and self._memory else None
        kind = _Kind(parts, heard, temperature)
        with self._lock:
            found = self._predictors.pop(kind, None) or self._make(kind)
            self._predictors[kind] = found  # the last one asked for stands last
            if len(self._predictors) > _MOST_PREDICTORS:
                del self._predictors[next(iter(self._predictors))]
        return found

    def _make(self, kind: _Kind) -> Predictor:
        model = mixed(self.folder, self._network, self._ngrams, kind.parts)
        names: list[str] = []
        if kind.memory is not None:
            vocabulary = self.folder.vocabulary
            model, names = listening(model, kind.memory, vocabulary)
        if kind.temperature != 1:
            model = Tempered(model, kind.temperature)
        two_sided = self._two_sided if kind.parts.two_sided else None
        folder = self.folder
        return Predictor(
            folder.vocabulary, folder.tokenizer, model, two_sided, names, self._offers
        )

    @functools.cached_property
    def _offers(self) -> Offers:
        """What may be offered: the same words by whichever parts."""
        return Offers.of(self.folder.vocabulary)


class ServedModels:
    """The models of a server by their names.

    Args:
        folders: name -> folder; the first is asked where no name is given.
        memory: that all of them can listen to.

    Raises:
        UserError: a folder is damaged.
    """

    def __init__(
        self, folders: Mapping[str, Path], memory: PersonalMemory | None = None
    ) -> None:
        self._folders = dict(folders)
        self._memory = memory
        self._stamps = {name: _stamp(path) for name, path in folders.items()}
        self._seen = dict(self._stamps)
        self._models = {name: self._load(name, 1) for name in folders}

    def __iter__(self) -> Iterator[ServedModel]:
        """The versions that answer now."""
        return iter(list(self._models.values()))

    @property
    def memory(self) -> PersonalMemory | None:
        """The memory that they can listen to."""
        return self._memory

    def get(self, name: str | None = None) -> ServedModel:
        """The version of a model that answers now.

        Args:
            name: None for the first model.

        Raises:
            ServerError: there is no such model.
        """
        if name is None:
            return next(iter(self._models.values()))
        if name not in self._models:
            known = ", ".join(self._models)
            raise ServerError(404, f"There is no model {name!r}. There are: {known}.")
        return self._models[name]

    def reload(self) -> None:
        """Looks at the folders once, and takes over what is new there.

        A folder must be found the same twice before it is loaded: it could be one that
        is just being copied.
        """
        for name, path in self._folders.items():
            stamp, seen = _stamp(path), self._seen[name]
            self._seen[name] = stamp
            if stamp == seen and stamp != self._stamps[name]:
                self._stamps[name] = stamp
                self._replace(name)

    def _replace(self, name: str) -> None:
        version = self._models[name].version + 1
        try:
            self._models[name] = self._load(name, version)
        except (UserError, OSError) as error:
            _tell_refused(name, str(error))
            return
        except Exception as error:  # ours; later versions must be taken all the same
            _tell_refused(name, place_of(error))
            return
        _logger.info("%s: version %d answers from now on.", name, version)

    def _load(self, name: str, version: int) -> ServedModel:
        """The model in a folder, from a copy that nobody can change or cut short.

        Weights are mapped into memory: were a file cut short under them, the whole
        process would be killed. The copy lives on in memory when its files are gone.
        """
        path = self._folders[name]
        load_model_folder(path)  # a fault is told of the folder itself
        options = {"prefix": "nextword-", "ignore_cleanup_errors": True}
        with tempfile.TemporaryDirectory(**options) as place:  # type: ignore[call-overload]
            copy = Path(place) / "model"
            shutil.copytree(path, copy, ignore=_NOT_COPIED)
            folder = load_model_folder(copy)
            model = ServedModel(name, version, folder, _perplexity(copy), self._memory)
            _warm_up(model.predictor())
            return model


def _tell_refused(name: str, problem: str) -> None:
    _logger.warning(
        "The new version of %s is refused, the old one stays: %s", name, problem
    )


def _warm_up(predictor: Predictor) -> None:
    """Computes now what the first question of each kind would have to wait for."""
    predictor.complete("The", typing=True)
    predictor.complete("The", words=2)


def _perplexity(path: Path) -> float | None:
    """What was measured on the model's test text, where it was."""
    with contextlib.suppress(UserError, KeyError, TypeError):
        measured = read_json(path / METRICS)["test"]["perplexity"]
        return None if measured is None else float(measured)
    return None


def _stamp(path: Path) -> frozenset[tuple[str, int, int, int]]:
    """Changes with any file that is copied: its name, number, size and time."""
    found = set()
    with contextlib.suppress(OSError):  # taken away while we look
        for place, folders, names in os.walk(path):
            left_out = _NOT_COPIED(place, [*folders, *names])
            folders[:] = set(folders) - left_out
            for file in set(names) - left_out:
                name = os.path.join(place, file)
                state = os.stat(name)
                found.add((name, state.st_ino, state.st_size, state.st_mtime_ns))
    return frozenset(found)
