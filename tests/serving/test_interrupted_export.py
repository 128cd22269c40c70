"""Exports that are killed, find no room or nowhere to go leave nothing half-written."""

import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.__main__ import main
from app.errors import UserError
from app.files.lock import lock_path
from app.serving.export import FORMATS, export_model
from app.settings.commands import EXPORT_FORMATS
from tests.conftest import ROOT
from tests.serving.conftest import tiny_model
from tests.tiny import write_tiny_model

# Exports a tiny model, and stops for ever when most of it is written. Who waits, what
# is renamed and what is removed is the same for every format; ONNX is soon imported.
SLOW_EXPORT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from app.serving import export_onnx
    from tests.serving.conftest import tiny_model

    def wait(*_, **__):
        print("nearly", flush=True)
        time.sleep(600)

    export_onnx.write_client_files = wait
    from app.serving.export import export_model
    export_model(tiny_model("rnn"), Path(sys.argv[1]), "onnx")
    """
)


def exporting(to: Path, program: str = SLOW_EXPORT) -> subprocess.Popen:
    """A process that is about to export to a folder."""
    return subprocess.Popen(
        [sys.executable, "-c", program, str(to)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_killed_export_leaves_no_version_and_the_next_one_cleans_up(tmp_path):
    versions = tmp_path / "onnx"
    child = exporting(tmp_path)
    assert child.stdout.readline() == "nearly\n"
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    # A server looks for names that are numbers.
    assert not any(name.isdecimal() for name in names(versions))
    assert any(name.startswith(".partial-") for name in names(versions))
    assert export_model(tiny_model("rnn"), tmp_path, "onnx") == [versions / "1"]
    assert names(versions) == ["1"]


def test_an_export_waits_for_another_one_to_the_same_folder(tmp_path):
    in_a_second = SLOW_EXPORT.replace("time.sleep(600)", "time.sleep(1)")
    children = [exporting(tmp_path, in_a_second) for _ in range(2)]
    for child in children:
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said
    assert names(tmp_path / "onnx") == ["1", "2"]


def test_ctrl_c_leaves_nothing(tmp_path):
    child = exporting(tmp_path / "new")
    assert child.stdout.readline() == "nearly\n"
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert names(tmp_path) == []


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Nobody in this process can write on beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, capsys):
    model = write_tiny_model(tmp_path / "tiny")
    with no_file_larger_than(100_000):  # bytes; the graph alone takes a megabyte
        status = main(["export", str(model), "--to", str(tmp_path / "exports")])
    said = capsys.readouterr().err
    assert status == 2, said
    assert "the SavedModel cannot be written there" in said
    assert names(tmp_path) == ["tiny"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(UserError, match="locked.*cannot be written.*ermission"):
        export_model(tiny_model("rnn"), tmp_path / "locked" / "exports")


def test_a_model_of_a_newer_program_is_told_before_anything_is_written(
    tmp_path, capsys
):
    folder = write_tiny_model(tmp_path / "tiny")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    assert main(["export", str(folder), "--to", str(tmp_path / "exports")]) == 2
    assert "Update Nextword" in capsys.readouterr().err
    assert not (tmp_path / "exports").exists()


def test_the_lock_of_a_dead_process_stops_nobody(tmp_path):
    versions = tmp_path / "onnx"
    versions.mkdir()
    lock_path(versions / "export").touch()
    assert export_model(tiny_model("rnn"), tmp_path, "onnx") == [versions / "1"]
    assert names(versions) == ["1"]


# -- formats -------------------------------------------------------------------------


def test_the_command_line_knows_every_format():
    assert (*FORMATS, "all") == EXPORT_FORMATS


def test_a_network_without_steps_is_exported_in_all_forms_that_it_has(tmp_path, caplog):
    model = dataclasses.replace(tiny_model("classic"), blanks=None)
    versions = export_model(model, tmp_path, "all")
    assert versions == [tmp_path / "1"]
    assert "LiteRT is left out" in caplog.text
    assert "ONNX is left out" in caplog.text


def test_a_network_without_steps_is_refused_where_a_step_is_all_there_is(tmp_path):
    with pytest.raises(UserError, match="cannot be exported as ONNX.*no step"):
        export_model(tiny_model("classic"), tmp_path, "onnx")
    assert names(tmp_path) == []
