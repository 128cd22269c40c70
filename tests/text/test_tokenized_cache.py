"""A corpus is cut once, and again when anything about it has changed."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest

from app.text import tokenized_cache
from app.text.corpus import read_tokens
from app.text.readers import ReadOptions
from app.text.tokenized import TokenizedText
from app.text.tokenized_cache import _FRESH, _MOST_CORPORA
from tests.texts import documents_of


@pytest.fixture(autouse=True)
def _small_texts_are_worth_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenized_cache, "WORTH_KEEPING", 1)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("One two.\n\nThree.\n")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def read(source: Path, store: Path | None, **options: object) -> TokenizedText:
    return read_tokens([str(source)], ReadOptions(**options), store=store)


def folders(store: Path) -> list[Path]:
    return sorted(store.iterdir())


def test_the_second_reading_takes_the_first_ones_tokens(source, store, caplog):
    first = read(source, store)
    caplog.set_level("INFO")
    (folder,) = folders(store)
    again = read(source, store)
    assert f"Not read again: {folder}" in caplog.text
    assert documents_of(again.all()) == documents_of(first.all())
    assert folders(store) == [folder]


def test_a_changed_file_is_read_anew(source, store):
    read(source, store)
    source.write_text("One two.\n\nOther.\n")
    assert documents_of(read(source, store).all())[0][1] == ("Other", ".")


def test_another_way_of_reading_has_its_own_tokens(source, store):
    read(source, store)
    assert len(read(source, store, file_format="lines").document_ends) == 2
    assert len(read(source, store, pretokenized=True).document_ends) == 2
    assert len(folders(store)) == 3


@pytest.mark.parametrize("name", ["ids.npy", "types.txt", "document_ends.npy"])
def test_a_damaged_folder_is_made_anew(source, store, name):
    before = documents_of(read(source, store).all())
    (folder,) = folders(store)
    (folder / name).unlink()
    assert documents_of(read(source, store).all()) == before
    assert (folder / name).exists()


def test_a_run_that_fails_leaves_nothing(tmp_path, store):
    (tmp_path / "a.txt").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(Exception, match="not a text file"):
        read(tmp_path / "a.txt", store)
    assert not store.exists()


def test_only_a_few_corpora_are_kept_the_last_used_ones(tmp_path, store):
    now = time.time()
    abandoned = store / f"{_FRESH}x"
    abandoned.mkdir(parents=True)
    os.utime(abandoned, (now - 1e6, now - 1e6))
    made = []
    for number in range(_MOST_CORPORA + 1):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Text {number}.\n")
        read(path, store)
        (new,) = set(folders(store)) - {*made, abandoned}
        made.append(new)
        os.utime(new, (now - 100 + number, now - 100 + number))
    assert folders(store) == sorted(made[1:])


def test_a_small_corpus_is_not_kept(source, store, monkeypatch):
    monkeypatch.setattr(tokenized_cache, "WORTH_KEEPING", 1000)
    assert len(read(source, store).ids)
    assert not store.exists()


def test_standard_input_is_not_kept(store, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"One two.\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    text = read_tokens(["-"], ReadOptions(), store=store)
    assert documents_of(text.all()) == [(("One", "two", "."),)]
    assert not store.exists()


def test_tokens_that_nobody_keeps_are_gone_with_their_user(
    source, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    text = read(source, None)
    assert len(folders(tmp_path / "temporary")) == 1
    del text
    assert folders(tmp_path / "temporary") == []
