"""How long an exported model takes to answer; prints a table, asserts nothing.

    python -m tests.benchmarks.export_latency [MODEL]

Without MODEL: random weights in the shape of a real network, 20,000 words.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.model_folder import ModelFolder, load_model_folder
from app.model_names import find_model
from app.settings import Architecture
from app.text.tokenizer import CLITICS, Tokenizer
from app.text.vocabulary import RESERVED, Vocabulary
from tests.tiny import tiny_weights

VOCABULARY_SIZE = 20_000


def random_model() -> ModelFolder:
    """An LSTM of 256 units over made-up words."""
    num_words = VOCABULARY_SIZE - len(RESERVED) - len(CLITICS)
    tokens = (*RESERVED, *CLITICS, *(f"w{i}" for i in range(num_words)))
    counts = np.ones(VOCABULARY_SIZE, np.int64)
    architecture = Architecture(
        cell="lstm",
        layers=1,
        units=256,
        dense_units=128,
        dense_activation="tanh",
        embedding_dim=50,
        vocabulary_size=VOCABULARY_SIZE,
    )
    weights = tiny_weights(architecture)
    vocabulary = Vocabulary(tokens=tokens, counts=counts, written=tokens)
    return ModelFolder(
        Path("random"), {}, vocabulary, weights, Tokenizer(), architecture
    )


def milliseconds(call: Callable[[], object], times: int) -> str:
    """Median and worst of some calls, after one that warms up."""
    call()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return f"{np.median(seconds) * 1e3:9.2f} {max(seconds) * 1e3:9.2f}"


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from app.serving.export import export_model

    is_given = len(sys.argv) > 1
    model = load_model_folder(find_model(sys.argv[1])) if is_given else random_model()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        [path] = export_model(model, Path(folder))
        size = sum(it.stat().st_size for it in path.rglob("*") if it.is_file())
        print(f"export {time.perf_counter() - began:.1f} s, {size / 1e6:.1f} MB")
        began = time.perf_counter()
        loaded = tf.saved_model.load(str(path))
        print(f"load {time.perf_counter() - began:.1f} s")
    words = [word for word in model.vocabulary.written[500:900] if word.isalnum()]
    text = " ".join(words)
    ten = " ".join(words[:10])
    cases = {
        "next word after 10 tokens": ("serving_default", [ten], 50),
        "next word after 300 tokens": ("serving_default", [text[:2000]], 10),
        "next word, 32 texts": ("serving_default", [ten] * 32, 10),
        "blank, 3 tokens to its right": (
            "serving_default",
            [f"{words[0]} ___ {words[1]} a b"],
            5,
        ),
        "blank, 50 tokens to its right": ("serving_default", [f"a ___ {text}"], 3),
        "both sides of the same blank": ("fill", [f"a ___ {text}"], 3),
        "100,000 characters": (
            "serving_default",
            [(text + " ") * (100_000 // len(text))],
            3,
        ),
        "a half-typed word, 1 letter": ("typing", [f"{ten} {words[10][:1]}"], 50),
        "a half-typed word, 4 letters": ("typing", [f"{ten} {words[10][:4]}"], 50),
        "score of 10 tokens": ("score", [ten], 50),
        "score of 32 texts": ("score", [ten] * 32, 10),
        "score of 2,000 tokens": ("score", [(text + " ") * (2000 // len(words))], 3),
    }
    print(f"{'milliseconds':32}{'median':>9} {'worst':>9}")
    for name, (signature, texts, times) in cases.items():
        if signature in loaded.signatures:
            answer = loaded.signatures[signature]
            ask = functools.partial(answer, text=tf.constant(texts))
            print(f"{name:32}{milliseconds(ask, times)}")
    if "step" in loaded.signatures:
        step = loaded.signatures["step"]
        inputs = step.structured_input_signature[1]
        states = {
            name: tf.zeros([1, *spec.shape[1:]])
            for name, spec in inputs.items()
            if name != "token_ids"
        }
        ids = tf.constant([2])
        timing = milliseconds(lambda: step(token_ids=ids, **states), 200)
        print(f"{'step':32}{timing}")


if __name__ == "__main__":
    main()
