"""The REST dialect of TensorFlow Serving, as documented and as our exports speak it.

The contract is checked against an export, against the server of this package and, with
NEXTWORD_TFSERVING_URL=http://HOST:8501/v1/models/NAME, against a TensorFlow Serving.
"""

import base64
import json
import math
import os

import numpy as np
import pytest

from app.serving.predict_dialect import (
    DEFAULT,
    RequestError,
    Signature,
    Tensor,
    answer,
    metadata,
    read_metadata,
    read_request,
)
from app.text.vocabulary import BOS
from tests.serving.conversation import over_http, specs_of, without_server
from tests.serving.server.running import Server

TEXT = Signature({"text": Tensor("DT_STRING", (-1,))}, {})
NUMBERS = Signature({"x": Tensor("DT_FLOAT", (-1, 1, 2))}, {})
SENSORS = Signature(
    {
        "tag": Tensor("DT_STRING", (-1,)),
        "signal": Tensor("DT_INT32", (-1, 5)),
        "sensor": Tensor("DT_FLOAT", (-1, 2, 2)),
    },
    {},
)


def read(request, signature):
    return read_request(json.dumps(request).encode(), {"serving_default": signature})


# -- the examples of the documentation -----------------------------------------------


def test_rows_of_one_input_need_no_name():
    request = read({"instances": ["foo", "bar", "baz"]}, TEXT)
    assert request.by_row
    assert request.inputs["text"].tolist() == [b"foo", b"bar", b"baz"]
    request = read({"instances": [[[1, 2]], [[3, 4]]]}, NUMBERS)
    np.testing.assert_array_equal(request.inputs["x"], [[[1, 2]], [[3, 4]]])
    assert request.inputs["x"].dtype == np.float32


ROWS = [
    {"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
    {"tag": "bar", "signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]]},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


def test_rows_and_columns_of_several_inputs_say_the_same():
    by_row, by_column = (
        read({"instances": ROWS}, SENSORS),
        read({"inputs": COLUMNS}, SENSORS),
    )
    assert (by_row.by_row, by_column.by_row) == (True, False)
    for name, array in by_row.inputs.items():
        np.testing.assert_array_equal(array, by_column.inputs[name])


def test_binary_texts_are_in_base64():
    encoded = {"b64": base64.b64encode(b"\xff\x00").decode()}
    for request in ({"instances": [encoded]}, {"inputs": {"text": [encoded]}}):
        assert read(request, TEXT).inputs["text"].tolist() == [b"\xff\x00"]
    outputs = {"image_bytes": np.array([b"\xff\x00"], object)}
    request = read({"instances": ["a"]}, TEXT)
    assert answer(request, outputs) == {"predictions": [encoded]}


def test_a_single_output_loses_its_name():
    outputs = {"y": np.array([3.5, 4.0, 5.5], np.float32)}
    rows, columns = read({"instances": ["a"]}, TEXT), read({"inputs": ["a"]}, TEXT)
    assert answer(rows, outputs) == {"predictions": [3.5, 4.0, 5.5]}
    assert answer(columns, outputs) == {"outputs": [3.5, 4.0, 5.5]}


def test_several_outputs_are_objects():
    outputs = {"a": np.array([1, 2], np.int32), "b": np.array([[0.1], [0.2]], "f4")}
    rows, columns = read({"instances": ["a"]}, TEXT), read({"inputs": ["a"]}, TEXT)
    expected = [{"a": 1, "b": [0.1]}, {"a": 2, "b": [0.2]}]
    assert answer(rows, outputs) == {"predictions": expected}
    assert answer(columns, outputs) == {"outputs": {"a": [1, 2], "b": [[0.1], [0.2]]}}


def test_numbers_that_are_none_are_read_and_written():
    request = read({"inputs": [[[math.nan, -math.inf]]]}, NUMBERS)
    assert np.isnan(request.inputs["x"][0, 0, 0])
    assert request.inputs["x"][0, 0, 1] == -np.inf
    written = json.dumps(answer(request, {"y": np.array([np.inf], np.float32)}))
    assert written == '{"outputs": [Infinity]}'


def test_malformed_bytes_in_a_body_are_malformed_bytes_of_a_text():
    request = read_request(b'{"instances": ["a \xff b"]}', {DEFAULT: TEXT})
    assert request.inputs["text"].tolist() == ["a \ufffd b".encode()]


def test_a_number_too_large_is_no_infinity():
    for written in (b"1e400", b"-1e400", b"3.5e38", b"1" * 400):
        with pytest.raises(RequestError, match="'x' holds .*no DT_FLOAT"):
            read_request(b'{"inputs": [[[1, %s]]]}' % written, {DEFAULT: NUMBERS})
    request = read_request(b'{"inputs": [[[NaN, -Infinity]]]}', {DEFAULT: NUMBERS})
    assert request.inputs["x"][0, 0, 1] == -np.inf


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"instances": []}',
        b'{"instances": "a"}',
        b'{"instances": ["a"], "inputs": ["a"]}',
        b'{"instances": [{"text": "a"}, "b"]}',
        b'{"instances": [{"text": "a", "more": 1}]}',
        b'{"instances": [{"other": "a"}]}',
        b'{"instances": [1]}',
        b'{"instances": [["a"], ["b"]]}',
        b'{"instances": [{"b64": "?"}]}',
        b'{"instances": [{"b64": "\\u0084"}]}',  # was an error of the server
        b'{"instances": [null]}',
        b'{"inputs": "a"}',
        b'{"inputs": {}}',
        b'{"inputs": {"text": ["a", ["b"]]}}',
        b'{"signature_name": 1, "instances": ["a"]}',
        b'{"signature_name": {}, "instances": ["a"]}',
        b'{"signature_name": null, "instances": ["a"]}',
        b'{"signature_name": "other", "instances": ["a"]}',
        b'{"instances": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"instances": ' + b"[" * 100_000,
    ],
)
def test_a_wrong_request_is_told_in_words(body):
    with pytest.raises(RequestError, match=r"\w\w"):
        read_request(body, {"serving_default": TEXT})


