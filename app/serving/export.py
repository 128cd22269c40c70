"""A trained model as a SavedModel that other programs load without this package.

Enters: a model folder. Leaves: `DIR/<version>/` with the signatures of the published
contract, in the layout that TensorFlow Serving watches. It refuses to know how words
are found; the graph is made in the modules beside it.
"""

from __future__ import annotations

import errno
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from app.errors import UserError
from app.model_folder import ModelFolder
from app.serving.graph_network import GraphNetwork
from app.serving.graph_suggestions import GraphSuggestions
from app.serving.graph_tokenizer import GraphTokenizer


def export_saved_model(model: ModelFolder, to: Path) -> Path:
    """The folder of a new SavedModel version, `to/1` or the next free number.

    It is written under a hidden name and then renamed: a server that watches `to`
    sees it whole or not at all. Versions that are there stay as they are.

    Args:
        model: what is exported; its folder is only read.
        to: folder of the versions; made if it is missing.

    Raises:
        UserError: `to` cannot be written.
    """
    partial = to / f".partial-{uuid.uuid4().hex}"
    is_new = not to.exists()
    try:
        partial.mkdir(parents=True)
        _archive(model).write_out(str(partial), verbose=False)
        return _rename(partial, to)
    except (OSError, tf.errors.OpError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        raise UserError(
            f"{to}: the SavedModel cannot be written there ({reason}). "
            "Choose a folder that can be written to, on a disk with room."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if is_new and to.is_dir() and not any(to.iterdir()):
            to.rmdir()


def _archive(model: ModelFolder) -> keras.export.ExportArchive:
    """All signatures, `serving_default` first, ready to be written."""
    network = GraphNetwork(model.architecture, model.weights)
    tokenizer = GraphTokenizer(model.tokenizer, model.vocabulary)
    suggestions = GraphSuggestions(network, tokenizer, model.vocabulary)
    archive = keras.export.ExportArchive()
    archive.track(suggestions)  # keeps the lookup table, and through it the network
    texts = tf.TensorSpec([None], tf.string, name="text")
    archive.add_endpoint("serving_default", suggestions.suggest, [texts])
    if model.architecture.context_length is None:
        token_ids = tf.TensorSpec([None], tf.int32, name="token_ids")
        signature = [token_ids, *network.state_specs]
        archive.add_endpoint("step", _step(network), signature)
    return archive


def _step(network: GraphNetwork) -> Callable[..., dict[str, tf.Tensor]]:
    """Reads one token a row: (token_ids, *states) -> log-probabilities and states."""
    names = [spec.name for spec in network.state_specs]

    def step(token_ids: tf.Tensor, *states: tf.Tensor) -> dict[str, tf.Tensor]:
        advanced = network.advance(states, token_ids)
        outputs = {"log_probabilities": network.log_probabilities(advanced)}
        return outputs | dict(zip(names, advanced, strict=True))

    return step


def _rename(partial: Path, to: Path) -> Path:
    """Gives the finished folder the next version number; returns its new path."""
    while True:
        versions = [int(p.name) for p in to.iterdir() if p.name.isdecimal()]
        target = to / str(max(versions, default=0) + 1)
        try:
            # Fails where another export was faster: its folder is not empty.
            return partial.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
