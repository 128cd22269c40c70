"""Asking a model as TensorFlow Serving is asked, over HTTP or without a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import numpy as np

from app.serving import predict_dialect as dialect

DTYPES = {"string": "DT_STRING", "int32": "DT_INT32", "float32": "DT_FLOAT"}


def over_http(url):
    """ask(rest of the address, body or None) -> status and JSON of a real server."""

    def ask(rest, body=None):
        request = urllib.request.Request(url + rest, data=body)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    return ask


def specs_of(export):
    """The signatures of a SavedModel, as the dialect describes them."""

    def describe(tensors):
        return {
            name: dialect.Tensor(
                DTYPES[it.dtype.name], tuple(size or -1 for size in it.shape.as_list())
            )
            for name, it in tensors.items()
        }

    return {
        name: dialect.Signature(
            describe(function.structured_input_signature[1]),
            describe(function.structured_outputs),
        )
        for name, function in export.signatures.items()
        if not name.startswith("__")
    }


def without_server(export, name):
    """The same, answered by the dialect and a SavedModel in this process."""
    import tensorflow as tf

    signatures = specs_of(export)

    def ask(rest, body=None):
        if body is None and rest == "/metadata":
            return 200, dialect.metadata(name, 1, signatures)
        if body is None and not rest:
            return 200, dialect.status({1: "AVAILABLE"})
        if body is None or rest != ":predict":
            return 404, dialect.error(f"There is nothing at {name}{rest}.")
        try:
            request = dialect.read_request(body, signatures)
        except dialect.RequestError as error:
            return 400, dialect.error(str(error))
        types = {k: it.dtype for k, it in signatures[request.signature].inputs.items()}
        inputs = {
            key: tf.constant(
                value.tolist() if value.dtype == object else value,
                tf.string if types[key] == "DT_STRING" else None,
            )
            for key, value in request.inputs.items()
        }
        outputs = export.signatures[request.signature](**inputs)
        arrays = {key: np.asarray(it.numpy()) for key, it in outputs.items()}
        # Whatever leaves must survive being written and read.
        return 200, json.loads(json.dumps(dialect.answer(request, arrays)))

    return ask
