"""What the README says is what the program does."""

import dataclasses
import os
import re
import shlex
import subprocess
import sys

import pytest

import predict
import train
from app.__main__ import COMMANDS
from app.settings import Limits, PredictSettings, TrainSettings
from app.settings.flags import flag_of
from tests.conftest import ROOT
from tests.serving.server.running import Server
from tests.tiny import write_tiny_model

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(name):
    """The text between <!-- name --> and <!-- /name -->, without its fence."""
    match = re.search(
        rf"<!-- {name} -->\n```\n(.*?)```\n<!-- /{name} -->", README, re.DOTALL
    )
    assert match, f"README.md has no block {name!r}"
    return match[1]


def commands_in_readme():
    """Every `python ...` line, without the remark behind it."""
    lines = re.findall(r"^(?:.*\| )?python ((?:train|predict|-m app).*)$", README, re.M)
    return [shlex.split(line, comments=True) for line in lines]


def test_the_help_of_train_py_is_the_one_printed_here():
    done = subprocess.run(
        [sys.executable, "train.py", "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "88"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == block("help of train.py")


@pytest.mark.parametrize("words", commands_in_readme(), ids=" ".join)
def test_every_flag_in_a_command_exists(words):
    settings = {"train.py": TrainSettings, "predict.py": PredictSettings}
    script = words[0]
    if script == "-m":
        settings_class = COMMANDS[words[2]].settings_class
    else:
        settings_class = settings[script]
    known = {flag_of(spec) for spec in dataclasses.fields(settings_class)}
    assert {word for word in words if word.startswith("--")} <= known | {"--help"}


def test_the_lines_of_python_run(tmp_path, monkeypatch):
    code = re.search(r"^From Python:\n\n```python\n(.*?)```", README, re.M | re.S)[1]
    write_tiny_model(tmp_path / "models" / "demo")
    monkeypatch.chdir(tmp_path)
    *statements, last = code.strip().splitlines()
    names: dict = {}
    exec("\n".join(statements), names)
    suggestions = eval(last, names)
    assert suggestions
    assert all(it.word.lower().startswith("s") for it in suggestions)


def test_the_limits_are_those_of_the_server():
    told, row = {}, r"^\| ((?:`\w+`,? ?)+) \| [^|]* \| ([\d, ]+) \|"
    for names, values in re.findall(row, README, re.M):
        told |= zip(re.findall(r"\w+", names), values.split(", "), strict=True)
    defaults = {k: f"{v:,}" for k, v in dataclasses.asdict(Limits()).items()}
    assert told == defaults


def test_the_session_of_an_editor_runs(tmp_path, capsys):
    code = re.search(r"```python\n(import json\nfrom websockets.*?)```", README, re.S)[
        1
    ]
    with Server(write_tiny_model(tmp_path / "demo")) as server:
        exec(code.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"), {})
    assert capsys.readouterr().out.count("[") == 2


def test_the_tree_names_folders_that_exist():
    for name in re.findall(r"^  (\w+)/  ", README, re.M):
        assert (ROOT / "app" / name).is_dir()


def test_nothing_is_left_to_fill_in():
    assert not re.search(r"\b(SESSION|HELP|JSONL|RESULTS|SHELL)\b", README)


def test_both_scripts_say_how_they_are_called():
    for script in (train, predict):
        assert f"python {script.__name__}.py --help" in script.__doc__