@pytest.mark.parametrize("value", [True, "1", 1e39, 10**400, [1]])
def test_what_is_no_float_is_refused(value):
    with pytest.raises(RequestError, match="x"):
        read({"inputs": {"x": [[[value, 1]]]}}, NUMBERS)
    with pytest.raises(RequestError, match="signal"):
        read({"inputs": COLUMNS | {"signal": [[value] * 5] * 2}}, SENSORS)


# -- what a client of an export can rely on ------------------------------------------


@pytest.fixture(
    scope="module", params=["without a server", "our server", "TensorFlow Serving"]
)
def ask(request, exported, saved):
    if request.param == "without a server":
        yield without_server(exported("gru"), "tiny")
    elif request.param == "our server":
        with Server(saved("gru")) as server:
            yield over_http(f"{server.address}/v1/models/gru")
    elif url := os.environ.get("NEXTWORD_TFSERVING_URL"):
        yield over_http(url)
    else:
        pytest.skip("NEXTWORD_TFSERVING_URL names no TensorFlow Serving")


def predict(ask, request):
    status, found = ask(":predict", json.dumps(request).encode())
    assert status == 200, found
    return found


def test_metadata_describe_the_published_signatures(ask):
    status, found = ask("/metadata")
    assert status == 200
    signatures = read_metadata(found)
    assert {"serving_default", "typing", "score"} <= set(signatures)
    texts, words = Tensor("DT_STRING", (-1,)), Tensor("DT_STRING", (-1, 10))
    for name in {"serving_default", "typing", "fill"} & set(signatures):
        numbers = Tensor("DT_FLOAT", (-1, 10))
        expected = Signature(
            {"text": texts}, {"words": words, "probabilities": numbers}
        )
        assert signatures[name] == expected
    assert signatures["score"].outputs == {
        "log_probability": Tensor("DT_FLOAT", (-1,)),
        "tokens": Tensor("DT_INT32", (-1,)),
    }
    shapes = [it.shape for key in signatures.values() for it in key.inputs.values()]
    assert all(shape[0] == -1 for shape in shapes), "a batch, and no scalar"


def test_the_status_tells_an_available_version(ask):
    status, found = ask("")
    assert status == 200
    states = [it["state"] for it in found["model_version_status"]]
    assert "AVAILABLE" in states


def test_rows_and_columns_are_answered_alike(ask):
    texts = ["It is a", "It ___ a", "café “"]
    for signature in ("serving_default", "typing", "score"):
        name = {"signature_name": signature}
        rows = predict(ask, name | {"instances": texts})["predictions"]
        named = predict(ask, name | {"instances": [{"text": it} for it in texts]})
        columns = predict(ask, name | {"inputs": {"text": texts}})["outputs"]
        bare = predict(ask, name | {"inputs": texts})["outputs"]
        assert len(rows) == len(texts)
        for found in (named["predictions"], rows):
            for row, place in zip(found, range(len(texts)), strict=True):
                assert set(row) == set(columns) == set(bare)
                for key, value in row.items():
                    if key == "words":
                        assert value == columns[key][place]
                    else:
                        np.testing.assert_allclose(
                            value, columns[key][place], atol=1e-6
                        )


def test_each_text_gets_ten_words_and_their_probabilities(ask):
    for row in predict(ask, {"instances": ["It is a", ""]})["predictions"]:
        assert len(row["words"]) == len(row["probabilities"]) == 10
        assert sorted(row["probabilities"], reverse=True) == row["probabilities"]
        assert 0 < sum(row["probabilities"]) <= 1 + 1e-5


def test_malformed_texts_are_answered(ask):
    encoded = {"b64": base64.b64encode(b"\xff the").decode()}
    [row] = predict(ask, {"instances": [encoded]})["predictions"]
    assert row["words"][0]


def test_a_step_carries_the_states(ask):
    inputs = read_metadata(ask("/metadata")[1]).get("step", Signature({}, {})).inputs
    if not inputs:
        pytest.skip("this model reads its last words afresh each time")
    states = {
        name: np.zeros([1, *spec.shape[1:]]).tolist()
        for name, spec in inputs.items()
        if name != "token_ids"
    }
    request = {"signature_name": "step", "inputs": {"token_ids": [BOS], **states}}
    outputs = predict(ask, request)["outputs"]
    assert set(outputs) == {"log_probabilities", *states}
    total = np.exp(outputs["log_probabilities"]).sum()
    assert total == pytest.approx(1, abs=1e-4)
    request["inputs"] |= {name: outputs[name] for name in states}
    assert predict(ask, request)["outputs"] != outputs


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b'{"instances": [1]}',
        b'{"signature_name": "x", "instances": ["a"]}',
    ],
)
def test_a_mistake_is_an_error_and_no_answer(ask, body):
    status, found = ask(":predict", body)
    assert 400 <= status < 500
    assert set(found) == {"error"}


def test_metadata_that_are_written_are_read(exported):
    signatures = specs_of(exported("gru"))
    assert read_metadata(metadata("tiny", 3, signatures)) == signatures
