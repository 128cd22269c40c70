"""LiteRT and ONNX: each step is the network's, in a process without TensorFlow."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.errors import UserError
from app.language.network import Network
from app.serving.export_onnx import step_model
from app.serving.export_onnx import write as write_onnx
from app.serving.onnx_graph import OnnxGraph
from app.serving.quantising import quantise
from app.serving.step_states import state_shapes
from app.text.vocabulary import EOS
from tests.serving import step_runtimes
from tests.serving.c_library_step import write_names
from tests.serving.conftest import SHAPES, tiny_model
from tests.tiny import tiny_text, tiny_vocabulary

PROGRAM = Path(__file__).with_name("step_runtimes.py")
STATEFUL = [name for name, shape in SHAPES.items() if "context_length" not in shape]
IDS = tiny_text().ids[:120]


def reference(model):
    """float32 [tokens, vocabulary]: the log-probabilities before each of `IDS`."""
    network = Network(model.architecture, model.weights)
    states, rows = network.start(1), []
    for token_id in IDS:
        rows.append(network.log_probabilities(states)[0])
        states = network.advance(states, np.array([token_id]))
    return np.stack(rows)


def read_with(runtime, file, folder):
    """The same from a runtime in a process of its own, and what it says of itself."""
    np.save(folder / "ids.npy", IDS)
    arguments = [runtime, str(file), "ids.npy", "out.npy"]
    child = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    return np.load(folder / "out.npy"), json.loads(child.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def litert(tmp_path_factory):
    """(shape, precision) -> .tflite file, converted when it is first asked for."""
    from app.serving.export_litert import convert_step

    folder = tmp_path_factory.mktemp("litert")

    def get(shape, precision):
        file = folder / f"{shape}-{precision}.tflite"
        if not file.exists():
            file.write_bytes(convert_step(tiny_model(shape), precision))
        return file

    return get


def difference(found, expected):
    return np.abs(np.exp(found) - np.exp(expected)).max()


@pytest.mark.parametrize("shape", STATEFUL)
def test_litert_reads_as_the_network_does(litert, shape, tmp_path):
    rows, about = read_with("litert", litert(shape, "float32"), tmp_path)
    assert difference(rows, reference(tiny_model(shape))) < 1e-5
    assert about["foreign"] == []


@pytest.mark.parametrize("shape", STATEFUL)
def test_onnx_reads_as_the_network_does(shape, tmp_path):
    model = tiny_model(shape)
    file = tmp_path / "step.onnx"
    file.write_bytes(step_model(model, "float32").SerializeToString())
    rows, about = read_with("onnx", file, tmp_path)
    assert difference(rows, reference(model)) < 1e-5
    assert about["foreign"] == []


@pytest.mark.parametrize(("precision", "most"), [("float16", 1e-3), ("int8", 0.02)])
def test_smaller_litert_models_read_nearly_the_same(precision, most, tmp_path):
    """The converter leaves matrices of a tiny network as they are; these it rounds."""
    from app.serving.export_litert import convert_step

    model = large_model()
    file = tmp_path / "step.tflite"
    file.write_bytes(convert_step(model, precision))
    assert file.stat().st_size < {"float16": 0.51, "int8": 0.3}[precision] * 1_150_000
    rows, _ = read_with("litert", file, tmp_path)
    assert 1e-7 < difference(rows, reference(model)) < most


@pytest.mark.parametrize("shape", STATEFUL)
def test_a_small_onnx_model_is_that_of_the_rounded_weights(shape, tmp_path):
    model = tiny_model(shape)
    file = tmp_path / "step.onnx"
    file.write_bytes(step_model(model, "int8").SerializeToString())
    rows, _ = read_with("onnx", file, tmp_path)
    assert difference(rows, reference(rounded(model))) < 1e-5


@pytest.mark.slow
def test_the_saved_model_s_step_reads_as_the_network_does(exported, tmp_path):
    """Through TensorFlow, and through its C library without Python's tensorflow."""
    export = exported("attention")
    expected = reference(export.model)
    rows, _ = step_runtimes.read_steps(step_runtimes.savedmodel(str(export.path)), IDS)
    assert difference(rows, expected) < 1e-5
    names = write_names(export.path, tmp_path / "names")
    rows, about = read_with("c-library", names, tmp_path)
    assert difference(rows, expected) < 1e-5
    assert about["foreign"] == []


