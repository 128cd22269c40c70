"""A run that is not whole yet comes back as it was left, or says why not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.errors import UserError
from app.run.unfinished import (
    PREPARED,
    Prepared,
    beginning,
    load_prepared,
    save_prepared,
)
from app.settings import TrainSettings
from app.text.encoding import encode
from app.text.readers import Document
from tests.texts import tokenized
from tests.tiny import tiny_vocabulary


@pytest.fixture
def saved(tmp_path):
    """The folder that the run would have made, and what was saved for it."""
    part = tokenized(
        [Document("d", ("The cat sat.", "It sat.")), Document("e", ("Dogs!",))]
    ).all()
    with beginning(tmp_path / "mine") as place:
        texts = {
            name: encode(part, tiny_vocabulary(), place, name)
            for name in ("train", "valid")
        }
        prepared = Prepared(
            TrainSettings(corpus=("a.txt", "b"), epochs=3),
            ["a.txt", "b", "--epochs", "3"],
            tiny_vocabulary(),
            texts,
            np.ones((4, 2), np.float32),
            {"corpus": {"sha256": "x"}},
        )
        save_prepared(place, prepared)
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
        assert text.oov_words == 1


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
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record))
    with pytest.raises(UserError, match="another version"):
        load_prepared(folder)


@pytest.mark.parametrize("name", ["train.ids.npy", "valid.ends.npy", PREPARED])
def test_a_file_that_was_cut_short_is_noticed(saved, name):
    folder, _ = saved
    path = folder.with_name("mine.partial") / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match="is damaged"):
        load_prepared(folder)


def test_a_beginning_that_fails_leaves_the_older_run_and_nothing_else(saved):
    folder, before = saved
    with pytest.raises(UserError), beginning(folder) as place:
        (place / "train.ids.npy").touch()
        raise UserError("there is no such file")
    assert load_prepared(folder).command == before.command
    assert [path.name for path in folder.parent.iterdir()] == ["mine.partial"]


def test_a_beginning_takes_the_place_of_the_older_run(saved):
    folder, before = saved
    with beginning(folder) as place:
        (place / "new").touch()
    assert [p.name for p in folder.with_name("mine.partial").iterdir()] == ["new"]
