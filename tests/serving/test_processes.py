"""The exported model in processes of its own, without this package."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.serving.test_export import expected

TEXTS = [
    "The cat can't",
    "the clouds are in the ___ and the rain",
    "",
    "I CAN'T RUN: IT IS RAIN IN İ, I",  # a Turkish I has no dot, and İ has one
]
QUIET = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

PLAIN_TENSORFLOW = """
import json, sys
sys.modules["keras"] = sys.modules["app"] = None  # importing them is an ImportError
import tensorflow as tf
folder, *texts = sys.argv[1:]
loaded = tf.saved_model.load(folder)
answer = loaded.signatures["serving_default"](text=tf.constant(texts))
zeros = tf.zeros([2, 1, 6])
step = loaded.signatures["step"](
    token_ids=tf.constant([2, 2]), hidden=zeros, cell=zeros
)
print(json.dumps({
    "lower": tf.strings.lower("I", "utf-8").numpy().decode(),
    "words": [word.decode() for word in answer["words"].numpy().ravel()],
    "probabilities": answer["probabilities"].numpy().ravel().tolist(),
    "step": sorted(step),
}))
"""


def run(*command, cwd, **environment):
    child = subprocess.run(
        command,
        cwd=cwd,
        env=QUIET | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


def check(export, answer):
    """Words and probabilities, a flat list each, are those that Python gives."""
    pairs = [expected(export.model, text) for text in TEXTS]
    assert answer["words"] == [word for words, _ in pairs for word in words]
    numbers = np.concatenate([numbers for _, numbers in pairs])
    np.testing.assert_allclose(answer["probabilities"], numbers, atol=1e-5)


@pytest.mark.slow
def test_plain_tensorflow_answers_without_keras_and_this_package(exported, tmp_path):
    """On a Turkish machine, too: TensorFlow's lower-casing makes ı of I there."""
    export = exported("lstm")
    command = [sys.executable, "-I", "-c", PLAIN_TENSORFLOW, str(export.path)]
    answer = json.loads(run(*command, *TEXTS, cwd=tmp_path, LC_ALL="tr_TR.UTF-8"))
    assert answer["lower"] == "ı"
    check(export, answer)
    assert answer["step"] == ["cell", "hidden", "log_probabilities"]


# What the program saved_model_cli does, once for each list of arguments.
SAVED_MODEL_CLI = """
import json, sys
from tensorflow.python.tools.saved_model_cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["saved_model_cli", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


@pytest.mark.slow
def test_saved_model_cli_answers(exported, tmp_path):
    export = exported("lstm")
    texts = repr([text.encode() for text in TEXTS])
    where = ["--dir", str(export.path)]
    what = ["--signature_def", "serving_default", "--input_exprs", f"text={texts}"]
    asked = ["show", *where, "--all"], ["run", *where, "--tag_set", "serve", *what]
    command = [sys.executable, "-c", SAVED_MODEL_CLI, json.dumps(asked)]
    printed = run(*command, cwd=tmp_path)
    assert "signature_def['serving_default']" in printed
    assert "signature_def['step']" in printed
    # Result for output key words:\n[[b'the' ...\n ...]]
    words, numbers = (
        re.search(rf"key {name}:\n(\[\[.*?\]\])", printed, re.DOTALL)[1]
        for name in ("words", "probabilities")
    )
    literals = re.findall(r"""b(?:'[^']*'|"[^"]*")""", words)
    answer = {
        "words": [ast.literal_eval(literal).decode() for literal in literals],
        "probabilities": [
            float(number) for number in re.findall(r"[^\[\]\s]+", numbers)
        ],
    }
    check(export, answer)


@pytest.mark.slow
def test_the_c_library_answers_without_pythons_tensorflow(exported, tmp_path):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    export = exported("lstm")
    saved = SavedModel()
    saved.ParseFromString((export.path / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["serving_default"]
    names = [
        signature.inputs["text"].name,
        signature.outputs["words"].name,
        signature.outputs["probabilities"].name,
    ]
    program = Path(__file__).with_name("c_library.py")
    command = [sys.executable, "-I", program, export.path, *names, *TEXTS]
    answer = json.loads(run(*command, cwd=tmp_path))
    check(export, answer)
    assert answer["foreign"] == []
