"""One step of the network for LiteRT: phones, keyboards and boards without Python.

Enters: a model folder. Leaves: the same step three times, with weights of 32, 16 and 8
bits, and what a client needs beside it. A step reads one token of one text; it is
made of LiteRT's builtin operations alone, so that no runtime needs TensorFlow's
(Flex). Whole texts as strings would need them: those are for the SavedModel.

    float32   the network's own numbers
    float16   kept in half the bytes, computed in float32
    int8      kept in a quarter; a step also rounds what it multiplies them with
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from app.model_folder import ModelFolder
from app.serving.client_files import write_client_files
from app.serving.graph_network import GraphNetwork, step_function
from app.serving.quantising import quantise
from app.settings import Architecture

PRECISIONS = ("float32", "float16", "int8")

_SIGNATURE = "step"
_STEPS = np.iinfo(np.int16).max  # how finely the steps of the embedding are kept


def write(model: ModelFolder, folder: Path) -> None:
    """Fills an empty folder with `step-<precision>.tflite` and the client's files."""
    for precision in PRECISIONS:
        converted = convert_step(model, precision)
        (folder / f"step-{precision}.tflite").write_bytes(converted)
    write_client_files(model, folder, "litert")


def convert_step(model: ModelFolder, precision: str) -> bytes:
    """The step as a LiteRT model with one signature, "step", for one text at a time.

    Args:
        model: of which the network is taken.
        precision: one of `PRECISIONS`.
    """
    kind = _SmallNetwork if precision == "int8" else GraphNetwork
    network = kind(model.architecture, model.weights)
    states = [
        tf.TensorSpec([1, *spec.shape[1:]], spec.dtype, spec.name)
        for spec in network.state_specs
    ]
    token_ids = tf.TensorSpec([1], tf.int32, "token_ids")
    # Written to disk first: only so does the converter keep a signature's name.
    with tempfile.TemporaryDirectory(prefix="nextword-") as saved:
        network.step = tf.function(
            step_function(network),
            input_signature=[token_ids, *states],
            autograph=False,
        )
        tf.saved_model.save(network, saved, signatures={_SIGNATURE: network.step})
        converter = tf.lite.TFLiteConverter.from_saved_model(
            saved, signature_keys=[_SIGNATURE]
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


class _SmallNetwork(GraphNetwork):
    """A network whose embedding is int8 with a step of its own for every word.

    The converter would give all words one step, which is that of the largest number of
    the whole table. The steps are kept as int16, for as float32 it would take them
    for weights and round them to int8 as well.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, np.ndarray]
    ) -> None:
        super().__init__(architecture, weights)
        table, steps = quantise(np.asarray(weights["embedding"]), axis=1)
        self._unit = float(steps.max()) / _STEPS
        self._table = table
        self._counts = np.rint(steps[:, 0] / self._unit).astype(np.int16)

    def embed(self, token_ids: tf.Tensor) -> tf.Tensor:
        """See `GraphNetwork.embed`."""
        rows = tf.gather(tf.constant(self._table), token_ids)  # [batch, width]
        counts = tf.gather(tf.constant(self._counts), token_ids)
        steps = tf.cast(counts, tf.float32) * self._unit
        return tf.cast(rows, tf.float32) * steps[:, tf.newaxis]
