"""What lies beside the graph in an export: warm-up, batching, README, licences."""

import re
import shlex
import subprocess
import sys

import pytest
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from app.serving.licences import licences_text
from app.serving.wire_format import each, text
from tests.serving.conftest import WITH_BLANKS, tiny_model
from tests.serving.conversation import without_server
from tests.serving.test_processes import QUIET


def warm_up_requests(folder):
    """Signature and inputs of every PredictionLog."""
    path = str(folder / "assets.extra" / "tf_serving_warmup_requests")
    for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
        [request] = each(memoryview(record), 6, 1)  # predict_log, request
        inputs = {}
        for entry in each(request, 2):
            [encoded] = each(entry, 2)
            tensor = TensorProto.FromString(bytes(encoded))
            inputs[text(entry, 1)] = tf.constant(tf.make_ndarray(tensor))
        yield text(request, 1, 3), inputs


def signatures_in(folder):
    """Name -> SignatureDef, read from the file without loading the graph."""
    saved = SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    found = saved.meta_graphs[0].signature_def
    return {name: found[name] for name in found if not name.startswith("__")}


@pytest.mark.parametrize("shape", ["gru", "classic", "attention"])
def test_every_signature_is_warmed_up_with_what_it_takes(exported, shape):
    folder = exported(shape).path
    signatures, asked = signatures_in(folder), set()
    for signature, inputs in warm_up_requests(folder):
        asked.add(signature)
        specs = signatures[signature].inputs
        assert set(inputs) == set(specs)
        for name, value in inputs.items():
            assert value.dtype == specs[name].dtype
            assert value.shape.is_compatible_with(specs[name].tensor_shape)
    assert asked == set(signatures)


def test_what_warms_up_is_answered(exported):
    export = exported("gru")
    for signature, inputs in warm_up_requests(export.path):
        for output in export.signatures[signature](**inputs).values():
            assert len(output) == len(next(iter(inputs.values())))


def test_batching_parameters_are_fields_of_their_message(exported):
    lines = (exported("gru").path / "batching_params.pbtxt").read_text().splitlines()
    settings = [line for line in lines if not line.startswith("#")]
    assert settings
    assert all(re.fullmatch(r"\w+ \{ value: \d+ \}", line) for line in settings)


def readme(export):
    return (export.path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("shape", ["gru", "classic", "classic_attention"])
def test_the_readme_names_the_signatures_that_there_are(exported, shape):
    export = exported(shape)
    table = re.findall(r"^\| `(\w+)` \|", readme(export), re.M)
    assert set(table) == set(signatures_in(export.path))
    assert ("fill" in table) == (shape in WITH_BLANKS)
    assert not re.search(r"<!--|\{[A-Z]", readme(export))


def programs(export):
    return re.findall(r"```python\n(.*?)```", readme(export), re.S)


def test_a_network_without_steps_has_the_same_python_but_for_the_step(exported):
    texts, step = programs(exported("gru"))
    assert programs(exported("classic")) == [texts]
    assert "step" in step


@pytest.mark.slow
def test_the_python_of_the_readme_runs_where_it_lies(exported):
    export = exported("gru")
    # "app" is an ImportError, and so is everything else that is not installed.
    program = "import sys\nsys.modules['app'] = None\n" + "\n".join(programs(export))
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=export.path,
        env=QUIET,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^ +\d+\.\d%  \S", done.stdout, re.M)) == 6
    assert "['the', " in done.stdout


def test_every_curl_of_the_readme_is_answered(exported):
    export = exported("gru")
    ask = without_server(export, "tiny")
    lines = re.findall(r"^curl .*$", readme(export), re.M)
    assert len(lines) == 5
    for line in lines:
        _, *options, url = shlex.split(line)
        rest = url.removeprefix("http://localhost:8501/v1/models/tiny")
        assert rest in ("", "/metadata", ":predict")
        body = options[1].encode() if options else None
        status, found = ask(rest, body)
        assert status == 200, found


def test_the_docker_line_mounts_the_versions_under_the_name(exported):
    [line] = re.findall(r"^docker .*$", readme(exported("gru")), re.M)
    words = shlex.split(line)
    assert words[-1] == "tensorflow/serving"
    assert "$PWD:/models/tiny" in words
    assert "MODEL_NAME=tiny" in words


# -- licences ------------------------------------------------------------------------


def licences(**settings):
    model = tiny_model("rnn")
    model.config["settings"] = settings
    return " ".join(licences_text(model).split())


def test_the_default_sources_are_named_with_their_licences():
    text = licences(corpus=[], embeddings="glove-6b-50d")
    assert "Wikipedia" in text
    assert "Attribution-ShareAlike" in text
    assert "PDDL" in text


def test_own_text_is_a_matter_of_its_owner_and_its_paths_stay_private():
    text = licences(corpus=["/home/ann/diary.txt"], embeddings="/home/ann/vectors.bin")
    assert "Wikipedia" not in text
    assert "No licence of it is known" in text
    assert "/home" not in text
    assert "diary" not in text
    assert "vectors.bin" in text


def test_every_export_warns_that_its_vocabulary_can_be_read():
    for embeddings in ("random", "corpus", "gensim:fasttext-wiki", None):
        text = licences(corpus=["-"], embeddings=embeddings)
        assert "can be read in these files" in text
        assert "66 words" in text
    assert "fasttext-wiki" in licences(corpus=["-"], embeddings="gensim:fasttext-wiki")


def test_a_model_begun_with_another_names_it():
    text = licences(corpus=["-"], embeddings="random", from_model="models/first")
    assert "weights of another model" in text
