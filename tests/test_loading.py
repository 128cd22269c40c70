"""What answers is what the folder has and the caller wants."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import app
import predict
from app.errors import UserError
from app.files.whole_folder import write_json
from app.language.contract import read
from app.language.mixture import Mixture
from app.language.network import Network
from app.loading import mixture_of, predictor_of
from app.model_folder import load_model_folder
from app.settings import Parts
from tests.language.test_mixture import FIT
from tests.test_model_folder import renew_manifest, with_ngrams, write

EVERYTHING = FIT.as_json()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A model with n-grams, a cache and their weights."""
    monkeypatch.chdir(tmp_path)
    path = with_ngrams(tmp_path / "models" / "tiny", mixture=EVERYTHING)
    return path


def log_probabilities(model) -> np.ndarray:
    states = read(model, model.start(1), np.array([[7, 8, 7, 8, 7]], np.int32))
    return model.log_probabilities(states)


def test_all_parts_answer_unless_they_are_left_out(folder):
    model = load_model_folder(folder)
    both = (True, False)
    tables = [
        log_probabilities(mixture_of(model, Parts(ngrams=ngrams, cache=cache)))
        for ngrams in both
        for cache in both
    ]
    for first in range(4):
        for second in range(first):
            assert not np.allclose(tables[first], tables[second])
    everything = app.load("tiny").model
    assert isinstance(everything, Mixture)
    np.testing.assert_array_equal(log_probabilities(everything), tables[0])


def test_a_model_without_n_grams_mixes_what_it_has(tmp_path):
    only_cache = {**EVERYTHING, "weights": {"cache": EVERYTHING["weights"]["cache"]}}
    model = load_model_folder(write(tmp_path / "tiny", mixture=only_cache))
    assert isinstance(mixture_of(model, Parts()), Mixture)
    assert isinstance(mixture_of(model, Parts(cache=False)), Network)


def test_a_model_without_weights_for_its_parts_answers_with_its_network(tmp_path):
    model = load_model_folder(write(tmp_path / "tiny"))
    assert model.mixture is None
    assert isinstance(predictor_of(model).model, Network)


@pytest.mark.parametrize(
    "flags", [["--network-only"], ["--no-ngrams"], ["--no-cache"]], ids=str
)
def test_each_part_can_be_left_out_on_the_command_line(folder, flags, capsys):
    def answer(*flags: str) -> str:
        text = "the cat sat on the mat , the cat sat on the"
        assert predict.main([text, "--json", *flags]) == 0
        return capsys.readouterr().out

    assert answer(*flags) != answer()


def test_leaving_out_both_parts_is_the_network_alone(folder, capsys):
    outputs = []
    for flags in (["--network-only"], ["--no-ngrams", "--no-cache"]):
        assert predict.main(["the cat", "--json", *flags]) == 0
        outputs.append(json.loads(capsys.readouterr().out))
    assert outputs[0] == outputs[1]


def test_a_changed_mixture_is_damaged(folder):
    path = folder / "mixture.json"
    path.write_text(path.read_text().replace("30", "31"))
    with pytest.raises(UserError, match="mixture.json is damaged: its bytes"):
        app.load("tiny")


@pytest.mark.parametrize("values", [{}, {**EVERYTHING, "weights": {}}], ids=len)
def test_a_mixture_that_is_none_is_damaged(folder, values):
    write_json(folder / "mixture.json", values)
    renew_manifest(folder)
    with pytest.raises(UserError, match=r"mixture.json is damaged: it h"):
        app.load("tiny")