def rounded(model):
    """The model with the weights that the small one holds."""
    weights = {}
    for name, array in model.weights.items():
        weights[name] = array
        if name == "embedding" or name.endswith("kernel"):
            table, steps = quantise(array, axis=1 if name == "embedding" else 0)
            weights[name] = table * steps
    return model.__class__(**{**vars(model), "weights": weights})


def test_texts_are_read_side_by_side_in_onnx():
    import onnxruntime

    model = tiny_model("attention")
    session = onnxruntime.InferenceSession(
        step_model(model, "float32").SerializeToString()
    )
    network = Network(model.architecture, model.weights)
    states = {
        name: np.zeros((3, *shape), np.float32)
        for name, shape in state_shapes(model.architecture).items()
    }
    names = [it.name for it in session.get_outputs()]
    for ids in (np.array([2, 2, 2]), np.array([7, 9, 30])):
        found = session.run(None, {"token_ids": ids.astype(np.int32), **states})
        outputs = dict(zip(names, found, strict=True))
        states = {name: outputs[f"next_{name}"] for name in states}
    expected = network.log_probabilities(
        network.advance(network.start(3), np.array([7, 9, 30]))
    )
    np.testing.assert_allclose(outputs["log_probabilities"], expected, atol=1e-5)


def test_litert_has_builtin_operations_alone_and_the_contract_s_names(litert):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(litert("lstm", "float32")))
    assert interpreter.get_signature_list() == {
        "step": {
            "inputs": ["cell", "hidden", "token_ids"],
            "outputs": ["cell", "hidden", "log_probabilities"],
        }
    }
    interpreter.allocate_tensors()  # fails where an operation of TensorFlow is needed


def test_smaller_files_are_smaller():
    """At real sizes; with 60 words everything around the weights counts for more."""
    model = large_model()
    sizes = {
        it: len(step_model(model, it).SerializeToString()) for it in ("float32", "int8")
    }
    assert sizes["int8"] < 0.3 * sizes["float32"]


def large_model():
    from dataclasses import replace

    from tests.tiny import tiny_weights

    """Its float32 weights take 1.15 MB."""
    model = tiny_model("gru")
    shape = replace(
        model.architecture, units=64, dense_units=64, embedding_dim=64,
        vocabulary_size=2000,
    )  # fmt: skip
    # Layers so wide need smaller weights for outputs like those of a trained one.
    weights = {name: np.float32(0.2) * it for name, it in tiny_weights(shape).items()}
    return replace(model, architecture=shape, weights=weights)


def test_rounded_matrices_are_within_half_a_step():
    matrix = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    matrix[3] = 0.0
    matrix[7] *= 1000.0  # spoils no other line
    for axis in (0, 1):
        table, steps = quantise(matrix, axis=axis)
        assert table.dtype == np.int8
        assert (np.abs(table * steps - matrix) <= 0.5001 * steps).all()
        assert np.abs(table).max() == 127
    assert np.isfinite(steps).all()


def test_a_missing_package_is_named_with_its_installation(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match="pip install onnx"):
        write_onnx(tiny_model("gru"), tmp_path)
    with pytest.raises(ModuleNotFoundError):
        OnnxGraph()
    assert list(tmp_path.iterdir()) == []


def test_the_onnx_export_needs_no_tensorflow(tmp_path):
    source = (
        "import sys\n"
        "sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from tests.serving.conftest import tiny_model\n"
        "from app.serving.export import export_model\n"
        "from pathlib import Path\n"
        f"print(*export_model(tiny_model('gru'), Path({str(tmp_path)!r}), 'onnx'))\n"
    )
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-c", source], cwd=root, capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.split() == [str(tmp_path / "onnx" / "1")]
    assert child.stderr == ""


def test_the_example_of_the_readme_runs(tmp_path):
    write_onnx(tiny_model("attention"), tmp_path)
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "## vocabulary.txt" in readme and "## tokenizer.json" in readme
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    child = subprocess.run(
        [sys.executable, "-I", "-c", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    word, probability = child.stdout.split()
    network = Network(
        tiny_model("attention").architecture, tiny_model("attention").weights
    )
    rows = network.log_probabilities(network.advance(network.start(1), np.array([EOS])))
    assert word == tiny_vocabulary().written[rows[0].argmax()]
    assert float(probability) == pytest.approx(np.exp(rows[0].max()), abs=1e-5)
