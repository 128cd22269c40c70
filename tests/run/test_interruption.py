"""Trainings that are disturbed: killed, interrupted, started twice, on a full disk."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

import train
from app.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from tests.test_train import (
    FAST,
    command,
    corpus,
    here,
    manifest,
    texts,
    wait_for,
    weight_hashes,
)
from tests.tiny import write_tiny_model

__all__ = ["corpus", "here", "texts"]  # fixtures

# Long enough for a signal to come before its end.
LONG = [*FAST, "--epochs", "100", "--patience", "100"]


@pytest.fixture(scope="module")
def whole(texts, tmp_path_factory):
    """The weights of a long run that nothing has disturbed."""
    with contextlib.chdir(tmp_path_factory.mktemp("whole")):
        assert train.main([*texts, *LONG, "--name", "whole"]) == 0
        return weight_hashes(Path("models/whole"))


def start(*arguments):
    """Trains in a process of its own."""
    return subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_second_run_of_a_name_is_refused_at_once_and_the_first_goes_on(
    texts, here, capsys
):
    arguments = [*texts, *FAST, "--name", "mine"]
    with start(*arguments) as first:
        wait_for("Read", first.stderr)  # nothing of it is on the disk yet
        first.send_signal(signal.SIGSTOP)  # a busy machine starts the others slowly
        for flags in ([], ["--overwrite"], ["--resume"]):
            assert train.main([*arguments, *flags]) == 2
            told = capsys.readouterr().err
            assert f"is being trained by process {first.pid}" in told
            assert "Read" not in told
        first.send_signal(signal.SIGCONT)
        first.stderr.read()
    assert first.returncode == 0
    assert [path.name for path in (here / "models").iterdir()] == ["mine"]


def last_epoch(lines, *, after):
    """The last one that a run has shown, which went on when so many had been shown."""
    shown = [int(line.split()[1]) for line in lines if line.startswith("epoch ")]
    # One may have been saved, and the run killed before it was shown.
    assert not shown or shown[0] - after in (1, 2)
    return max([after, *shown])


@pytest.mark.slow
def test_a_run_that_is_killed_at_random_moments_goes_on_and_ends_as_if_it_were_not(
    texts, whole, here, capsys
):
    seed = random.randrange(10**6)
    print(f"moments drawn with the seed {seed}")
    draw = random.Random(seed)
    arguments, epoch = [*texts, *LONG, "--name", "killed"], 0
    for line in draw.sample(["Starting", "epoch", "epoch"], 3):
        with start(*arguments) as run:
            shown = [wait_for(line, run.stderr)]
            time.sleep(draw.uniform(0, 0.3))
            run.kill()
            shown += run.stderr
        epoch = last_epoch(shown, after=epoch)
        assert run.returncode in (-signal.SIGKILL, 0)
        if run.returncode == 0:  # it was quicker than the signal
            break
        arguments = ["--resume", "--name", "killed"]
    else:
        assert train.main(arguments) == 0
        epoch = last_epoch(capsys.readouterr().err.splitlines(), after=epoch)
    assert epoch == 100
    models = here / "models"
    assert weight_hashes(models / "killed") == whole
    assert [path.name for path in models.iterdir()] == ["killed"]


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_learned_and_resume_ends_where_the_other_ends(
    texts, whole, here, capsys
):
    arguments = [*texts, *LONG, "--name", "stopped"]
    with start(*arguments) as run:
        wait_for("epoch 3", run.stderr)
        run.send_signal(signal.SIGINT)
        rest = run.stderr.read()
    assert run.returncode == 130
    assert "Traceback" not in rest
    assert not (here / "models" / "stopped").exists()
    assert train.main(arguments) == 2
    assert "--resume" in capsys.readouterr().err
    assert train.main(["--resume", "--name", "stopped"]) == 0
    assert weight_hashes(here / "models" / "stopped") == whole


@pytest.mark.slow
def test_ctrl_c_while_tensorflow_starts_tells_how_to_go_on(texts, here):
    with start(*texts, *FAST, "--name", "early") as run:
        wait_for("Starting TensorFlow", run.stderr)
        run.send_signal(signal.SIGINT)
        rest = run.stderr.read()
    assert run.returncode == 130
    assert rest.endswith("Go on with: python train.py --resume --name early\n")
    assert "Traceback" not in rest
    assert train.main(["--resume", "--name", "early"]) == 0


def interrupted(*args, **options):
    """Stands where a person presses Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


