"""Kinds of network on the same small text, as a person compares them."""

import json
import os
import signal

import pytest

from app.__main__ import main
from app.language.budget import TOLERANCE
from app.settings.compare import KINDS
from tests.test_train import corpus, texts

__all__ = ["corpus", "texts"]  # fixtures

FAST = ["--embeddings", "random", "--units", "32", "--epochs", "1", "--seeds", "1"]


def without_times(runs):
    timed = ("seconds", "tokens_per_second", "milliseconds")
    return [{k: it for k, it in run.items() if k not in timed} for run in runs]


@pytest.mark.slow
def test_every_kind_is_trained_measured_and_asked(texts, tmp_path, capsys):
    command = ["compare", *texts, *FAST, "--to", str(tmp_path / "new")]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "Kneser-Ney 5-gram" in shown and "The clouds are on the ___" in shown
    found = json.loads((tmp_path / "new" / "compare.json").read_text())
    runs = {run["kind"]: run for run in found["runs"]}
    assert list(runs) == list(KINDS)
    wanted = runs["lstm"]["own_parameters"]
    for kind, run in runs.items():
        if kind != "kneser-ney":
            assert abs(run["own_parameters"] - wanted) <= TOLERANCE * wanted
        assert run["figures"]["perplexity"] > 1
    tokens = {run["figures"]["tokens"] for run in runs.values()}
    assert len(tokens) == 2  # a two-sided network is not asked for ends
    assert not list((tmp_path / "new").glob("*.partial"))
    assert (tmp_path / "new" / "compare.html").is_file()


@pytest.mark.slow
def test_whoever_interrupts_goes_on_and_ends_where_the_undisturbed_end(
    texts, tmp_path, capsys, monkeypatch
):
    from app.network.training import Trainer

    validate = Trainer.validate

    def interrupted(trainer):
        os.kill(os.getpid(), signal.SIGINT)
        return validate(trainer)

    flags = [*texts, *FAST, "--kinds", "kneser-ney,gru", "--json", "--to"]
    assert main(["compare", *flags, str(tmp_path / "whole")]) == 0
    whole = json.loads(capsys.readouterr().out)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "validate", interrupted)
        assert main(["compare", *flags, str(tmp_path / "stopped")]) == 130
    assert "Go on by the same command." in capsys.readouterr().err
    assert main(["compare", *flags, str(tmp_path / "stopped")]) == 0
    stopped = json.loads(capsys.readouterr().out)
    assert without_times(stopped["runs"]) == without_times(whole["runs"])
    assert stopped["corpus"] == whole["corpus"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--kinds", "lstm,transformer"], "there is no kind 'transformer'"),
        (["--seeds", "0"], "--seeds is 0, but must be 1 or more"),
        (["--units", "-3"], "--units is -3"),
        (["--epochs", "0"], "epochs"),
        (["--valid", "v.txt"], "--valid needs --test"),
        (["-"], "Standard input"),
        (["--pretokenized", "--field", "body"], "--pretokenized reads lines"),
    ],
)
def test_settings_that_cannot_work_are_one_sentence(flags, told, tmp_path, capsys):
    command = ["compare", "text.txt", *flags, "--to", str(tmp_path / "new")]
    assert main(command) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_networks_too_small_to_be_equal_are_refused(corpus, tmp_path, capsys):
    command = ["compare", str(corpus), "--embeddings", "random", "--units", "2"]
    command += ["--kinds", "two-layers", "--to", str(tmp_path / "new")]
    assert main(command) == 2
    assert "Give a larger number." in capsys.readouterr().err
