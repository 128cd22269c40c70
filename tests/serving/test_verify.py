"""A SavedModel is looked through before anybody loads it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from app.__main__ import main
from app.errors import UserError
from app.files.whole_folder import MANIFEST, seal
from app.model_folder import ModelFolder
from app.serving import verify as verify_module
from app.serving.export import export_model
from app.serving.saved_graph import take_inventory
from app.serving.verify import INVENTORY, LARGEST, allowed, verify
from app.settings import Architecture
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import RESERVED, Vocabulary
from tests.conftest import ROOT
from tests.serving.conftest import SHAPES
from tests.tiny import tiny_architecture, tiny_weights


@pytest.fixture
def copy(exported, tmp_path):
    """A SavedModel that may be spoilt."""
    return Path(shutil.copytree(exported("lstm").path, tmp_path / "1"))


def reseal(folder):
    """Writes the manifest anew, as whoever changed a file could."""
    (folder / MANIFEST).unlink(missing_ok=True)
    names = [it.relative_to(folder) for it in folder.rglob("*") if it.is_file()]
    seal(folder, [name.as_posix() for name in names])


@pytest.mark.parametrize("shape", SHAPES)
def test_every_export_is_in_order(exported, shape, capsys):
    assert main(["verify", str(exported(shape).path)]) == 0
    out = capsys.readouterr().out
    assert "all of which Nextword writes" in out
    assert "no sandbox" in out


def given_tokens_with_relu() -> ModelFolder:
    """The parts that no other shape has: forms that differ in case, no contractions."""
    tokens = (*RESERVED, "The", "cat", "the", "Cat", "<unk>")
    vocabulary = Vocabulary(tokens, np.ones(10, np.int64), tokens, pretokenized=True)
    fields = vars(tiny_architecture()) | {
        "vocabulary_size": vocabulary.size,
        "dense_activation": "relu",
    }
    architecture = Architecture(**fields)
    weights = tiny_weights(architecture)
    where, tokenizer = Path("given"), Tokenizer(pretokenized=True)
    return ModelFolder(where, {}, vocabulary, weights, tokenizer, architecture)


def test_the_inventory_is_that_of_exports_of_every_kind(exported, tmp_path):
    """Where an export has changed on purpose: write what is expected here."""
    paths = [exported(shape).path for shape in SHAPES]
    paths += export_model(given_tokens_with_relu(), tmp_path)
    kinds: dict[str, set] = {}
    for path in paths:
        found = take_inventory((path / "saved_model.pb").read_bytes())
        for kind, names in vars(found).items():
            kinds.setdefault(kind, set()).update(names)
    written = json.loads(INVENTORY.read_text(encoding="utf-8"))
    assert {kind: sorted(names) for kind, names in kinds.items()} == written


def test_nothing_in_the_inventory_reaches_out(exported):
    dangerous = ("file", "pyfunc", "print", "random", "assert", "summary", "send")
    for name in allowed().operations:
        assert not any(word in name.lower() for word in dangerous), name
    assert not {"SaveV2", "RestoreV2", "AssignVariableOp"} & allowed().operations


# -- graphs that do something else ---------------------------------------------------


def save_with(folder, function):
    """Puts a SavedModel in the place of another; its manifest vouches for it."""

    class Malicious(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def suggest(self, text):
            return {"words": function(text)}

    model = Malicious()
    shutil.rmtree(folder)
    tf.saved_model.save(model, str(folder), {"serving_default": model.suggest})
    reseal(folder)


def in_a_branch(text):
    """Deep inside a branch of a loop over rows."""

    def of_row(row):
        return tf.cond(row == "", lambda: row, lambda: tf.io.read_file(row))

    return tf.map_fn(of_row, text)


def write_file(text):
    with tf.control_dependencies([tf.io.write_file("stolen.txt", text[0])]):
        return tf.identity(text)


def call_python(text):
    return tf.numpy_function(lambda it: it, [text], tf.string)


def save_a_tensor(text):
    saved = tf.raw_ops.SaveV2(
        prefix="/tmp/stolen", tensor_names=["a"], shape_and_slices=[""], tensors=[text]
    )
    with tf.control_dependencies([saved]):
        return tf.identity(text)


def drawn():
    return tf.random.uniform([2], seed=1)  # without one, determinism refuses it


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        (lambda text: tf.map_fn(tf.io.read_file, text), "ReadFile"),
        (in_a_branch, "ReadFile"),
        (write_file, "WriteFile"),
        (call_python, "PyFunc"),
        (save_a_tensor, "SaveV2"),
        (lambda text: tf.strings.as_string(drawn()), "RandomUniform"),
    ],
    ids=["reads", "reads in a branch", "writes", "python", "saves", "draws"],
)
def test_a_graph_that_does_something_else_is_refused(copy, function, operation, capsys):
    save_with(copy, function)
    assert main(["verify", str(copy)]) == 2
    error = capsys.readouterr().err
    assert operation in error or "more" in error
    assert "Do not load this SavedModel" in error
    assert not Path("stolen.txt").exists()


def change_graph(folder, change):
    """Changes the parsed saved_model.pb in the midst of everything that is right."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    path = folder / "saved_model.pb"
    saved.ParseFromString(path.read_bytes())
    change(saved.meta_graphs[0])
    path.write_bytes(saved.SerializeToString())
    reseal(folder)


def function_of(graph, part):
    return next(
        it for it in graph.graph_def.library.function if part in it.signature.name
    )


