"""The server answers as a TensorFlow Serving with the exported model does."""

import asyncio
import functools
import json
import shutil
import time
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.serving.server.errors import ServerError
from app.serving.server.workers import Workers
from app.settings import Limits
from tests.serving.conftest import WITH_BLANKS
from tests.serving.conversation import over_http, without_server
from tests.serving.server.running import Server
from tests.serving.server.test_predict_signatures import OTHERWISE_THAN_PREDICT
from tests.serving.test_export import NEXT_WORD, ONE_BLANK
from tests.serving.test_signatures import HALF_TYPED, SCORED
from tests.serving.texts import PIECES, golden_texts

# Every shape is compared by `test_predict_signatures`; the last one has no step.
SERVED = ("lstm", "gru", "classic")

# Every third: `test_predict_signatures` has them all, of every shape.
TEXTS = (NEXT_WORD + ONE_BLANK + OTHERWISE_THAN_PREDICT + HALF_TYPED + SCORED)[::3]


@pytest.fixture(scope="module")
def address(saved):
    """Of one server with all models."""
    with Server(*map(saved, SERVED)) as server:
        yield f"{server.address}/v1/models"


@pytest.fixture
def both(address, exported):
    """shape -> ask(rest, body) of the server, and of the export without one."""
    return lambda shape: (
        over_http(f"{address}/{shape}"),
        without_server(exported(shape), shape),
    )


def check_alike(found, expected):
    """The same JSON but for rounding."""
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        for name, value in expected.items():
            check_alike(found[name], value)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-5, nan_ok=True)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            check_alike(one, other)
    else:
        assert found == expected


def check(both, asked, rest=":predict"):
    """Both answer a body alike; whatever is refused is so by both, and in words."""
    server, export = both
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    (status, found), (expected_status, expected) = (
        server(rest, body),
        export(rest, body),
    )
    assert (status, list(found)) == (expected_status, list(expected)), body[:200]
    check_alike(found, expected)
    return status


def batches(texts, size=50):
    return [texts[first : first + size] for first in range(0, len(texts), size)]


@pytest.mark.parametrize("shape", SERVED)
def test_every_text_is_answered_as_by_the_export(both, shape):
    pair = both(shape)
    signatures = ["serving_default", "typing", "score"]
    for name in signatures + ["fill"] * (shape in WITH_BLANKS):
        layout = "inputs" if name == "typing" else "instances"
        assert check(pair, {"signature_name": name, layout: TEXTS}) == 200


def test_the_texts_of_every_tokenizer_are_answered_as_by_the_export(both):
    for some in batches(golden_texts()):
        assert check(both("lstm"), {"instances": some}) == 200


@pytest.mark.parametrize("shape", SERVED[:2])
def test_steps_that_carry_the_states_over_http_are_those_of_the_export(both, shape):
    server, export = both(shape)
    status, described = server("/metadata")
    inputs = described["metadata"]["signature_def"]["signature_def"]["step"]["inputs"]
    sizes = {
        name: [int(it["size"]) for it in spec["tensor_shape"]["dim"][1:]]
        for name, spec in inputs.items()
        if name != "token_ids"
    }
    states = {name: np.zeros(size).tolist() for name, size in sizes.items()}
    for token_id in (2, 5, 60, 1):
        asked = {
            "signature_name": "step",
            "instances": [{"token_ids": token_id, **states}] * 2,
        }
        assert check((server, export), asked) == 200
        [row, _] = server(":predict", json.dumps(asked).encode())[1]["predictions"]
        states = {name: row[name] for name in states}


@pytest.mark.parametrize("shape", SERVED)
def test_status_and_metadata_are_those_of_the_export(both, shape):
    server, export = both(shape)
    for rest in ("", "/metadata"):
        assert server(rest) == export(rest)
    assert server("/versions/1") == server("")
    assert server("/versions/1/metadata") == server("/metadata")


STEP = {"signature_name": "step", "inputs": {"token_ids": [5], "hidden": [[[0.0] * 6]]}}


