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
from app.serving.export_beside import write_beside
from app.serving.graph_network import GraphNetwork, GraphTwoSided, step_function
from app.serving.graph_suggestions import GraphSuggestions
from app.serving.graph_tokenizer import GraphTokenizer


def write(model: ModelFolder, folder: Path) -> None:
    """Fills an empty folder with a SavedModel and what lies beside it.

    Raises:
        OSError: the disk refuses.
    """
    network = GraphNetwork(model.architecture, model.weights)
    two_sided = None
    if model.blanks is not None:
        two_sided = GraphTwoSided(*model.blanks, network.weights["embedding"])
    step = _step_specs(network)
    archive = _archive(model, network, two_sided, step)
    try:
        archive.write_out(str(folder), verbose=False)
        write_beside(model, folder, step, has_fill=two_sided is not None)
    except tf.errors.OpError as error:
        raise OSError(errno.EIO, error.message) from error


def _archive(
    model: ModelFolder,
    network: GraphNetwork,
    two_sided: GraphTwoSided | None,
    step: list[tf.TensorSpec],
) -> keras.export.ExportArchive:
    """All signatures, `serving_default` first, ready to be written."""
    tokenizer = GraphTokenizer(model.tokenizer, model.vocabulary)
    answers = GraphSuggestions(network, tokenizer, model.vocabulary, two_sided)
    archive = keras.export.ExportArchive()
    archive.track(answers)  # keeps the lookup tables, and through it the networks
    texts = [tf.TensorSpec([None], tf.string, name="text")]
    archive.add_endpoint("serving_default", answers.suggest, texts)
    archive.add_endpoint("typing", answers.finish, texts)
    archive.add_endpoint("score", answers.score, texts)
    if two_sided is not None:
        archive.add_endpoint("fill", answers.fill, texts)
    if step:
        archive.add_endpoint("step", step_function(network), step)
    return archive


def _step_specs(network: GraphNetwork) -> list[tf.TensorSpec]:
    """The inputs of the signature `step`; none for a network of limited context."""
    if network.architecture.context_length is not None:
        return []
    token_ids = tf.TensorSpec([None], tf.int32, name="token_ids")
    return [token_ids, *network.state_specs]
