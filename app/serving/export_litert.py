"""One step of the network for LiteRT: phones, keyboards and boards without Python.

Enters: a model folder. Leaves: the same step three times, with weights of 32, 16 and 8
bits, and what a client needs beside it. A step reads one token of one text; it is
made of LiteRT's builtin operations alone, so that no runtime needs TensorFlow's
(Flex). Whole texts as strings would need them: those are for the SavedModel.

    float32   the network's own numbers
    float16   kept in half the bytes, computed in float32
    int8      kept in a quarter; a step also rounds what it multiplies them with. Each
              column of a kernel is counted in steps of its own, all of the embedding in
              one: a step of its own for every word gained next to nothing
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import tensorflow as tf

from app.model_folder import ModelFolder
from app.serving.client_files import write_client_files
from app.serving.graph_network import GraphNetwork, step_function

PRECISIONS = ("float32", "float16", "int8")

_SIGNATURE = "step"


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
    network = GraphNetwork(model.architecture, model.weights)
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
