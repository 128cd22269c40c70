"""`python -m app` as a person calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import COMMANDS, main
from app.model_folder import write_model_folder
from tests.serving.conftest import tiny_model

ROOT = Path(__file__).parent.parent


def write_tiny_model(folder: Path) -> None:
    model = tiny_model("lstm")
    write_model_folder(
        folder,
        overwrite=False,
        config={
            "format": 1,
            "architecture": vars(model.architecture),
            "vocabulary": {"size": 66, "oov_types": 7, "pretokenized": False},
        },
        vocabulary=model.vocabulary,
        weights=model.weights,
        write_keras=lambda path: path.touch(),
    )


def test_export_prints_the_folder_of_the_new_version(tmp_path, capsys):
    write_tiny_model(tmp_path / "tiny")
    target = tmp_path / "exports"
    (target / "1").mkdir(parents=True)
    assert main(["export", str(tmp_path / "tiny"), "--to", str(target)]) == 0
    assert capsys.readouterr().out == f"{target / '2'}\n"
    assert (target / "2" / "saved_model.pb").is_file()


def test_an_unknown_model_is_one_sentence_and_status_2(tmp_path, capsys):
    assert main(["export", "no-such-model", "--to", str(tmp_path / "x")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: There is no model 'no-such-model'.")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["export", "model"], ["export", "m", "--to", "d", "--format", "x"]],
)
def test_a_wrong_command_line_is_status_2(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: python -m app" in capsys.readouterr().err


def test_help_names_every_command_and_imports_nothing_heavy():
    source = (
        "import sys\n"
        "from app.__main__ import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'numpy', 'regex', 'tensorflow', 'keras', 'pandas', 'rich'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
    assert "heavy: []" in child.stdout
    assert all(name in child.stdout for name in COMMANDS)


def test_texts_and_flags_of_a_command_come_in_any_order(tmp_path, capsys):
    write_tiny_model(tmp_path / "tiny")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("The cat sat on the mat.")
    texts = [str(tmp_path / name) for name in ("a.txt", "b.txt")]
    model = str(tmp_path / "tiny")
    assert main(["evaluate", model, texts[0], "--json", texts[1]]) == 0
    assert json.loads(capsys.readouterr().out)["test"]["documents"] == 2
