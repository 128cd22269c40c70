"""Reads a text token by token with one runtime, in a process that has nothing else.

    python step_runtimes.py RUNTIME FILE IDS.npy OUT.npy

IDS.npy holds int32 [tokens], BOS not among them; OUT.npy gets the log-probabilities of
each of them when it came, float32 [tokens, vocabulary] (Keras: of the first 50). Prints
one JSON object: how long loading and a step took, and which packages that should not be
there are. FILE is

    litert      a .tflite file
    onnx        a .onnx file
    savedmodel  the folder of a SavedModel, read by TensorFlow
    c-library   the same, read by TensorFlow's C library
    keras       next.keras; it has no step and reads the text anew for each token
    numpy       a model folder, read by this package
"""

import json
import os
import sys
import time
from functools import partial
from statistics import median

import numpy as np

BOS = 2
WARM_UP = 10  # steps that are not timed
MOST_ANEW = 50  # tokens that a runtime without a step reads; it takes their square


def litert(file):
    from ai_edge_litert.interpreter import Interpreter

    step = Interpreter(file, num_threads=1).get_signature_runner("step")
    shapes = {name: it["shape"] for name, it in step.get_input_details().items()}
    return partial(_named_step, lambda feed: step(**feed), shapes)


def onnx(file):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options)
    shapes = {it.name: [1, *it.shape[1:]] for it in session.get_inputs()}
    names = [it.name.removeprefix("next_") for it in session.get_outputs()]

    def run(feed):
        return dict(zip(names, session.run(None, feed), strict=True))

    return partial(_named_step, run, shapes)


def savedmodel(folder):
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    step = loaded.signatures["step"]
    shapes = {
        name: [1, *it.shape[1:]]
        for name, it in step.structured_input_signature[1].items()
    }

    def run(feed, kept=loaded):  # without its owner a signature loses its variables
        return step(**{name: tf.constant(it) for name, it in feed.items()})

    return partial(_named_step, run, shapes)


def c_library(folder):
    from c_library_step import open_step

    shapes, run = open_step(folder)
    return partial(_named_step, run, shapes)


def numpy(folder):
    from app.language.network import Network
    from app.model_folder import load_model_folder

    model = load_model_folder(folder, verify=False)
    network = Network(model.architecture, model.weights)

    def step(token_id, states):
        if states is None:
            after = network.start(1)  # has read BOS, the only token that comes first
        else:
            after = network.advance(states, np.array([token_id]))
        return network.log_probabilities(after)[0], after

    return step


def keras(file):
    if os.environ.get("PYTHONPATH"):
        import app.network.attention  # noqa: F401  a layer of our own
    from keras.models import load_model

    return load_model(file, compile=False)


def _named_step(run, shapes, token_id, states):
    """One step of a runtime whose states have names; None are those before BOS."""
    if states is None:
        states = {name: np.zeros(it, np.float32) for name, it in shapes.items()}
    feed = {name: np.asarray(states[name]) for name in shapes if name != "token_ids"}
    outputs = run(feed | {"token_ids": np.array([token_id], np.int32)})
    return np.asarray(outputs["log_probabilities"])[0], outputs


def read_steps(step, ids):
    """The log-probabilities before each token, and the seconds that each step took."""
    rows, seconds, states = [], [], None
    for token_id in [BOS, *ids[:-1].tolist()]:
        began = time.perf_counter()
        row, states = step(token_id, states)
        seconds.append(time.perf_counter() - began)
        rows.append(row)
    return np.stack(rows), seconds[WARM_UP:]


def read_anew(model, ids):
    """The same from a network that reads the whole text for each token."""
    texts = np.concatenate([[BOS], ids[:MOST_ANEW]])[np.newaxis]
    rows, seconds = [], []
    for length in range(1, texts.shape[1]):
        began = time.perf_counter()
        rows.append(np.asarray(model(texts[:, :length]))[0])
        seconds.append(time.perf_counter() - began)
    return np.log(np.maximum(rows, 1e-30)), seconds[WARM_UP:]


RUNTIMES = {
    "litert": litert,
    "onnx": onnx,
    "savedmodel": savedmodel,
    "c-library": c_library,
    "keras": keras,
    "numpy": numpy,
}


def main(runtime, file, ids_file, out_file):
    began = time.perf_counter()
    loaded = RUNTIMES[runtime](file)
    load_seconds = time.perf_counter() - began
    read = read_anew if runtime == "keras" else read_steps
    rows, seconds = read(loaded, np.load(ids_file))
    np.save(out_file, rows)
    foreign = {"tensorflow", "keras", "app"} & set(sys.modules)
    answer = {
        "load_seconds": load_seconds,
        "step_ms": 1e3 * median(seconds or [float("nan")]),
        "foreign": sorted(foreign),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
