"""Exports that are killed, find no room or nowhere to go leave nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from app.__main__ import main
from app.errors import UserError
from app.files.lock import lock_path
from app.serving.export import FORMATS, export_model
from app.settings.commands import EXPORT_FORMATS
from tests.conftest import ROOT
from tests.serving.conftest import tiny_model
from tests.serving.test_processes import QUIET
from tests.tiny import write_tiny_model

# Exports a tiny model, and stops for ever (or fails) when most of it is written.
SLOW_EXPORT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from app.serving import export_savedmodel
    from tests.serving.conftest import tiny_model

    def wait(*_, **__):
        print("nearly", flush=True)
        time.sleep(600)

    export_savedmodel.write_beside = wait
    from app.serving.export import export_model
    export_model(tiny_model("rnn"), Path(sys.argv[1]))
    """
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_a_killed_export_leaves_no_version_and_the_next_one_cleans_up(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW_EXPORT, str(tmp_path)],
        cwd=ROOT,
        env=QUIET,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "nearly\n"
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    # A server looks for names that are numbers.
    assert not any(name.isdecimal() for name in names(tmp_path))
    assert any(name.startswith(".partial-") for name in names(tmp_path))
    assert export_model(tiny_model("rnn"), tmp_path) == [tmp_path / "1"]
    assert names(tmp_path) == ["1"]


@pytest.mark.slow
def test_an_export_waits_for_another_one_to_the_same_folder(tmp_path):
    children = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                SLOW_EXPORT.replace("time.sleep(600)", "time.sleep(1)"),
                str(tmp_path),
            ],
            cwd=ROOT,
            env=QUIET,
        )
        for _ in range(2)
    ]
    assert [child.wait(timeout=120) for child in children] == [0, 0]
    assert names(tmp_path) == ["1", "2"]


@pytest.mark.slow
def test_ctrl_c_leaves_nothing(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW_EXPORT, str(tmp_path / "new")],
        cwd=ROOT,
        env=QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "nearly\n"
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert names(tmp_path) == []


@pytest.mark.slow
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """No file may exceed 100 kB, where the graph alone takes a megabyte."""
    write_tiny_model(tmp_path / "tiny")
    limited = textwrap.dedent(
        f"""
        import resource, signal, sys
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        from app.__main__ import main
        to = {str(tmp_path / "exports")!r}
        sys.exit(main(["export", {str(tmp_path / "tiny")!r}, "--to", to]))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=ROOT,
        env=QUIET,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr
    assert "the SavedModel cannot be written there" in done.stderr
    assert "Traceback" not in done.stderr
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
    lock_path(tmp_path / "export").touch()
    assert export_model(tiny_model("rnn"), tmp_path) == [tmp_path / "1"]
    assert names(tmp_path) == ["1"]


# -- formats -------------------------------------------------------------------------


def test_the_command_line_knows_every_format():
    assert (*FORMATS, "all") == EXPORT_FORMATS


def test_a_network_without_steps_is_exported_in_all_forms_that_it_has(tmp_path, caplog):
    versions = export_model(tiny_model("classic"), tmp_path, "all")
    assert versions == [tmp_path / "1"]
    assert "LiteRT is left out" in caplog.text
    assert "ONNX is left out" in caplog.text


def test_a_network_without_steps_is_refused_where_a_step_is_all_there_is(tmp_path):
    with pytest.raises(UserError, match="cannot be exported as ONNX.*no step"):
        export_model(tiny_model("classic"), tmp_path, "onnx")
    assert names(tmp_path) == []
