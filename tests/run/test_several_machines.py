"""train.py on two machines, which are two processes here: together, stopped, killed."""

import json
import os
import signal
import subprocess
import time

import pytest

import train
from app import load
from app.errors import UserError
from app.settings import TrainSettings, Workers
from app.settings.workers import workers_of_environment
from tests.network.test_replicas import free_addresses, quiet
from tests.test_train import FAST, command, corpus, here, manifest, texts, wait_for

__all__ = ["corpus", "here", "texts"]  # fixtures

LONG = ["--epochs", "4000", "--patience", "4000"]


def worker(index, addresses, *arguments):
    flags = ["--workers", ",".join(addresses), "--worker-index", str(index)]
    return subprocess.Popen(
        command(*arguments, *flags), env=quiet(), stderr=subprocess.PIPE, text=True
    )


def rest_of(run, *, within=60):
    """What a worker says until its end."""
    _, told = run.communicate(timeout=within)
    assert "Traceback" not in told
    return told


@pytest.mark.slow
def test_two_workers_train_are_stopped_are_killed_and_one_ends_it(texts, here):
    # Both are there; Ctrl-C at the second one stops both.
    started = [*texts, *FAST, *LONG, "--name", "duo"]
    first, second = (worker(i, addresses, *started) for i, addresses in pair())
    wait_for("Training on 2 workers, 2 devices", first.stderr)
    wait_for("epoch 2", first.stderr)
    second.send_signal(signal.SIGINT)
    told = rest_of(first)
    assert "Stopping, as another worker does." in told
    assert told.endswith("Go on with: python train.py --resume --name duo\n")
    assert "Stopping; what was learned is being saved." in rest_of(second)
    assert (first.returncode, second.returncode) == (130, 130)

    # The second one is killed, and the first says so.
    addresses = free_addresses(2)
    first = worker(0, addresses, "--resume", "--name", "duo")
    second = worker(1, addresses)  # it needs to know nothing
    wait_for("epoch", first.stderr)
    second.kill()
    killed = time.monotonic()
    told = rest_of(first)
    assert time.monotonic() - killed < 30
    assert first.returncode == 2
    assert "error: Another worker is gone" in told
    second.communicate()

    # Alone it goes on with the same streams; it has had its epochs already.
    models = here / "models"
    assert train.main(["--resume", "--name", "duo", "--epochs", "3"]) == 0
    assert {path.name for path in models.iterdir()} == {"duo"}
    assert manifest(models / "duo")
    assert load("duo").complete("the cat")


def pair():
    """The indices of two workers, each with the addresses of both."""
    addresses = free_addresses(2)
    return [(index, addresses) for index in (0, 1)]


@pytest.mark.slow
def test_a_killed_first_worker_ends_the_other(texts, here):
    started = [*texts, *FAST, *LONG, "--name", "duo"]
    first, second = (worker(i, addresses, *started) for i, addresses in pair())
    wait_for("epoch", first.stderr)
    first.kill()
    killed = time.monotonic()
    told = rest_of(second)
    assert time.monotonic() - killed < 30
    assert second.returncode == 2
    assert "error: Another worker is gone" in told
    first.communicate()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--workers", "a:1,b:2"], "belong together"),
        (["--worker-index", "0"], "belong together"),
        (["--workers", "a:1,b:2", "--worker-index", "2"], "it must be from 0 to 1"),
        (["--workers", "a:1,b:2", "--worker-index", "-1"], "it must be from 0 to 1"),
        (["--workers", "a:1,b", "--worker-index", "0"], "'b' is no address"),
        (["--workers", "a:1,b:x", "--worker-index", "0"], "'b:x' is no address"),
        (["--workers", "a:1,b:99999", "--worker-index", "0"], "is no address"),
        (["--workers", "a:1,a:1", "--worker-index", "0"], "not all different"),
        (
            ["--workers", "a:1,b:2,c:3", "--worker-index", "0", "--batch-size", "32"],
            "Choose a --batch-size that is a multiple of 3",
        ),
    ],
)
def test_workers_that_make_no_sense_are_refused_before_anything_is_read(
    flags, told, corpus, here, capsys
):
    assert train.main([str(corpus), *FAST, *flags]) == 2
    errors = capsys.readouterr().err
    assert told in errors
    assert "Read" not in errors
    assert not (here / "models").exists()


def environment(cluster, kind="worker", index=0):
    task = {"type": kind, "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


def test_the_environment_describes_the_workers_too():
    two = environment({"worker": ["a:1", "b:2"]}, index=1)
    assert workers_of_environment(two) == Workers(("a:1", "b:2"), 1)
    led = {"chief": ["c:3"], "worker": ["a:1", "b:2"]}
    everybody = ("c:3", "a:1", "b:2")
    assert workers_of_environment(environment(led, "chief")) == Workers(everybody, 0)
    assert workers_of_environment(environment(led, index=1)) == Workers(everybody, 2)
    assert workers_of_environment({}) is None
    assert workers_of_environment(environment({"worker": ["a:1"]})) is None
    given = TrainSettings(workers="x:1,y:2", worker_index=0)
    assert given.machines(two) == Workers(("x:1", "y:2"), 0)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"TF_CONFIG": "{"}, "is no description"),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1", "b:2"]}}'}, "is no description"),
        (environment({"worker": ["a:1", "b:2"], "ps": ["c:3"]}), "other kinds"),
        (environment({"worker": ["a:1", "b:2"]}, "evaluator"), "other kinds"),
        (environment({"worker": ["a:1", "b:2"]}, index=5), "must be from 0 to 1"),
    ],
)
def test_an_environment_that_describes_no_cluster_is_told(variables, told):
    with pytest.raises(UserError, match=told):
        workers_of_environment(variables)


def test_the_addresses_of_a_run_are_not_those_of_its_resumption():
    started = TrainSettings(
        corpus=("x",), workers="x:1,y:2", worker_index=0, tensorboard="old"
    )
    alone, ignored = TrainSettings(resume=True).going_on_from(started)
    assert (alone.workers, alone.worker_index, alone.tensorboard) == (None, None, None)
    assert not ignored


def test_a_run_leaves_its_course_for_tensorboard_and_as_a_picture(texts, here):
    flags = [*FAST, "--name", "seen", "--tensorboard", "events"]
    assert train.main([*texts, *flags]) == 0
    (file,) = (here / "events" / "seen").iterdir()
    assert file.name.startswith("events.out.tfevents")
    picture = (here / "models" / "seen" / "learning_curve.svg").read_text()
    assert "Best validation perplexity" in picture
    assert os.path.getsize(file) > 500