def name_a_file(graph):
    """The function that saves variables would write to a place of its own."""
    for node in function_of(graph, "traced_save").node_def:
        if node.attr["value"].tensor.string_val == [b"_temp/part"]:
            node.attr["value"].tensor.string_val[0] = b"/etc/cron.d/part"


def join_with_a_file(graph):
    for node in function_of(graph, "traced_save").node_def:
        if node.op == "StringJoin":
            node.attr["separator"].s = b"/../../etc/"


def save_from_a_signature(graph):
    name = function_of(graph, "traced_save").signature.name
    function = function_of(graph, "signature_wrapper_suggest")
    function.node_def[0].attr["f"].func.name = name


def call_the_saver_as_an_operation(graph):
    name = function_of(graph, "traced_save").signature.name
    function_of(graph, "signature_wrapper_suggest").node_def[0].op = name


def read_in_main_graph(graph):
    graph.graph_def.node.add(name="read", op="ReadFile")


def ask_for_an_asset(graph):
    graph.asset_file_def.add(filename="../../../etc/passwd")


def bring_an_object(graph):
    graph.object_graph_def.nodes.add().user_object.identifier = "_tf_keras_layer"


def bring_an_asset_object(graph):
    graph.object_graph_def.nodes.add().asset.asset_file_def_index = 0


def bring_a_gradient(graph):
    graph.graph_def.library.gradient.add(function_name="f", gradient_func="g")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (name_a_file, "the text '/etc/cron.d/part'"),
        (join_with_a_file, "the text '/../../etc/'"),
        (save_from_a_signature, "saves variables from elsewhere"),
        (call_the_saver_as_an_operation, "saves variables from elsewhere"),
        (read_in_main_graph, "'ReadFile'"),
        (ask_for_an_asset, "asks for files"),
        (bring_an_object, "'_tf_keras_layer'"),
        (bring_an_asset_object, "the object 'asset'"),
        (bring_a_gradient, "gradients"),
    ],
)
def test_a_graph_that_was_changed_is_refused(copy, change, told):
    change_graph(copy, change)
    with pytest.raises(UserError, match=told):
        verify(copy)


@pytest.mark.parametrize("end", [0, 1, 1000, -1])
def test_a_graph_that_is_cut_short_is_refused(copy, end):
    path = copy / "saved_model.pb"
    path.write_bytes(path.read_bytes()[:end])
    reseal(copy)
    with pytest.raises(UserError, match="saved_model.pb is damaged"):
        verify(copy)


def test_bytes_that_are_no_protocol_buffer_are_refused(copy):
    generator = np.random.default_rng(0)
    for size in (1, 10, 1000):
        (copy / "saved_model.pb").write_bytes(generator.bytes(size))
        reseal(copy)
        with pytest.raises(UserError):
            verify(copy)


# -- files ---------------------------------------------------------------------------


def test_a_changed_file_is_found(copy):
    path = copy / "variables" / "variables.data-00000-of-00001"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(UserError, match="variables.data-00000-of-00001 is damaged"):
        verify(copy)


@pytest.mark.parametrize("name", sorted(set(LARGEST) - {"saved_model.pb"}))
def test_a_missing_file_is_found(copy, name):
    (copy / name).unlink()
    with pytest.raises(UserError, match="missing"):
        verify(copy)


@pytest.mark.parametrize(
    "name",
    [
        "saved_model.pbtxt",
        "saved_model.cpb",
        "assets/words.txt",
        "assets.extra/more",
        "debug/debug_info.pb",
        "variables/variables.data-00001-of-00002",
        ".hidden",
    ],
)
def test_a_file_that_no_export_has_is_refused_even_if_the_manifest_knows_it(copy, name):
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text("x")
    reseal(copy)
    with pytest.raises(UserError, match="no SavedModel of Nextword has this"):
        verify(copy)


def test_links_are_refused(copy, tmp_path):
    target = copy / "fingerprint.pb"
    target.rename(tmp_path / "elsewhere")
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="fingerprint.pb is refused: it is a link"):
        verify(copy)
    target.unlink()
    shutil.move(copy / "variables", tmp_path / "variables")
    (copy / "variables").symlink_to(tmp_path / "variables")
    with pytest.raises(UserError, match="link"):
        verify(copy)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(copy):
    (copy / "README.md").unlink()
    os.mkfifo(copy / "README.md")
    with pytest.raises(UserError, match="README.md is refused"):
        verify(copy)


def test_a_manifest_that_points_elsewhere_is_refused(copy):
    for name in ("../secret", "/etc/passwd"):
        (copy / MANIFEST).write_text(json.dumps({"files": {name: {"size": 1}}}))
        with pytest.raises(UserError, match="nonsense"):
            verify(copy)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(copy, monkeypatch):
    monkeypatch.setitem(verify_module.LARGEST, "saved_model.pb", 1000)
    with pytest.raises(UserError, match="saved_model.pb is refused: its .* too many"):
        verify(copy)


def test_a_folder_without_a_saved_model_is_one_sentence(tmp_path, capsys):
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert main(["verify", str(folder)]) == 2
        assert "Give " in capsys.readouterr().err


def test_it_is_quick_and_imports_nothing_heavy(exported):
    command = [sys.executable, "-X", "importtime", "-m", "app", "verify"]
    done = subprocess.run(
        [*command, str(exported("lstm").path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert not {"tensorflow", "keras", "google.protobuf"} & imported
