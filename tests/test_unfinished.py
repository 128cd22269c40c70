"""A run that is not whole yet comes back as it was left, or says why not."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from app.errors import UserError
from app.settings import TrainSettings
from app.text.encoding import EncodedText
from app.unfinished import PREPARED, Prepared, load_prepared, save_prepared
from tests.tiny import tiny_vocabulary


@pytest.fixture
def saved(tmp_path):
    """The folder that the run would have made, and what was saved for it."""
    text = EncodedText(np.arange(5, 12, dtype=np.int32), np.array([3, 7]), 2)
    prepared = Prepared(
        TrainSettings(corpus=("a.txt", "b"), epochs=3),
        ["a.txt", "b", "--epochs", "3"],
        tiny_vocabulary(),
        {"train": text, "valid": text},
        np.ones((4, 2), np.float32),
        {"corpus": {"sha256": "x"}},
    )
    save_prepared(tmp_path / "mine", prepared)
    return tmp_path / "mine", prepared


def test_what_was_saved_is_loaded(saved):
    folder, before = saved
    after = load_prepared(folder)
    assert after.settings == before.settings
    assert (after.command, after.facts) == (before.command, before.facts)
    assert after.vocabulary.tokens == before.vocabulary.tokens
    assert after.vocabulary.oov_types == before.vocabulary.oov_types
    np.testing.assert_array_equal(after.embedding_matrix, before.embedding_matrix)
    assert after.texts.keys() == {"train", "valid"}
    for name, text in after.texts.items():
        np.testing.assert_array_equal(text.ids, before.texts[name].ids)
        np.testing.assert_array_equal(
            text.document_ends, before.texts[name].document_ends
        )
        assert text.oov_words == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["settings"].update(a_setting_of_tomorrow=1),
        lambda record: record["settings"].pop("corpus"),
        lambda record: record.pop("oov_types"),
        lambda record: record.update(settings=None),
    ],
)
def test_a_run_of_another_version_is_refused_in_a_sentence(saved, change):
    folder, _ = saved
    path = folder.with_name("mine.partial") / PREPARED
    with h5py.File(path, "r+") as file:
        record = json.loads(file.attrs["record"])
        change(record)
        file.attrs["record"] = json.dumps(record)
    with pytest.raises(UserError, match="another version"):
        load_prepared(folder)
