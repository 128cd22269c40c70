"""A trained model as a SavedModel that other programs load without this package.

Enters: a model folder. Leaves: the signatures of the published contract in a folder.
It refuses to know how words are found; the graph is made in the modules beside it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from app.model_folder import ModelFolder
from app.serving.graph_network import GraphNetwork, GraphTwoSided
from app.serving.graph_suggestions import GraphSuggestions
from app.serving.graph_tokenizer import GraphTokenizer


def write(model: ModelFolder, folder: Path) -> None:
    """Fills an empty folder with a SavedModel.

    Raises:
        OSError: the disk refuses.
    """
    archive = _archive(model)
    try:
        archive.write_out(str(folder), verbose=False)
    except tf.errors.OpError as error:
        raise OSError(errno.EIO, error.message) from error


def _archive(model: ModelFolder) -> keras.export.ExportArchive:
    """All signatures, `serving_default` first, ready to be written."""
    network = GraphNetwork(model.architecture, model.weights)
    tokenizer = GraphTokenizer(model.tokenizer, model.vocabulary)
    two_sided = None
    if model.blanks is not None:
        two_sided = GraphTwoSided(*model.blanks, network.weights["embedding"])
    answers = GraphSuggestions(network, tokenizer, model.vocabulary, two_sided)
    archive = keras.export.ExportArchive()
    archive.track(answers)  # keeps the lookup tables, and through it the networks
    texts = [tf.TensorSpec([None], tf.string, name="text")]
    archive.add_endpoint("serving_default", answers.suggest, texts)
    archive.add_endpoint("typing", answers.finish, texts)
    archive.add_endpoint("score", answers.score, texts)
    if two_sided is not None:
        archive.add_endpoint("fill", answers.fill, texts)
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
