"""A new version of a model's folder takes over; a damaged one does not."""

import shutil
import time
from unittest.mock import patch

import pytest

import app
from app.errors import UserError
from app.serving.server.errors import ServerError
from app.serving.server.models import ServedModels
from tests.serving.server.running import SECONDS, Server, words_of
from tests.tiny import write_tiny_model


@pytest.fixture
def folder(tmp_path):
    return write_tiny_model(tmp_path / "tiny")


def see(models):
    """Looks twice: a folder has to be found the same twice."""
    models.reload()
    models.reload()


def test_a_new_version_answers_and_the_old_one_goes_on_for_who_has_it(folder):
    models = ServedModels({"tiny": folder})
    old = models.get("tiny")
    before = old.predictor().complete("The cat")
    write_tiny_model(folder, seed=1)
    see(models)
    new = models.get("tiny")
    assert (old.version, new.version) == (1, 2)
    expected = app.load(folder).complete("The cat")
    assert words_of(new.predictor().complete("The cat")) == words_of(expected)
    assert old.predictor().complete("The cat") == before
    assert words_of(before) != words_of(expected)


def test_a_folder_that_is_still_changing_is_not_loaded(folder):
    models = ServedModels({"tiny": folder})
    write_tiny_model(folder, seed=1)
    models.reload()
    assert models.get().version == 1


def test_a_damaged_version_is_refused_once_and_the_next_whole_one_taken(folder, caplog):
    models = ServedModels({"tiny": folder})
    weights = folder / "weights" / "output_bias.npy"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-8])
    for _ in range(3):
        see(models)
    assert models.get().version == 1
    assert caplog.text.count("is refused") == 1
    assert "output_bias.npy is damaged" in caplog.text
    weights.write_bytes(whole)
    see(models)
    assert models.get().version == 2


def test_weights_that_are_cut_short_under_a_running_model_do_no_harm(folder):
    """Mapped files that lose their end would kill the process (SIGBUS)."""
    models = ServedModels({"tiny": folder})
    before = models.get().predictor().complete("The cat")
    for path in (folder / "weights").iterdir():
        path.write_bytes(b"")
    assert models.get().predictor().complete("The cat") == before


def test_a_folder_that_is_taken_away_leaves_its_model(folder):
    models = ServedModels({"tiny": folder})
    shutil.rmtree(folder)
    see(models)
    assert words_of(models.get().predictor().complete("The cat"))
    assert models.get().version == 1


def test_a_server_does_not_start_with_a_damaged_model(folder):
    (folder / "vocabulary.tsv").write_text("nonsense")
    with pytest.raises(UserError, match=str(folder / "vocabulary.tsv")):
        ServedModels({"tiny": folder})


def test_an_unknown_name_is_told_with_those_that_exist(folder):
    models = ServedModels({"one": folder, "two": folder})
    assert models.get().name == "one"
    with pytest.raises(ServerError, match="There are: one, two"):
        models.get("three")


def test_the_same_question_gets_the_same_predictor(folder):
    model = ServedModels({"tiny": folder}).get()
    assert model.predictor() is model.predictor()
    assert model.predictor(temperature=2.0) is not model.predictor()
    for temperature in range(1, 100):  # a slider that is moved: not all are kept
        model.predictor(temperature=float(temperature))
    assert len(model._predictors) < 40


def test_a_running_server_takes_over_a_new_version_and_says_so(folder):
    with Server(folder) as server:
        write_tiny_model(folder, seed=1)
        expected = app.load(folder).complete("The cat")
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            answer = server.ask("/api/complete", text="The cat").json()
            if answer["model"]["version"] == 2:
                break
            time.sleep(0.1)
        assert answer["model"]["version"] == 2
        assert words_of(answer) == words_of(expected)
        assert "version 2 answers" in server.log


def test_a_fault_with_one_version_does_not_end_the_watch_for_the_next(folder, caplog):
    models = ServedModels({"tiny": folder})
    write_tiny_model(folder, seed=1)
    with patch("app.serving.server.models.mixed", side_effect=KeyError("a secret")):
        see(models)
    assert models.get().version == 1
    assert "is refused, the old one stays: KeyError" in caplog.text
    assert "secret" not in caplog.text
    write_tiny_model(folder, seed=2)
    see(models)
    assert models.get().version == 2
