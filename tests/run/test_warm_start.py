"""`train.py --from NAME`: training goes on where another model ended."""

from __future__ import annotations

import csv

import pytest

import train
from app.model_folder import load_model_folder
from app.text.vocabulary import RESERVED
from tests.test_train import FAST, corpus, here, small_text, texts

__all__ = ["corpus", "here", "texts"]  # fixtures


def first_perplexity(folder):
    with (folder / "history.csv").open() as file:
        return float(next(csv.DictReader(file))["validation_perplexity"])


@pytest.mark.slow
def test_a_model_begins_with_what_another_has_learned(texts, here):
    flags = [*texts, *FAST]
    long = ["--epochs", "30", "--patience", "30", "--learning-rate", "0.03"]
    assert train.main([*flags, *long, "--name", "old"]) == 0
    models = here / "models"
    cold = first_perplexity(models / "old")
    # Twenty more epochs of the same text, in the place of the old model.
    assert train.main([*flags, "--from", "old", "--name", "old", "--overwrite"]) == 0
    assert first_perplexity(models / "old") < 0.6 * cold
    # Another text with words of its own; a resumed run no longer needs the old model.
    (here / "new").mkdir()
    for number in range(24):
        text = (
            small_text(100 + number).replace("cat", "zebra").replace("London", "Rome")
        )
        (here / "new" / f"{number}.txt").write_text(text)
    flags = ["new", *texts[1:], *FAST, "--from", "old", "--name", "grown"]
    assert train.main(flags) == 0
    assert first_perplexity(models / "grown") < 0.7 * cold
    old, grown = (load_model_folder(models / name) for name in ("old", "grown"))
    words = set(grown.vocabulary.tokens[len(RESERVED) :])
    assert words >= {*old.vocabulary.tokens[len(RESERVED) :], "zebra", "rome"}
    assert grown.config["settings"]["from_model"] == "old"


@pytest.fixture
def old(texts, here):
    assert train.main([*texts, *FAST, "--epochs", "1", "--name", "old"]) == 0
    return here / "models" / "old"


def test_what_a_run_cannot_begin_with_is_refused_before_the_text_is_read(
    old, corpus, capsys
):
    capsys.readouterr()
    flags = [str(corpus), *FAST, "--name", "new"]
    for extra, told in (
        (["--from", "nobody"], "There is no model 'nobody'. models/ has: old."),
        (["--from", "old", "--units", "9"], "models/old (units 8) do not fit"),
        (["--from", "old", "--cell", "gru"], "this network (cell gru)"),
    ):
        assert train.main([*flags, *extra]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert "Read" not in error
        assert {path.name for path in old.parent.iterdir()} == {"old"}


def test_vectors_of_another_width_are_refused(old, corpus, here, capsys):
    (here / "v.txt").write_text("the 1.0 2.0\ncat 1.0 2.5\n")
    flags = [*FAST, "--name", "new", "--from", "old", "--embeddings", "v.txt"]
    assert train.main([str(corpus), *flags]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "models/old (embedding dim 100) do not fit" in error
    assert "this network (embedding dim 2)" in error
    assert not (here / "models" / "new.partial").exists()