def step(**inputs):
    return {"signature_name": "step", "inputs": STEP["inputs"] | inputs}


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances": [{"b64": "//4gdGhl"}, {"text": {"b64": "w2E="}}]}',
        b'{"instances": [{"b64": "w2E="}, "a ___ b"]}',
        b'{"inputs": {"text": [{"b64": ""}]}}',
        b'{"inputs": []}',
        b'{"inputs": {"text": []}, "signature_name": "score"}',
        b'{"instances": []}',
        b'{"instances": ["a"], "instances": ["the"]}',
        b'{"instances": [{"text": "a", "text": "the"}]}',
        b'{"instances": ["\\ud800 \\udc00"]}',
        b'{"instances": ["the \xff c"]}',
        b'{"instances": [1e400]}',
        b'{"instances": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"instances": ' + b"[" * 100_000,
        b'{"instances": [' + b'{"text": ' * 900 + b"1" + b"}" * 900 + b"]}",
        b"[" + b"1" * 5000 + b"]",
        b'{"instances": ["a"], "more": {"x": [null]}}',
        b"null",
        step(hidden=[[[float("nan")] * 6]]),
        step(hidden=[[[float("inf"), float("-inf"), 3e38, -3e38, 0, 0]]]),
        step(hidden=[[[1e39, 0, 0, 0, 0, 0]]]),
        step(hidden=[[[0.0] * 5]]),
        step(hidden=[[0.0] * 6]),
        step(hidden=[[[[0.0] * 6]]]),
        step(hidden=[[[0.0] * 6], [[0.0]]]),
        step(hidden=[[["0"] * 6]]),
        step(hidden=[]),
        step(token_ids=5),
        step(token_ids=[[5]]),
        step(token_ids=[5.0]),
        step(token_ids=[2**31]),
        step(token_ids=[True]),
        step(cell=[[[0.0] * 6]]),
        {"signature_name": "step", "instances": ["a"]},
        json.dumps(STEP).replace("0.0", "1e400", 1).encode(),
        json.dumps(STEP).replace("0.0", "-Infinity", 1).encode(),
    ],
    ids=lambda it: str(it)[:60],
)
def test_strange_bodies_are_taken_and_refused_as_without_a_server(both, body):
    check(both("gru"), body)


PIECE = st.sampled_from([*PIECES, "___", " ", "the", "cat", "it's", "zebra"])
TEXT = st.lists(PIECE, max_size=10).map("".join) | st.text(max_size=6)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda it: (
        st.lists(it, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "b64", "hidden"]) | TEXT, it, max_size=3
        )
    ),
    max_leaves=8,
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "signature_name": st.sampled_from(
            ["serving_default", "typing", "score", "fill", "", "other", None, 1]
        ),
        "instances": st.lists(TEXT, max_size=4) | ANYTHING,
        "inputs": st.lists(TEXT, max_size=4) | ANYTHING,
    },
)


@settings(max_examples=150, deadline=None)
@given(BODY | ANYTHING)
def test_any_body_is_answered_as_without_a_server(address, exported, body):
    pair = over_http(f"{address}/gru"), without_server(exported("gru"), "gru")
    check(pair, body)


# -- which model, which version ------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/no", None, 404, "Could not find any versions of model no"),
        ("/no/versions/1", None, 404, "Could not find version 1 of model no"),
        ("/gru/versions/2", None, 404, "Could not find version 2 of model gru"),
        ("/gru/versions/" + "9" * 5000, None, 404, "Could not find version 999"),
        ("/gru/versions/x", None, 400, "Malformed request"),
        ("/no/metadata", None, 404, "request: Latest(no)"),
        ("/gru/versions/7/metadata", None, 404, "request: Specific(gru, 7)"),
        ("/no:predict", b"{}", 404, "request: Latest(no)"),
        ("/gru/versions/7:predict", b"{}", 404, "request: Specific(gru, 7)"),
        ("/gru:classify", b"{}", 400, "no signature to classify with"),
        ("/gru:regress", b"{}", 400, "no signature to regress with"),
        ("/gru:other", b"{}", 400, "Malformed request: POST /v1/models/gru:other"),
        ("/gru:predict", None, 405, "Method Not Allowed"),
        ("/gru/versions/1:predict", None, 405, "Method Not Allowed"),
        ("/gru", b"{}", 405, "POST /v1/models/gru: Method Not Allowed"),
        ("/gru/labels/stable:predict", b"{}", 400, "Malformed request: POST"),
        ("", None, 404, "GET /v1/models: Not Found"),
    ],
)
def test_what_is_not_there_is_told_as_tensorflow_serving_tells_it(
    address, path, body, status, said
):
    found_status, found = over_http(address)(path, body)
    assert (found_status, list(found)) == (status, ["error"])
    assert said in found["error"]


