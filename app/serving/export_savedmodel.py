"""A trained model as a SavedModel that other programs load without this package.

Enters: a model folder. Leaves: the signatures of the published contract in a folder.
It refuses to know how words are found; the graph is made in the modules beside it.
"""

from __future__ import annotations

import errno
from pathlib import Path

import keras
import tensorflow as tf

from app.model_folder import ModelFolder
from app.serving.graph_network import GraphNetwork, step_function
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
    suggestions = GraphSuggestions(network, tokenizer, model.vocabulary)
    archive = keras.export.ExportArchive()
    archive.track(suggestions)  # keeps the lookup table, and through it the network
    texts = tf.TensorSpec([None], tf.string, name="text")
    archive.add_endpoint("serving_default", suggestions.suggest, [texts])
    if model.architecture.context_length is None:
        token_ids = tf.TensorSpec([None], tf.int32, name="token_ids")
        signature = [token_ids, *network.state_specs]
        archive.add_endpoint("step", step_function(network), signature)
    return archive
