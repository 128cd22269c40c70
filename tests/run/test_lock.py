"""Two runs of one name are kept apart, by real processes."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import train
from app.errors import UserError
from app.files import lock as file_lock
from app.run.lock import only_run_of

ROOT = Path(__file__).parents[2]

HOLD = """
import sys
from pathlib import Path
from app.run.lock import only_run_of
with only_run_of(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

needs_locks = pytest.mark.skipif(file_lock.fcntl is None, reason="no flock here")


@contextlib.contextmanager
def held(folder: Path):
    """Another process holds `folder`, for the time of the block at most."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.stdin.close()


@needs_locks
def test_a_name_that_another_process_trains_is_refused_and_the_process_named(tmp_path):
    folder = tmp_path / "models" / "mine"
    with held(folder) as other:
        with pytest.raises(UserError, match=f"process {other.pid}.*--name"):
            with only_run_of(folder):
                pytest.fail("two runs at once")
        with only_run_of(folder.with_name("another")):
            pass
    with only_run_of(folder):  # its process has ended
        pass
    assert list((tmp_path / "models").iterdir()) == []


@needs_locks
def test_a_process_that_was_killed_holds_nothing(tmp_path):
    folder = tmp_path / "mine"
    with held(folder) as other:
        other.send_signal(signal.SIGKILL)
    assert (tmp_path / ".mine.lock").exists()
    with only_run_of(folder):
        pass
    assert list(tmp_path.iterdir()) == []


@needs_locks
def test_a_lock_that_its_owner_has_just_removed_keeps_nobody_out_or_in(
    tmp_path, monkeypatch
):
    """Removed between opening and locking: the locked file has no name any more."""
    path = tmp_path / ".mine.lock"
    removed = []

    def flock(file, operation):
        if not removed:
            removed.append(path.unlink())
        real(file, operation)

    real = file_lock.fcntl.flock
    monkeypatch.setattr(file_lock.fcntl, "flock", flock)
    with only_run_of(tmp_path / "mine"):
        assert removed
        with pytest.raises(UserError), only_run_of(tmp_path / "mine"):
            pytest.fail("two runs at once")


def test_where_files_cannot_be_locked_that_is_said(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(file_lock, "fcntl", None)
    with only_run_of(tmp_path / "mine"), only_run_of(tmp_path / "mine"):
        pass
    assert "do not start a second run of mine" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_models_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").touch()
    assert train.main(["nowhere.txt"]) == 2
    assert capsys.readouterr().err.startswith("error: models: File exists.")
