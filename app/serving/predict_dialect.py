"""How TensorFlow Serving is asked over HTTP: JSON in, arrays; arrays, JSON out.

The specs of a model's signatures and the body of a request enter; arrays for the
signature leave, and its answer leaves as JSON in the same layout:

    {"instances": ["a", "b"]}                  a row each    {"predictions": [...]}
    {"inputs": {"text": ["a", "b"]}}           a column each {"outputs": ...}

This module knows no network and no model. It also reads what the metadata of a model
say, and says them. Source: TensorFlow Serving's documentation, "RESTful API".
"""

from __future__ import annotations

import base64
import json
import reprlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

DEFAULT = "serving_default"

_TYPES = {"DT_STRING": object, "DT_INT32": np.int32, "DT_FLOAT": np.float32}
_LARGEST_FLOAT = float(np.finfo(np.float32).max)


class Tensor(NamedTuple):
    """What goes into a signature or comes out.

    Attributes:
        dtype: as TensorFlow writes it in metadata, DT_STRING, DT_INT32 or DT_FLOAT.
        shape: -1 where any size is allowed.
    """

    dtype: str
    shape: tuple[int, ...]


class Signature(NamedTuple):
    """What can be asked, by the names of the tensors."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]


class Request(NamedTuple):
    """What a client asks.

    Attributes:
        signature: its name.
        inputs: arrays by name; texts are bytes in arrays of objects.
        by_row: whether the answer is wanted row by row.
    """

    signature: str
    inputs: dict[str, np.ndarray]
    by_row: bool


class _Special(float):
    """NaN or an infinity that was written so: no number too large, such as 1e999."""


class RequestError(ValueError):
    """A request that cannot be answered; the server says so with status 400."""


def read_request(body: bytes, signatures: Mapping[str, Signature]) -> Request:
    """The request in the body of `POST .../NAME:predict`.

    Raises:
        RequestError: what is wrong with it.
    """
    try:
        # A malformed byte of a text becomes U+FFFD, as the graph would have it.
        wanted = json.loads(body.decode("utf-8", "replace"), parse_constant=_Special)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"JSON Parse error: {error}") from error
    if not isinstance(wanted, dict):
        raise RequestError("The request is no JSON object.")
    name = wanted.get("signature_name", "")
    if not isinstance(name, str):
        raise RequestError("'signature_name' must be a string.")
    name = name or DEFAULT
    if name not in signatures:
        known = ", ".join(sorted(signatures))
        raise RequestError(
            f"Serving signature name: {name!r} not found. Known: {known}"
        )
    by_row = "instances" in wanted
    if by_row == ("inputs" in wanted):
        raise RequestError("Give either 'instances' or 'inputs', and not both.")
    specs = signatures[name].inputs
    columns = _of_rows(wanted["instances"], specs) if by_row else wanted["inputs"]
    if not _is_named(columns):
        columns = {_only(specs, "inputs"): columns}
    if set(columns) != set(specs):
        raise RequestError(f"Give exactly the inputs {', '.join(sorted(specs))}.")
    arrays = {name: _array(name, columns[name], specs[name]) for name in specs}
    return Request(name, arrays, by_row)


def answer(request: Request, outputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The JSON object that answers a request.

    Args:
        request: says in which layout.
        outputs: arrays by name, batch first; texts are bytes.
    """
    columns = {name: _plain(name, outputs[name]) for name in sorted(outputs)}
    if len(columns) == 1:  # its name is left out
        [only] = columns.values()
        return {"predictions" if request.by_row else "outputs": only}
    if not request.by_row:
        return {"outputs": columns}
    rows = zip(*columns.values(), strict=True)
    return {"predictions": [dict(zip(columns, row, strict=True)) for row in rows]}


def error(message: str) -> dict[str, Any]:
    """The JSON object that tells of a mistake."""
    return {"error": message}


def status(versions: Mapping[int, str]) -> dict[str, Any]:
    """The answer to `GET .../NAME`: the state of each version, such as AVAILABLE."""
    return {
        "model_version_status": [
            {
                "version": str(version),
                "state": versions[version],
                "status": {"error_code": "OK", "error_message": ""},
            }
            for version in sorted(versions, reverse=True)
        ]
    }


def metadata(
    name: str, version: int, signatures: Mapping[str, Signature]
) -> dict[str, Any]:
    """The answer to `GET .../NAME/metadata`: every signature with names and types."""
    described = {
        key: {
            "inputs": {it: _describe(it, spec) for it, spec in inputs.items()},
            "outputs": {it: _describe(it, spec) for it, spec in outputs.items()},
            "method_name": "tensorflow/serving/predict",
            "defaults": {},
        }
        for key, (inputs, outputs) in signatures.items()
    }
    return {
        "model_spec": {"name": name, "signature_name": "", "version": str(version)},
        "metadata": {"signature_def": {"signature_def": described}},
    }


