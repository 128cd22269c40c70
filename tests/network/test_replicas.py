"""Several devices do what one does: the same losses and weights, in real processes."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from app.errors import UserError
from app.network.checkpoint import load_checkpoint
from tests.conftest import ROOT
from tests.network.replicated_run import CASES

SAME_ANYWHERE = [name for name in CASES if name != "dropout"]


def free_addresses(count):
    """Addresses of this machine that nobody listens at."""
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in with_ports]
    for server in with_ports:
        server.close()
    return [f"127.0.0.1:{port}" for port in ports]


def quiet():
    return os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def start(*arguments):
    command = [sys.executable, "-m", "tests.network.replicated_run", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=quiet(), stderr=subprocess.PIPE, text=True
    )


def finish(run):
    _, told = run.communicate(timeout=300)
    assert run.returncode == 0, told


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """where -> a folder with what `replicated_run` left, for each kind of devices."""
    folder = tmp_path_factory.mktemp("replicated")
    finish(start(str(folder)))
    addresses = ",".join(free_addresses(2))
    workers = [start(str(folder), index, addresses) for index in "01"]
    for worker in workers:
        finish(worker)
    return {where: folder / where for where in ("one", "cards", "0", "1")}


def losses(folder, name):
    rows = json.loads((folder / f"{name}.json").read_text())
    return [loss for row in rows for loss in row.values()]


def arrays(folder, name):
    groups = load_checkpoint(folder / f"{name}.npz").arrays
    return {
        f"{group}/{key}": array
        for group in ("weights", "states")
        for key, array in groups[group].items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("where", ["cards", "0"])
@pytest.mark.parametrize("name", SAME_ANYWHERE)
def test_two_devices_learn_what_one_learns_from_the_same_batches(where, name, folders):
    np.testing.assert_allclose(
        losses(folders[where], name), losses(folders["one"], name), atol=1e-5, rtol=0
    )
    alone = arrays(folders["one"], name)
    for key, array in arrays(folders[where], name).items():
        assert array.shape == alone[key].shape, key
        np.testing.assert_allclose(array, alone[key], atol=1e-4, rtol=0, err_msg=key)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_all_workers_have_the_first_ones_numbers_bit_for_bit(name, folders):
    """Also when they began with others: --from is read by the first one alone."""
    assert losses(folders["0"], name) == losses(folders["1"], name)
    second = arrays(folders["1"], name)
    for key, array in arrays(folders["0"], name).items():
        np.testing.assert_array_equal(array, second[key], err_msg=key)


@pytest.mark.slow
def test_what_is_drawn_is_drawn_again_and_other_on_each_device(folders):
    """The devices of one process draw what as many of several processes draw."""
    one, cards, workers = (
        losses(folders[where], "dropout") for where in ("one", "cards", "0")
    )
    np.testing.assert_allclose(cards, workers, atol=1e-5, rtol=0)
    assert abs(one[0] - cards[0]) > 1e-4


def test_streams_that_cannot_be_dealt_out_evenly_are_refused(monkeypatch):
    from types import SimpleNamespace

    from app.network import replicas
    from tests.network.conftest import fit_options

    three = SimpleNamespace(num_replicas_in_sync=3)
    monkeypatch.setattr(replicas.tf.distribute, "get_strategy", lambda: three)
    with pytest.raises(UserError, match="--batch-size that is a multiple of 3"):
        replicas.ReplicatedSteps(None, None, fit_options())
