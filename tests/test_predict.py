"""`predict.py` as a person and a program meet it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import app
import predict
from app.__main__ import main as commands
from app.errors import UserError
from tests.tiny import tiny_architecture, write_tiny_model

ROOT = Path(__file__).parent.parent
HEAVY = ("tensorflow", "keras", "gensim", "pandas", "rich", "h5py", "hypothesis")


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """A folder to work in, whose models/ holds the tiny model."""
    write_tiny_model(tmp_path / "models" / "tiny")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


def feed(monkeypatch, content: bytes) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)


def shell(folder: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "predict.py"), *arguments],
        cwd=folder,
        capture_output=True,
        timeout=60,
        **options,
    )


def answers(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def words(answer: dict, blank: int = 0) -> list[str]:
    return [it["word"] for it in answer["blanks"][blank]["suggestions"]]


def test_a_text_is_completed_in_a_table(models, capsys):
    assert predict.main(["The cat sat"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "The cat sat"
    assert len(lines) == 6 and all(line.endswith(" %") for line in lines[1:])
    assert err == f"Model: {Path('models/tiny')} (the newest)\n"


def test_texts_and_flags_come_in_any_order(models, capsys):
    arguments = ["the cat", "--json", "the ___ sat on the ___", "--top", "2"]
    assert predict.main([*arguments, "--network-only"]) == 0
    first, second = answers(capsys.readouterr().out)
    assert first["text"] == "the cat" and len(words(first)) == 2
    assert [len(words(second, blank)) for blank in (0, 1)] == [2, 2]


def test_a_named_model_is_not_named_again(models, capsys):
    write_tiny_model(models / "other", seed=1)
    outputs = []
    for name in ("tiny", str(models / "tiny"), "other"):
        assert predict.main(["the", "--json", "--model", name]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        outputs.append(out)
    assert outputs[0] == outputs[1] != outputs[2]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("context_length", [None, 50])
def test_every_kind_of_network_answers(models, capsys, cell, context_length):
    architecture = tiny_architecture(cell, layers=2, context_length=context_length)
    write_tiny_model(models / "kind", architecture)
    assert predict.main(["the ___ sat", "--json", "--model", "kind"]) == 0
    (answer,) = answers(capsys.readouterr().out)
    assert len(words(answer)) == 5


def test_candidates_are_ranked_and_all_answered(models, capsys):
    status = predict.main(
        ["The ___ sat", "--candidates", "dog, CAT,zebra,", "--top", "1", "--json"]
    )
    assert status == 0
    (answer,) = answers(capsys.readouterr().out)
    assert sorted(words(answer)) == ["CAT", "dog", "zebra"]


def test_a_dash_reads_one_text_a_line(models, capsys, monkeypatch):
    feed(monkeypatch, "\ufeffthe cat\r\n\nit is été\n".encode())
    assert predict.main(["it", "-", "we", "--json"]) == 0
    found = [answer["text"] for answer in answers(capsys.readouterr().out)]
    assert found == ["it", "the cat", "", "it is été", "we"]


def test_without_text_a_pipe_is_answered_line_by_line(models, capsys, monkeypatch):
    feed(monkeypatch, b"the cat\nthe ___ sat\n")
    assert predict.main([]) == 0
    out = capsys.readouterr().out
    assert out.startswith("the cat\n  ") and "\nthe ___ sat\n  " in out


def test_the_live_prompt_goes_on_after_a_mistake(models, capsys, monkeypatch):
    lines = ["the cat", "___ " * 50, "we ___ it"]
    feed(monkeypatch, "\n".join(lines).encode())
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert predict.main(["--top", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("the cat\n") and "\nwe ___ it\n" in out
    assert "Ctrl-D ends" in err and "at most 20" in err


def test_json_lines_are_answered_in_order_and_bad_ones_too(models, capsys, monkeypatch):
    requests = [
        '{"text": "the cat", "top": 2}',
        "{no json",
        '{"text": "the ___", "candidates": ["cat", "dog"], "typing": false}',
        "",
        '{"text": "it"}',
    ]
    feed(monkeypatch, "\n".join(requests).encode())
    assert predict.main(["--jsonl", "--top", "3"]) == 2
    out, err = capsys.readouterr()
    first, bad, third, empty, last = answers(out)
    assert len(words(first)) == 2
    assert sorted(words(third)) == ["cat", "dog"]
    assert len(words(last)) == 3
    assert bad.keys() == empty.keys() == {"error"}
    assert "Line 2: " in err and "Line 4: " in err


def test_a_half_typed_word_is_finished(models, capsys):
    assert predict.main(["in Lon", "--typing", "--json"]) == 0
    (answer,) = answers(capsys.readouterr().out)
    assert words(answer) == ["London"]
    assert (
        predict.main(["in Lodn", "in xyz", "--typing", "--forgiving", "--top", "1"])
        == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["in Lodn", "  London  100.0 %", "in xyz", "  (no word fits)"]


def test_every_json_line_says_whether_it_is_half_typed(models, capsys, monkeypatch):
    lines = b'{"text": "in Lon", "typing": true}\n{"text": "in Lon"}'
    feed(monkeypatch, lines)
    assert predict.main(["--jsonl"]) == 0
    typed, whole = answers(capsys.readouterr().out)
    assert words(typed) == ["London"] and len(words(whole)) == 5
    feed(monkeypatch, lines.replace(b"true", b"false"))
    assert predict.main(["--jsonl", "--typing"]) == 0
    whole, typed = answers(capsys.readouterr().out)
    assert words(typed) == ["London"] and len(words(whole)) == 5


def test_words_are_blocked_and_marks_offered(models, capsys, tmp_path):
    blocked = tmp_path / "blocked.txt"
    blocked.write_text("LONDON\n", encoding="utf-8")
    flags = ["--block", str(blocked), "--punctuation", "--top", "500", "--json"]
    assert predict.main(["in", *flags]) == 0
    (answer,) = answers(capsys.readouterr().out)
    assert "London" not in words(answer) and "." in words(answer)


def test_good_json_lines_alone_exit_with_0(models, capsys, monkeypatch):
    feed(monkeypatch, b'\xef\xbb\xbf{"text": "the"}\n{"text": ""}')
    assert predict.main(["--jsonl", "-"]) == 0
    assert [answer["text"] for answer in answers(capsys.readouterr().out)] == [
        "the",
        "",
    ]


@pytest.mark.parametrize(
    ("request_line", "message"),
    [
        ("[]", "must be a JSON object"),
        ('{"top": 3}', '"text" that is a string'),
        ('{"text": 3}', '"text" that is a string'),
        ('{"text": "a", "top": 0}', '"top" is 0'),
        ('{"text": "a", "top": true}', '"top" is True'),
        ('{"text": "a", "top": 2.5}', '"top" is 2.5'),
        ('{"text": "a", "candidates": "cat"}', "list of strings"),
        ('{"text": "a", "candidates": [1]}', "list of strings"),
        ('{"text": "a", "candidates": []}', "no candidate"),
        ('{"text": "a", "candidates": [" "]}', "has no word"),
        ('{"text": "a", "typing": 1}', '"typing" is 1'),
        ('{"text": "a ___", "typing": true}', "has a blank or candidates"),
        ('{"text": "a", "tpo": 3}', "Unknown key 'tpo'"),
        ('{"text": "a", "seed": 3}', "Unknown key 'seed'"),
        ('{"text": "a", "words": 0}', '"words" is 0'),
        ('{"text": "a", "words": null}', '"words" is None'),
        ('{"text": "a", "confidence": 2}', '"confidence" is 2'),
        ('{"text": "a", "confidence": true}', '"confidence" is True'),
        ('{"text": "a ___ b", "words": 2}', "has a blank inside"),
        ('{"text": "a", "candidates": ["b"], "words": 2}', "candidates"),
        ('{"text": "\\ud800"}', "is no character"),
        ('{"text": "\\ud800", "candidates": ["a"]}', "is no character"),
        ("[" * 100_000, "no JSON"),
        ('{"text": "' + "___ " * 50 + '"}', "at most 20"),
    ],
)
def test_a_bad_json_line_says_what_is_wrong(
    models, capsys, monkeypatch, request_line, message
):
    feed(monkeypatch, request_line.encode())
    assert predict.main(["--jsonl"]) == 2
    (answer,) = answers(capsys.readouterr().out)
    assert message in answer["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["the", "--top", "0"], "--top is 0"),
        (["the", "--candidates", ","], "names no word"),
        (["the", "--candidates", ""], "names no word"),
        (["the ___", "--candidates", "cat,\u200b"], "has no word in it"),
        (["the", "--typing", "--candidates", "a,b"], "Leave out one of them"),
        (["the", "--forgiving"], "Give --typing too"),
        (["the", "--offer-once"], "is for the live prompt"),
        (["the ___", "--typing"], "has a blank"),
        (["the", "--block", "no-such-file"], "no-such-file: cannot be read"),
        (["the", "--jsonl"], "TEXT cannot be given too"),
        (["-", "-"], "only once"),
        (["the", "--model", "nobody"], "models/ has: tiny"),
        (["___ " * 50], "at most 20"),
        (["the \udcff"], "is no character"),
        (["the", "--words", "0"], "--words is 0"),
        (["the", "--confidence", "1.5"], "--confidence is 1.5"),
        (["the", "--confidence", "nan"], "--confidence is nan"),
        (["the", "--words", "21"], "at most 20 words, but 21"),
        (["the", "--words", "21", "--typing"], "at most 20 words, but 21"),
        (["the ___ sat", "--words", "2"], "has a blank inside"),
        (["the", "--words", "2", "--candidates", "a"], "--words cannot be given"),
        (["the", "--confidence", "0", "--candidates", "a"], "--confidence cannot"),
        (["the", "--temperature", "1"], "--temperature is for writing on. Add"),
        (["the", "--top-k", "1"], "--top-k is for writing on"),
        (["the", "--top-p", "1"], "--top-p is for writing on"),
        (["the", "--no-repeat", "1"], "--no-repeat is for writing on"),
        (["the", "--seed", "1"], "--seed is for writing on"),
        (["the", "--sample", "--seed", "-1"], "--seed is -1"),
        (["the", "--sample", "--candidates", "a"], "--candidates has no meaning"),
        (["the", "--sample", "--confidence", "0"], "--confidence has no meaning"),
        (["the", "--sample", "--typing"], "--typing has no meaning"),
        (["the", "--sample", "--temperature", "0"], "--temperature is 0"),
        (["the ___", "--sample", "--seed", "1"], "stands at its end"),
    ],
)
def test_a_mistake_is_told_in_one_line(models, capsys, arguments, message):
    assert predict.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    *remarks, error = err.splitlines()
    assert error.startswith("error: ") and message in error
    assert len(remarks) <= 1  # the name of the model


@pytest.fixture
def surer(models) -> None:
    """Lets the tiny model be surer of what comes next, so that phrases pay."""
    kernel = np.load(models / "tiny" / "weights" / "output_kernel.npy")
    _write_again(models / "tiny", "output_kernel", 4 * kernel)


def test_phrases_are_answered_in_the_published_form(models, capsys, surer):
    arguments = ["--words", "3", "--confidence", "0", "--json"]
    assert predict.main([*arguments, "the cat", "the cat ___"]) == 0
    first, second = answers(capsys.readouterr().out)
    assert any(" " in word for word in words(first))
    assert first["blanks"] == second["blanks"] and second["text"] == "the cat ___"


@pytest.mark.parametrize("arguments", [["the"], ["the ___ on"], ["the", "--words=3"]])
def test_nothing_below_the_confidence_is_shown(models, capsys, arguments):
    arguments = [*arguments, "--json", "--top", "60"]
    assert predict.main([*arguments, "--confidence", "0"]) == 0
    assert predict.main([*arguments, "--confidence", "0.05"]) == 0
    every, some = (
        [it["probability"] for it in answer["blanks"][0]["suggestions"]]
        for answer in answers(capsys.readouterr().out)
    )
    assert min(every) < 0.05 <= min(some)


def test_the_same_seed_writes_on_in_the_same_way(models, capsys):
    arguments = ["the cat", "--sample", "--words", "12", "--top", "2", "--json"]
    outputs = []
    for seed in ("7", "7", "8"):
        assert predict.main([*arguments, "--seed", seed]) == 0
        out, err = capsys.readouterr()
        assert "Seed" not in err
        outputs.append(words(*answers(out)))
    assert outputs[0] == outputs[1] != outputs[2]
    assert outputs[0][1] == outputs[2][0]  # the second text is the next seed's


def test_a_seed_that_was_not_given_is_told(models, capsys):
    arguments = ["the cat", "--sample", "--words", "9"]
    assert predict.main(arguments) == 0
    out, err = capsys.readouterr()
    assert out.startswith("the cat\n  ") and "%" not in out
    seed = err.partition("Seed: ")[2].split()[0]
    assert predict.main([*arguments, "--seed", seed]) == 0
    assert capsys.readouterr().out == out


def test_json_lines_ask_for_phrases_and_seeds(models, capsys, monkeypatch, surer):
    feed(monkeypatch, b'{"text": "the", "words": 3, "confidence": 0}\n{"text": "the"}')
    assert predict.main(["--jsonl"]) == 0
    phrases, single = answers(capsys.readouterr().out)
    assert any(" " in word for word in words(phrases))
    assert not any(" " in word for word in words(single))
    feed(monkeypatch, b'{"text": "the", "seed": 3, "words": 9}\n{"text": "the"}')
    assert predict.main(["--jsonl", "--sample", "--seed", "3", "--words", "9"]) == 0
    first, second = answers(capsys.readouterr().out)
    assert first == second and len(words(first)) == 1


def test_a_memory_makes_what_was_accepted_likelier(models, capsys):
    def asked(*arguments: str) -> tuple[float, str]:
        assert predict.main(["the", "--json", "--top", "60", *arguments]) == 0
        out, err = capsys.readouterr()
        (blank,) = answers(out)[0]["blanks"]
        rain = [it for it in blank["suggestions"] if it["word"] == "rain"]
        return rain[0]["probability"], err

    before, _ = asked()
    same, err = asked("--memory", "mine.json")
    assert same == before and "mine.json is empty so far" in err
    memory = ["memory", "mine.json", "accept", "the rain, the rain, the rain"]
    assert commands(memory) == 0
    assert asked("--memory", "mine.json")[0] > before + 0.05


def test_a_name_that_was_accepted_is_finished(models, capsys):
    assert commands(["memory", "mine.json", "accept", "Zaphod Beeblebrox"]) == 0
    arguments = ["the Bee", "--typing", "--json", "--memory", "mine.json"]
    assert predict.main(arguments) == 0
    (answer,) = answers(capsys.readouterr().out)
    assert words(answer) == ["Beeblebrox"]


def test_a_damaged_memory_is_told(models, capsys):
    Path("mine.json").write_text("{")
    assert predict.main(["the", "--memory", "mine.json"]) == 2
    assert "mine.json is no memory, or damaged" in capsys.readouterr().err


def test_without_any_model_train_is_pointed_at(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert predict.main(["the"]) == 2
    assert "Run train.py" in capsys.readouterr().err


def test_an_unknown_flag_exits_with_2(capsys):
    with pytest.raises(SystemExit) as stopped:
        predict.main(["--nonsense"])
    assert stopped.value.code == 2


def test_weights_that_are_not_numbers_name_the_folder(models):
    path = models / "tiny" / "weights" / "output_kernel.npy"
    spoilt = np.load(path)
    spoilt[0, 0] = np.nan
    folder = models / "tiny"
    _write_again(folder, "output_kernel", spoilt)
    with pytest.raises(UserError, match="tiny is damaged: .*'output_kernel' hold"):
        app.load("tiny")


def test_weights_of_another_shape_name_the_folder(models):
    _write_again(models / "tiny", "dense_bias", np.zeros(3, np.float32))
    with pytest.raises(UserError, match=r"tiny is damaged: .*'dense_bias' have shape"):
        app.load("tiny")


def test_a_changed_byte_names_the_file(models):
    path = models / "tiny" / "weights" / "embedding.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="embedding.npy is damaged"):
        app.load("tiny")


def test_load_takes_a_name_a_path_or_nothing(models):
    expected = app.load("tiny").answer("the cat")
    assert app.load().answer("the cat") == expected
    assert app.load(models / "tiny").answer("the cat") == expected


def test_help_is_quick_and_imports_nothing_heavy(tmp_path):
    result = shell(tmp_path, "--help")
    assert result.returncode == 0 and b"--candidates" in result.stdout
    code = "import sys, predict; print(*sys.modules)"
    imported = _imports_of(code, tmp_path)
    assert not imported & {*HEAVY, "numpy", "regex"}


def test_an_answer_imports_nothing_heavy(models):
    code = "import sys, predict; predict.main(['the ___ sat']); print(*sys.modules)"
    imported = _imports_of(code, models.parent)
    assert "numpy" in imported
    assert not imported & set(HEAVY)


def test_importing_the_package_is_cheap(tmp_path):
    imported = _imports_of("import sys, app; print(*sys.modules)", tmp_path)
    assert not imported & {*HEAVY, "numpy", "regex", "argparse"}


def test_a_reader_who_leaves_is_no_error(models):
    command = f"'{sys.executable}' '{ROOT / 'predict.py'}' the cat | head -n 1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=models.parent,
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1"])
def test_the_locale_does_not_matter(models, locale):
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0"}
    result = shell(
        models.parent, "-", "--json", input="Été\n".encode(), env=environment
    )
    assert result.returncode == 0
    assert json.loads(result.stdout.decode("utf-8"))["text"] == "Été"


def test_bytes_that_are_not_utf_8_are_refused(models):
    result = shell(models.parent, "-", "--json", input=b"the cat\nthe \xff\n")
    assert result.returncode == 2
    assert json.loads(result.stdout)["text"] == "the cat"
    assert b"error: The text has '\\udcff' at character 5" in result.stderr


def test_ctrl_c_exits_with_130(models):
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "predict.py"), "-"],
        cwd=models.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b"the cat\n")
    process.stdin.flush()
    process.stdout.readline()  # it answers each line at once
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def _write_again(folder: Path, name: str, array: np.ndarray) -> None:
    """Replaces one array and writes the manifest anew, as a broken training would."""
    from app.model_folder import load_model_folder, write_model_folder

    whole = load_model_folder(folder)
    write_model_folder(
        folder,
        overwrite=True,
        config=whole.config,
        vocabulary=whole.vocabulary,
        weights={**whole.weights, name: array},
        write_keras=Path.touch,
    )


def _imports_of(code: str, folder: Path) -> set[str]:
    """The modules that a fresh interpreter holds after `code`, which prints them."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(result.stdout.splitlines()[-1].split())