def read_metadata(metadata: Mapping[str, Any]) -> dict[str, Signature]:
    """The signatures in what a server answered to `GET .../NAME/metadata`."""

    def read(described: Mapping[str, Any]) -> dict[str, Tensor]:
        return {
            name: Tensor(it["dtype"], tuple(int(d["size"]) for d in _dimensions(it)))
            for name, it in described.items()
        }

    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    return {
        key: Signature(read(it["inputs"]), read(it["outputs"]))
        for key, it in signatures.items()
        if it["method_name"] == "tensorflow/serving/predict"
    }


def _of_rows(instances: Any, specs: Mapping[str, Tensor]) -> dict[str, list[Any]]:
    """The columns of a list of rows."""
    if not isinstance(instances, list) or not instances:
        raise RequestError("'instances' must be a list of at least one.")
    if not _is_named(instances[0]):
        name = _only(specs, "instances")
        instances = [{name: value} for value in instances]
    first = instances[0]
    if any(not _is_named(row) or set(row) != set(first) for row in instances):
        raise RequestError("All 'instances' must have the same inputs.")
    return {name: [row[name] for row in instances] for name in first}


def _only(specs: Mapping[str, Tensor], what: str) -> str:
    """The name of the one input, which may be left out."""
    if len(specs) != 1:
        raise RequestError(
            f"'{what}' must name the inputs: {', '.join(sorted(specs))}."
        )
    return next(iter(specs))


def _is_named(value: Any) -> bool:
    """Whether this is an object of inputs, and not a text in base64."""
    return isinstance(value, dict) and not _is_base64(value)


def _is_base64(value: dict[str, Any]) -> bool:
    return set(value) == {"b64"} and isinstance(value["b64"], str)


def _array(name: str, value: Any, spec: Tensor) -> np.ndarray:
    """An input as an array of the type and shape that the signature wants."""
    shape, values = _flat(name, value, len(spec.shape))
    fits = len(shape) == len(spec.shape) and all(
        want in (-1, size) for want, size in zip(spec.shape, shape, strict=True)
    )
    if not fits:
        raise RequestError(
            f"The input {name!r} has shape {list(shape)} instead of {list(spec.shape)}."
        )
    array = np.empty(len(values), _TYPES[spec.dtype])
    array[:] = [_value(name, it, spec.dtype) for it in values]
    return array.reshape(shape)


def _flat(name: str, value: Any, rank: int) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of lists nested up to `rank` times, and what is in them, in order."""
    if not isinstance(value, list) or not rank:
        return (), [value]
    parts = [_flat(name, it, rank - 1) for it in value]
    inner = {shape for shape, _ in parts}
    if len(inner) > 1:
        raise RequestError(f"The lists of the input {name!r} differ in length.")
    shape = (len(value), *(inner.pop() if inner else ()))
    return shape, [it for _, values in parts for it in values]


def _value(name: str, value: Any, dtype: str) -> Any:
    """One text or number, checked."""
    if dtype == "DT_STRING" and isinstance(value, str):
        return value.encode("utf-8", "replace")  # half of a surrogate pair is none
    if dtype == "DT_STRING" and isinstance(value, dict) and _is_base64(value):
        try:
            return base64.b64decode(value["b64"], validate=True)
        except ValueError as mistake:  # binascii.Error is one; other letters another
            raise RequestError(f"The input {name!r} is no base64.") from mistake
    if dtype == "DT_INT32" and type(value) is int and -(2**31) <= value < 2**31:
        return value
    if dtype == "DT_FLOAT" and type(value) in (int, float):
        if abs(value) <= _LARGEST_FLOAT:
            return value
    if dtype == "DT_FLOAT" and isinstance(value, _Special):
        return value
    shown = reprlib.repr(value)
    raise RequestError(f"The input {name!r} holds {shown}, which is no {dtype}.")


def _plain(name: str, array: np.ndarray) -> Any:
    """Nested lists of numbers and texts; in base64 if the name ends in "_bytes"."""
    array = np.asarray(array)
    if array.dtype != object:
        # The shortest number that is the same float32, and no digits beyond it.
        is_float = array.dtype == np.float32
        return array.astype(str).astype(float).tolist() if is_float else array.tolist()
    texts = [
        {"b64": base64.b64encode(it).decode("ascii")}
        if name.endswith("_bytes")
        else it.decode("utf-8", "replace")
        for it in array.ravel()
    ]
    filled = np.empty(array.size, object)
    filled[:] = texts
    return filled.reshape(array.shape).tolist()


def _describe(name: str, spec: Tensor) -> dict[str, Any]:
    dimensions = [{"size": str(size), "name": ""} for size in spec.shape]
    shape = {"dim": dimensions, "unknown_rank": False}
    return {"dtype": spec.dtype, "tensor_shape": shape, "name": name}


def _dimensions(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(described["tensor_shape"].get("dim", ()))
