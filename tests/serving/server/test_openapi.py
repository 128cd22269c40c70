"""The OpenAPI description is true: whatever is sent, answers are as it says.

schemathesis makes requests from the description, such as it allows and such as it does
not, at every limit and beyond, and judges what comes back: no fault of the server; only
statuses, types and fields that are described; nothing taken that is not allowed.

What is allowed may still be refused, for a word may be none of the model's, or a text
hold no word. So it is not judged whether all that is allowed is answered.
"""

import json
import re
import subprocess
import sys

import pytest

from tests.serving.server.running import Server

SECONDS = 300  # ten on a quiet machine
FOR_EACH_ROUTE = 60  # and what lies at the limits of its fields besides
NOT_JUDGED = ["positive_data_acceptance", "ignored_auth"]


@pytest.fixture(scope="module")
def server(model_path, tmp_path_factory):
    """With a memory, so that every route can answer."""
    memory = tmp_path_factory.mktemp("memory") / "memory.json"
    with Server(model_path, "--memory", memory) as running:
        yield running


@pytest.mark.parametrize("dialect", [False, True], ids=["ours", "TensorFlow Serving's"])
def test_whatever_is_sent_answers_are_as_described(server, tmp_path, dialect):
    routes = "--include-path-regex" if dialect else "--exclude-path-regex"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        *(f"{server.address}/openapi.json", routes, "^/v1/models"),
        *("--phases", "examples,coverage,fuzzing", "--generation-deterministic"),
        *("--max-examples", str(FOR_EACH_ROUTE), "--exclude-checks"),
        ",".join(NOT_JUDGED),
        *("--continue-on-failure", "--no-color"),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    paths = server.client.get("/openapi.json").json()["paths"]
    tested = [it for it in paths if it.startswith("/v1/models") == dialect]
    num_routes = sum(len(paths[it]) for it in tested)
    assert num_routes >= 6
    assert re.search(rf"Tested: {num_routes}$", done.stdout, re.MULTILINE)
    assert server.process.poll() is None
    assert "fault" not in server.log


def test_every_name_in_a_description_can_be_looked_up(server):
    described = server.client.get("/openapi.json").json()
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(described)):
        found = described
        for name in reference.split("/"):
            found = found[name]
