"""The n-gram model of a run is counted in the run's own folder, anew every time."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import numpy as np
import pytest

from app.errors import UserError
from app.language.ngram import NGramModel
from app.run.ngrams import build_ngrams
from app.run.unfinished import Prepared, resumable
from app.settings import TrainSettings
from tests.run.test_interruption import fill
from tests.run.test_interruption import small_disk as small_disk  # a fixture
from tests.tiny import tiny_text, tiny_vocabulary


def begun(folder: Path, **settings) -> tuple[Prepared, Path]:
    """A run with a folder of its own, before its first step."""
    model = folder / "models" / "mine"
    model.with_name("mine.partial").mkdir(parents=True)
    texts = {"train": tiny_text()}
    vectors = np.zeros((tiny_vocabulary().size, 2), np.float32)
    chosen = TrainSettings(**settings)
    return Prepared(chosen, [], tiny_vocabulary(), texts, vectors, {}), model


def test_a_run_counts_5_and_3_grams_of_all_words_of_its_training_text(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    prepared, folder = begun(tmp_path)
    places = build_ngrams(prepared, folder)
    assert places.keys() == {"ngrams", "trigrams"}
    assert places["ngrams"] == tmp_path / "models" / "mine.partial" / "ngrams"
    for place, order in zip(places.values(), (5, 3), strict=True):
        model = NGramModel.load(place)
        assert (model.order, model.vocabulary_size) == (order, tiny_vocabulary().size)
    assert caplog.messages == ["Counting 5-grams ...", "Counting 3-grams ..."]


def test_what_an_interrupted_run_has_left_is_counted_anew(tmp_path):
    prepared, folder = begun(tmp_path)
    places = build_ngrams(prepared, folder)
    place = places["ngrams"]
    whole = {path.name: path.read_bytes() for path in place.iterdir()}
    (place / "log_probabilities_5.npy").write_bytes(b"half")
    (place / "tmp_scratch").mkdir()
    assert build_ngrams(prepared, folder) == places
    assert {path.name: path.read_bytes() for path in place.iterdir()} == whole


def test_who_wants_no_n_grams_gets_none(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    prepared, folder = begun(tmp_path, no_ngrams=True)
    assert build_ngrams(prepared, folder) == {}
    assert not list(folder.with_name("mine.partial").iterdir())
    assert not caplog.messages


def test_a_full_disk_tells_how_to_go_on(small_disk, caplog):
    """The network is trained by then, and nobody was told that it is not lost."""
    caplog.set_level(logging.INFO)
    prepared, folder = begun(small_disk)
    fill(small_disk, leave=20_000)
    with pytest.raises(UserError, match="No space left"), resumable(folder):
        build_ngrams(prepared, folder)
    assert caplog.messages[-1].endswith("train.py --resume --name mine")
    (small_disk / "filler").unlink()
    assert build_ngrams(prepared, folder)


def test_a_run_that_goes_on_can_do_without_n_grams():
    started = TrainSettings(corpus=("notes",), epochs=3)
    given = TrainSettings(resume=True, no_ngrams=True)
    going_on, ignored = given.going_on_from(started)
    assert going_on == dataclasses.replace(started, no_ngrams=True)
    assert not ignored