@pytest.mark.parametrize(
    "moment",
    [
        "app.run.ngrams.estimate",
        "app.run.mixing.fit_mixture",
        "app.evaluation.measuring.measure",
        "app.model_folder.write_model_folder",
    ],
    ids=["counting", "mixing", "measuring", "saving"],
)
def test_ctrl_c_after_training_tells_how_to_go_on(
    moment, texts, here, capsys, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(moment, interrupted)
        assert train.main([*texts, *FAST, "--name", "a name"]) == 130
    told = capsys.readouterr().err
    assert told.endswith("Go on with: python train.py --resume --name 'a name'\n")
    assert not (here / "models" / "a name").exists()
    assert train.main(["--resume", "--name", "a name"]) == 0


def test_ctrl_c_while_exporting_leaves_the_model_and_tells_how_to_export(
    texts, here, capsys, monkeypatch
):
    monkeypatch.setattr("app.serving.export.export_model", interrupted)
    flags = [*FAST, "--name", "out", "--export", "exports"]
    assert train.main([*texts, *flags]) == 130
    assert manifest(here / "models" / "out")
    assert not (here / "models" / "out.partial").exists()
    told = capsys.readouterr().err
    assert told.endswith("python -m app export out --to exports\n")


def test_an_interrupted_run_goes_on_for_more_epochs(texts, here, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("app.evaluation.measuring.measure", interrupted)
        assert train.main([*texts, *FAST, "--name", "more"]) == 130
    assert train.main(["--resume", "--name", "more", "--epochs", "5"]) == 0
    history = (here / "models" / "more" / "history.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in history] == ["epoch", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "flags",
    [
        ["--units", "1000000000"],
        ["--dense-units", "1000000000000"],
        ["--batch-size", "100000000"],
    ],
)
def test_a_network_that_no_memory_holds_is_refused_before_the_text_is_read(
    flags, corpus, here, capsys
):
    assert train.main([str(corpus), *FAST, *flags]) == 2
    told = capsys.readouterr().err
    assert "GiB of memory" in told
    assert "Read" not in told
    assert train.main([str(corpus), "--layers", "100000"]) == 2
    assert "--layers is 100000" in capsys.readouterr().err


def test_memory_that_runs_out_all_the_same_is_told(corpus, here, capsys, monkeypatch):
    import tensorflow as tf

    from app.network.training import Trainer

    def run(trainer, callbacks):
        tf.zeros((2**20, 2**20, 2**10))  # more than any machine has

    monkeypatch.setattr(Trainer, "run", run)
    assert train.main([str(corpus), *FAST]) == 2
    assert "error: The memory is full." in capsys.readouterr().err


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB that can really be filled."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "nextword-test", str(folder)]
    if (
        not shutil.which("mount")
        or subprocess.run(mount, capture_output=True).returncode
    ):
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk, *, leave=0):
    """Takes all room on `disk` but so many bytes."""
    facts = os.statvfs(disk)
    with contextlib.suppress(OSError), (disk / "filler").open("wb", 0) as filler:
        filler.write(bytes(facts.f_bavail * facts.f_frsize - leave))


def save_tiny_checkpoint(disk, epoch):
    arrays = {str(i): np.full(50, epoch) for i in range(100)}
    save_checkpoint(disk / "last", Checkpoint({"weights": arrays}, {"epoch": epoch}))


def save_tiny_model(disk, epoch):
    write_tiny_model(disk / "model")


@pytest.mark.parametrize("save", [save_tiny_checkpoint, save_tiny_model])
def test_wherever_the_disk_ends_the_file_is_whole_or_not_there(save, small_disk):
    """HDF5 crashed when less than 40 kB were free."""
    save_tiny_checkpoint(small_disk, 1)
    refused = 0
    for leave in range(0, 250_000, 5_000):
        fill(small_disk, leave=leave)
        try:
            save(small_disk, 2)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            assert error.filename.startswith(str(small_disk))
            assert load_checkpoint(small_disk / "last").record == {"epoch": 1}
            names = {path.name for path in small_disk.iterdir()}
            assert names == {"last", "filler"}
            refused += 1
        else:
            break
        (small_disk / "filler").unlink()
    assert 1 < refused < 50


@pytest.mark.slow
def test_a_disk_that_is_full_keeps_the_last_checkpoint(
    texts, whole, small_disk, capsys, monkeypatch
):
    from app.network.training import Trainer

    validate = Trainer.validate

    def validate_and_fill(trainer):
        if trainer.progress.epoch == 3:
            fill(small_disk)
        return validate(trainer)

    monkeypatch.chdir(small_disk)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "validate", validate_and_fill)
        assert train.main([*texts, *LONG, "--name", "full"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith("error: models/full.partial/checkpoint.npz: No space")
    assert told[-2] == "Go on with: python train.py --resume --name full"
    left = {path.name for path in (small_disk / "models" / "full.partial").iterdir()}
    assert not any(name.endswith(".tmp") for name in left)
    (small_disk / "filler").unlink()
    assert train.main(["--resume", "--name", "full"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert last_epoch(told, after=2) == 100
    assert weight_hashes(small_disk / "models" / "full") == whole
