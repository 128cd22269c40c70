"""Asks a SavedModel through TensorFlow's C library; Python's tensorflow stays out.

    python c_library.py FOLDER INPUT WORDS PROBABILITIES TEXT...

The names are those of the signature's tensors ("serving_default_text:0"). Prints one
JSON object: words, probabilities, and the Python modules that should not be there.
"""

import ctypes
import importlib.util
import json
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path

FLOAT, STRING, STRING_SIZE = 1, 7, 24  # of TF_DataType and sizeof(TF_TString)

folder = Path(importlib.util.find_spec("tensorflow").origin).parent
framework = ctypes.CDLL(
    str(folder / "libtensorflow_framework.so.2"), ctypes.RTLD_GLOBAL
)
library = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"), ctypes.RTLD_GLOBAL)


class Output(ctypes.Structure):
    _fields_ = [("operation", c_void_p), ("index", c_int)]


def function(name, result, *arguments):
    found = getattr(library, name)
    found.restype, found.argtypes = result, arguments
    return found


new_status = function("TF_NewStatus", c_void_p)
get_code = function("TF_GetCode", c_int, c_void_p)
message = function("TF_Message", c_char_p, c_void_p)
new_graph = function("TF_NewGraph", c_void_p)
new_options = function("TF_NewSessionOptions", c_void_p)
load = function(
    "TF_LoadSessionFromSavedModel", c_void_p, c_void_p, c_void_p, c_char_p,
    POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p,
)  # fmt: skip
operation = function("TF_GraphOperationByName", c_void_p, c_void_p, c_char_p)
allocate = function(
    "TF_AllocateTensor", c_void_p, c_int, POINTER(c_int64), c_int, c_size_t
)
data = function("TF_TensorData", c_void_p, c_void_p)
dimension = function("TF_Dim", c_int64, c_void_p, c_int)
run = function(
    "TF_SessionRun", None, c_void_p, c_void_p, POINTER(Output), POINTER(c_void_p),
    c_int, POINTER(Output), POINTER(c_void_p), c_int, c_void_p, c_int, c_void_p,
    c_void_p,
)  # fmt: skip
string_init = function("TF_StringInit", None, c_void_p)
string_copy = function("TF_StringCopy", None, c_void_p, c_char_p, c_size_t)
string_data = function("TF_StringGetDataPointer", c_void_p, c_void_p)
string_size = function("TF_StringGetSize", c_size_t, c_void_p)


def check(status):
    if get_code(status):
        sys.exit(message(status).decode())


def output(graph, name):
    operation_name, index = name.split(":")
    return Output(operation(graph, operation_name.encode()), int(index))


def string_tensor(texts):
    shape = (c_int64 * 1)(len(texts))
    tensor = allocate(STRING, shape, 1, STRING_SIZE * len(texts))
    for place, text in enumerate(texts):
        string_init(data(tensor) + STRING_SIZE * place)
        string_copy(data(tensor) + STRING_SIZE * place, text, len(text))
    return tensor


def ask(export, names, texts):
    status, graph = new_status(), new_graph()
    tags = (c_char_p * 1)(b"serve")
    session = load(
        new_options(), None, export.encode(), tags, 1, graph, None, status
    )  # fmt: skip
    check(status)
    feed, *fetches = [output(graph, name) for name in names]
    values = (c_void_p * 2)()
    run(
        session, None, byref(feed), (c_void_p * 1)(string_tensor(texts)), 1,
        (Output * 2)(*fetches), values, 2, None, 0, None, status,
    )  # fmt: skip
    check(status)
    rows, columns = dimension(values[0], 0), dimension(values[0], 1)
    places = [data(values[0]) + STRING_SIZE * i for i in range(rows * columns)]
    words = [ctypes.string_at(string_data(p), string_size(p)).decode() for p in places]
    numbers = ctypes.cast(data(values[1]), POINTER(ctypes.c_float * (rows * columns)))
    return {"words": words, "probabilities": list(numbers.contents)}


if __name__ == "__main__":
    export, *names = sys.argv[1:5]
    answer = ask(export, names, [text.encode() for text in sys.argv[5:]])
    foreign = {"tensorflow", "keras", "app"} & set(sys.modules)
    print(json.dumps(answer | {"foreign": sorted(foreign)}))
