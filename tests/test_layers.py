"""The house keeps its order: who may import whom, and how long anything may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ASK_EXPORTS, ROOT

MODULES = sorted((ROOT / "app").rglob("*.py"))
SCRIPTS = [ROOT / name for name in ("train.py", "predict.py") if (ROOT / name).exists()]

# In the order in which a word passes through them; each may import those before it.
ROOMS = ("text", "network", "language", "suggestion", "evaluation", "serving")
COMMON = {"errors", "settings"}

# The modules beside the rooms, and what the last two rooms, which hold commands, may
# use besides their predecessors.
MAY_IMPORT = {
    "errors": set(),
    "settings": {"errors", "settings"},
    "standard_streams": {"errors"},
    "console": {"errors", "standard_streams"},
    "line_workers": {"errors"},
    "files": {*COMMON, "files"},
    "model_names": {*COMMON, "files"},
    "model_folder": {*COMMON, "text", "files", "model_names"},
    "run": {*COMMON, *ROOMS, "console", "files", "model_folder", "model_names", "run"},
    "loading": {*COMMON, *ROOMS[:-1], "files", "model_folder"},
    **{room: {*COMMON, room, *ROOMS[:i]} for i, room in enumerate(ROOMS)},
}
MAY_IMPORT["network"] |= {"files"}  # its checkpoints
MAY_IMPORT["suggestion"] |= {"files"}  # the personal memory
MAY_IMPORT["evaluation"] |= {"files"}  # what is known about a model, and its report
for room in ("evaluation", "serving"):
    MAY_IMPORT[room] |= {"console", "model_folder"}
MAY_IMPORT["serving"] |= {"files"}  # exports are whole folders
MAY_IMPORT["serving"] |= {"loading", "model_names"}  # the server loads new versions

TENSORFLOW = {"tensorflow", "keras"}
HEAVY = {
    *TENSORFLOW,
    *(
        "fastapi",
        "gensim",
        "h5py",
        "jinja2",
        "pandas",
        "prometheus_client",
        "prompt_toolkit",
        "pyarrow",
        "rich",
        "scipy",
        "uvicorn",
    ),
}

LONGEST_MODULE = 300
LONGEST_FUNCTION = 45


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, as a dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: a relative import hides the room"
            yield str(node.module)
            if node.module == "app":
                yield from (f"app.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "app").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_from_those_before_it(path):
    room = room_of(path)
    if room in ("__init__", "__main__"):  # the doors; they lead into every room
        return
    assert room in MAY_IMPORT, f"{name_of(path)}: MAY_IMPORT does not know this place"
    used = {name.split(".")[1] for name in imports_of(path) if name.startswith("app.")}
    known = {name for name in used if name in MAY_IMPORT}  # the rest is not a module
    assert known <= MAY_IMPORT[room], f"{name_of(path)} must not import these"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_package_knows_neither_its_scripts_nor_its_tests(path):
    assert not {"train", "predict", "tests"} & {
        name.split(".")[0] for name in imports_of(path)
    }


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=name_of)
def test_only_the_network_and_the_export_import_tensorflow(path):
    is_network = path.is_relative_to(ROOT / "app" / "network")
    is_export = path.is_relative_to(ROOT / "app" / "serving") and path.name.startswith(
        ("export", "graph_")
    )
    if not (is_network or is_export):
        assert not TENSORFLOW & {name.split(".")[0] for name in imports_of(path)}


@pytest.mark.parametrize(
    "modules", ["app.model_folder, app.suggestion.predictor, app.language.network"]
)
def test_a_prediction_imports_nothing_heavy(modules):
    """TensorFlow alone takes three seconds; an answer may take half of one."""
    source = (
        f"import sys, app, app.console, app.settings, {modules}\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_server_starts_with_nothing_heavy_but_what_serves():
    """What draws pages and pictures is loaded when the first one is asked for."""
    source = (
        "import sys, app.serving.server.command\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    serves = "['fastapi', 'prometheus_client', 'uvicorn']\n"
    assert (done.stdout, done.stderr) == (serves, "")


def test_both_scripts_and_the_door_show_their_help_without_anything_heavy():
    for script in (["train.py"], ["predict.py"], ["-m", "app"]):
        command = [sys.executable, "-X", "importtime", *script, "--help"]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        imported = {line.rsplit("|", 1)[-1].strip() for line in lines}
        assert not HEAVY & imported, script


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=name_of)
def test_a_module_reads_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=name_of)
def test_a_function_fits_on_a_screen(path):
    """Its docstring is not counted: explaining more must not cost anything."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node
        num_lines = (node.end_lineno or 0) - first.lineno + 1
        assert num_lines <= LONGEST_FUNCTION, f"{node.name}: {num_lines} lines"


def test_the_files_of_tests_that_go_to_one_process_are_there():
    assert all((ROOT / name).is_file() for name in ASK_EXPORTS)
