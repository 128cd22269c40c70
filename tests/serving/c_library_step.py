"""The step of a SavedModel through TensorFlow's C library, for `step_runtimes`.

Which tensors the signature's names stand for is told by a file beside the model, made
by `write_names`: the C library itself does not read signatures.
"""

import json
from ctypes import c_char_p, c_int64, c_size_t, c_void_p, memmove
from pathlib import Path

import numpy as np

NAMES = "step_tensors.json"
INT32, FLOAT = 3, 1  # of TF_DataType


def write_names(saved_model: Path, folder: Path) -> Path:
    """A folder that `open_step` opens: the SavedModel and the names of its step."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    saved.ParseFromString((saved_model / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["step"]
    shape = {
        name: [1, *(dim.size for dim in it.tensor_shape.dim[1:])]
        for name, it in signature.inputs.items()
    }
    names = {
        "saved_model": str(saved_model),
        "shapes": shape,
        "inputs": {name: it.name for name, it in signature.inputs.items()},
        "outputs": {name: it.name for name, it in signature.outputs.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAMES).write_text(json.dumps(names))
    return folder


def open_step(folder):
    """The shapes of the inputs, and a function from named arrays to named arrays."""
    import c_library as c

    delete = c.function("TF_DeleteTensor", None, c_void_p)
    num_bytes = c.function("TF_TensorByteSize", c_size_t, c_void_p)
    names = json.loads((Path(folder) / NAMES).read_text())
    status, graph = c.new_status(), c.new_graph()
    session = c.load(
        c.new_options(), None, names["saved_model"].encode(),
        (c_char_p * 1)(b"serve"), 1, graph, None, status,
    )  # fmt: skip
    c.check(status)
    inputs = [c.output(graph, it) for it in names["inputs"].values()]
    outputs = [c.output(graph, it) for it in names["outputs"].values()]

    def tensor(array):
        kind = INT32 if array.dtype == np.int32 else FLOAT
        shape = (c_int64 * array.ndim)(*array.shape)
        made = c.allocate(kind, shape, array.ndim, array.nbytes)
        memmove(c.data(made), np.ascontiguousarray(array).ctypes.data, array.nbytes)
        return made

    def array(made, shape):
        found = np.empty(num_bytes(made) // 4, np.float32)
        memmove(found.ctypes.data, c.data(made), found.nbytes)
        return found.reshape(shape)

    def run(feed):
        fed = [tensor(feed[name]) for name in names["inputs"]]
        values = (c_void_p * len(outputs))()
        c.run(
            session, None, (c.Output * len(inputs))(*inputs),
            (c_void_p * len(fed))(*fed), len(fed),
            (c.Output * len(outputs))(*outputs), values, len(outputs),
            None, 0, None, status,
        )  # fmt: skip
        c.check(status)
        found = {
            name: array(made, names["shapes"].get(name, [1, -1]))
            for name, made in zip(names["outputs"], values, strict=True)
        }
        for made in (*fed, *values):
            delete(made)
        return found

    return names["shapes"], run
