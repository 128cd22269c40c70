"""Commands whose standard streams were closed by whoever started them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import write_tiny_model

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path):
    write_tiny_model(tmp_path / "models" / "tiny")
    return tmp_path


def shell(folder: Path, command: str) -> subprocess.CompletedProcess:
    """`command` in bash; PYTHON and the scripts are replaced by their paths."""
    for name in ("predict.py", "train.py"):
        command = command.replace(name, f"'{sys.executable}' '{ROOT / name}'")
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("arguments", ["", "-", "--jsonl", "--json the -"])
def test_texts_from_a_closed_standard_input_are_missed_in_a_sentence(folder, arguments):
    done = shell(folder, f"predict.py {arguments} <&-")
    assert done.returncode == 2
    assert "error: Standard input is closed." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_corpus_from_a_closed_standard_input_is_missed_in_a_sentence(folder):
    done = shell(folder, "train.py - <&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: Standard input is closed." in done.stderr


def test_who_does_not_read_standard_input_does_not_miss_it(folder):
    done = shell(folder, "predict.py --json 'the cat' <&-")
    assert done.returncode == 0
    assert done.stdout.startswith('{"text": "the cat"')


def test_an_answer_that_nobody_could_read_is_not_computed(folder):
    done = shell(folder, "predict.py 'the cat' >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: Standard output is closed")


def test_without_standard_error_the_answer_is_the_same(folder):
    expected = shell(folder, "predict.py --json 'the cat'")
    done = shell(folder, "predict.py --json 'the cat' 2>&-")
    assert (done.returncode, done.stdout) == (0, expected.stdout)


def test_without_any_stream_the_status_tells(folder):
    assert shell(folder, "predict.py - <&- >&- 2>&-").returncode == 2


def test_no_file_gets_the_number_of_a_closed_stream(folder):
    """What a library writes to stderr would land in the file."""
    source = (
        "from app.standard_streams import replace_closed_streams\n"
        "has_output = replace_closed_streams()\n"
        "with open('file', 'w') as file:\n"
        "    file.write(f'{has_output} {file.fileno() > 2}')\n"
    )
    command = f"PYTHONPATH='{ROOT}' '{sys.executable}' -c \"{source}\" <&- >&- 2>&-"
    assert shell(folder, command).returncode == 0
    assert (folder / "file").read_text() == "False True"