@pytest.mark.parametrize("name", ["a b", "é.日本", "v1.0", "a:b", "%41+&=;@"])
def test_names_that_addresses_must_spell_out_are_found(saved, tmp_path, name):
    shutil.copytree(saved("rnn"), tmp_path / name)
    with Server(tmp_path / name) as server:
        ask = over_http(f"{server.address}/v1/models/{quote(name, safe='')}")
        assert ask("")[0] == 200
        assert ask("/metadata")[1]["model_spec"]["name"] == name
        for rest in (":predict", "/versions/1:predict"):
            status, found = ask(rest, b'{"instances": ["The"]}')
            assert (status, len(found["predictions"])) == (200, 1)


def test_a_new_version_is_asked_by_its_number(saved, tmp_path):
    path = shutil.copytree(saved("rnn"), tmp_path / "model")
    with Server(path) as server:
        ask = over_http(f"{server.address}/v1/models/model")
        [before] = ask(":predict", b'{"instances": ["The"]}')[1]["predictions"]
        shutil.rmtree(path)
        shutil.copytree(saved("lstm"), tmp_path / "new").rename(path)
        until = time.monotonic() + 30
        while ask("/versions/2")[0] == 404 and time.monotonic() < until:
            time.sleep(0.1)
        [now] = ask("/versions/2:predict", b'{"instances": ["The"]}')[1]["predictions"]
        assert now != before
        assert ask("/versions/1:predict", b'{"instances": ["The"]}')[0] == 404
        [status] = ask("")[1]["model_version_status"]
        assert (status["version"], status["state"]) == ("2", "AVAILABLE")


# -- limits --------------------------------------------------------------------------


def test_limits_are_told_with_their_names(saved):
    limits = "rows=3,text_characters=20,body_bytes=2000"
    with Server(saved("rnn"), "--limits", limits) as server:
        ask = over_http(f"{server.address}/v1/models/rnn")

        def refused(**asked):
            status, found = ask(":predict", json.dumps(asked).encode())
            return status, found.get("limit"), found.get("value")

        assert refused(instances=["a"] * 3) == (200, None, None)
        assert refused(instances=["a"] * 4) == (422, "rows", 3)
        assert refused(inputs=["é" * 20]) == (200, None, None)
        assert refused(inputs=["a", "é" * 21]) == (422, "text_characters", 20)
        assert refused(inputs=["a" * 2000]) == (413, "body_bytes", 2000)


def test_many_rows_let_others_through_and_have_the_time_of_one_request():
    async def run():
        workers = Workers(Limits(seconds=1))
        done = []

        def work(part):
            done.append(part)
            time.sleep(0.2)

        async def run_parts():
            async with workers.in_time():
                for part in range(9):
                    await workers.run("slow", functools.partial(work, part))

        many = asyncio.create_task(run_parts())
        await asyncio.sleep(0.1)
        await workers.run("slow", lambda: done.append("another"))
        with pytest.raises(ServerError, match="within 1 s") as refused:
            await many
        await asyncio.to_thread(workers.close)
        return done, refused.value

    done, error = asyncio.run(run())
    assert done[:2] == [0, "another"]
    assert (error.status, error.limit, error.value) == (503, "seconds", 1)
    assert len(done) < 8, "no more are begun once the time is over"
