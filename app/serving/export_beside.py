"""What lies beside the graph in the folder of a SavedModel, for its server and people.

    assets.extra/tf_serving_warmup_requests   a request for every signature, replayed by
                                              TensorFlow Serving before it serves
    batching_params.pbtxt                     how it puts requests together, if told to
    README.md                                 how to ask, from the shell and from Python

The specs of the signatures enter. Requests are encoded here, because their definitions
come with TensorFlow Serving alone: PredictionLog, PredictLog and PredictRequest are
messages within messages, whose field numbers stand below.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import tensorflow as tf

from app.model_folder import ModelFolder
from app.serving.wire_format import field
from app.text.vocabulary import BOS

# Texts that lead through all of the graph: the next word, a blank, a half-typed word.
_WARM_UP = {
    "serving_default": ("It is", "It ___ a"),
    "typing": ("It is a",),
    "score": ("It is",),
    "fill": ("It ___ a",),
}

_BATCHING = """\
# Read where TensorFlow Serving runs with --enable_batching=true and
# --enable_per_model_batching_parameters=true.
max_batch_size { value: 32 }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 1000 }
"""

_TEMPLATE = Path(__file__).with_name("saved_model_readme.md")


def write_beside(
    model: ModelFolder, folder: Path, step: Sequence[tf.TensorSpec], has_fill: bool
) -> None:
    """Writes these files into the folder of a SavedModel.

    Args:
        model: what was exported.
        folder: holds the SavedModel already.
        step: inputs of the signature `step`; none if it has none.
        has_fill: whether it has the signature `fill`.
    """
    warm_up = folder / "assets.extra" / "tf_serving_warmup_requests"
    warm_up.parent.mkdir()
    with tf.io.TFRecordWriter(str(warm_up)) as writer:
        for name, texts in _WARM_UP.items():
            if name != "fill" or has_fill:
                writer.write(_request(name, {"text": tf.constant(texts)}))
        if step:
            writer.write(_request("step", _first_step(step)))
    (folder / "batching_params.pbtxt").write_text(_BATCHING, encoding="utf-8")
    readme = _readme(model, step, has_fill)
    (folder / "README.md").write_text(readme, encoding="utf-8")


def _first_step(specs: Sequence[tf.TensorSpec]) -> dict[str, tf.Tensor]:
    """One row that reads BOS from zero states."""
    shapes = {spec.name: (1, *spec.shape[1:]) for spec in specs}
    inputs = {it.name: tf.zeros(shapes[it.name], it.dtype) for it in specs}
    return inputs | {"token_ids": tf.constant([BOS])}


def _request(signature: str, inputs: Mapping[str, tf.Tensor]) -> bytes:
    """An encoded PredictionLog that asks one signature."""
    model_spec = field(1, field(3, signature.encode()))  # its signature_name
    tensors = b"".join(
        field(2, field(1, name.encode()) + field(2, _tensor_proto(value)))
        for name, value in inputs.items()
    )
    predict_log = field(1, model_spec + tensors)  # its request
    return field(6, predict_log)


def _tensor_proto(value: tf.Tensor) -> bytes:
    return tf.make_tensor_proto(value.numpy()).SerializeToString()


def _readme(model: ModelFolder, step: Sequence[tf.TensorSpec], has_fill: bool) -> str:
    """The README, without the parts about signatures that this model has not."""
    name = str(model.config.get("name", model.path.name))
    readme = _TEMPLATE.read_text(encoding="utf-8")
    for part, is_there in (("fill", has_fill), ("step", bool(step))):
        begin, end = f"<!-- {part} -->\n", f"<!-- /{part} -->\n"
        while begin in readme:
            before, _, rest = readme.partition(begin)
            inside, _, after = rest.partition(end)
            readme = before + (inside if is_there else "") + after
    states = step[1:]
    names = {
        "NAME": name,
        "MOUNT": shlex.quote(f"/models/{name}"),
        "VARIABLE": shlex.quote(f"MODEL_NAME={name}"),
        "URL": f"http://localhost:8501/v1/models/{quote(name)}",
        "STATES": ", ".join(map(_describe, states)),
        "VOCABULARY_SIZE": f"{model.architecture.vocabulary_size}",
    }
    for key, value in names.items():
        readme = readme.replace(f"{{{key}}}", value)
    return readme


def _describe(spec: tf.TensorSpec) -> str:
    sizes = ", ".join(map(str, spec.shape[1:]))
    return f"`{spec.name}` float32 [batch, {sizes}]"
