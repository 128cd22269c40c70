"""What was read is kept, and never believed when it may be wrong."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from app.text import vector_cache, vector_files
from app.text.tokenizer import Tokenizer
from app.text.vector_formats import glove_text
from app.text.vectors import read_vectors
from app.text.vocabulary import Vocabulary
from tests.texts import counts_of

TABLE = "the 1 2 3\ncat 4 5 6\nLondon 7 8 9\n"


def vocabulary_of(text: str) -> Vocabulary:
    return Vocabulary.build(counts_of([[text.split()]]), Tokenizer(), size=999)


VOCABULARY = vocabulary_of("the the cat in London naïve")


class Kept:
    """A file of vectors and its cache; counts how often the file is read."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = tmp_path / "v.txt"
        self.path.write_text(TABLE)
        self.folder = tmp_path / "embeddings"
        self.num_reads = 0

        def read(*arguments):
            self.num_reads += 1
            return glove_text.read(*arguments)

        monkeypatch.setattr(
            vector_files, "detect", lambda path, head: vector_files.Format(read)
        )

    def matrix(self, vocabulary: Vocabulary = VOCABULARY, seed: int = 0) -> np.ndarray:
        vectors = read_vectors(str(self.path), vocabulary, seed=seed, store=self.folder)
        return vectors.matrix

    def file(self) -> Path:
        (path,) = self.folder.iterdir()
        return path


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Kept:
    return Kept(tmp_path, monkeypatch)


def test_the_second_time_the_file_is_not_read_and_the_matrix_is_the_same(kept):
    first = kept.matrix()
    second = kept.matrix()
    assert kept.num_reads == 1
    assert second.tobytes() == first.tobytes()
    assert kept.matrix(seed=1).tobytes() != first.tobytes()
    assert kept.num_reads == 1


def test_a_changed_file_or_vocabulary_is_read_anew(kept):
    kept.matrix()
    kept.matrix(vocabulary_of("the cat dog"))
    assert kept.num_reads == 2
    before = kept.path.stat()
    kept.path.write_text(TABLE.replace("1 2 3", "1 2 4"))  # of the same length
    os.utime(kept.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kept.matrix()[VOCABULARY.encode(["the"])[0]].tolist() == [1, 2, 4]
    assert kept.num_reads == 3


@pytest.mark.parametrize("place", [3, 40, 520, 600, -1])
def test_a_damaged_cache_is_made_anew(kept, place):
    expected = kept.matrix()
    data = bytearray(kept.file().read_bytes())
    data[place] ^= 0xFF
    kept.file().write_bytes(data)
    assert kept.matrix().tobytes() == expected.tobytes()
    assert kept.num_reads == 2
    assert kept.matrix().tobytes() == expected.tobytes()
    assert kept.num_reads == 2


@pytest.mark.parametrize("length", [0, 20, 512, 700, 2000])
def test_a_half_written_cache_is_made_anew(kept, length):
    expected = kept.matrix()
    kept.file().write_bytes(kept.file().read_bytes()[:length])
    assert kept.matrix().tobytes() == expected.tobytes()
    assert kept.num_reads == 2


def test_a_foreign_hdf5_file_is_never_opened(kept, monkeypatch):
    kept.matrix()
    path = kept.file()
    with h5py.File(path, "w") as file:
        file["words"] = np.zeros(3, np.uint8)

    def refuse(file, mode, **options):
        assert mode == "w", "opened for reading"
        return original(file, mode, **options)

    original = h5py.File
    monkeypatch.setattr(h5py, "File", refuse)
    kept.matrix()
    assert kept.num_reads == 2


def test_an_interrupted_write_leaves_nothing_behind(kept, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vector_cache, "_seal", interrupt)
        with pytest.raises(KeyboardInterrupt):
            kept.matrix()
    assert list(kept.folder.iterdir()) == []
    kept.matrix()
    assert kept.num_reads == 2


def test_what_a_killed_run_left_is_swept_away_after_an_hour(kept):
    kept.folder.mkdir()
    old, new = (kept.folder / f"v{vector_cache.ENDING}.{i}.tmp" for i in (1, 2))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (1, 1))
    kept.matrix()
    assert not old.exists()
    assert new.exists()


def test_a_folder_that_cannot_be_written_is_remarked_on(kept, caplog):
    kept.folder.write_text("a file stands here")
    with caplog.at_level(logging.WARNING):
        kept.matrix()
    assert "are not kept for the next time" in caplog.text


def test_only_the_newest_of_our_own_files_stay(kept):
    kept.folder.mkdir()
    foreign = kept.folder / ("mine" + vector_cache.ENDING)
    foreign.write_text("not ours")
    os.utime(foreign, (1, 1))
    for number in range(12):
        kept.matrix(vocabulary_of(f"the cat word{number}"))
    names = [path.name for path in kept.folder.iterdir()]
    assert foreign.name in names
    assert len(names) <= 10


def test_sub_words_are_kept_apart_from_words(tmp_path):
    found = vector_files.Found(
        {"the": np.ones(2, np.float32)}, {"naïve": np.full(2, 3, np.float32)}
    )
    vector_cache.save(tmp_path / "x.cache.h5", found)
    again = vector_cache.load(tmp_path / "x.cache.h5")
    assert list(again.own) == ["the"]
    assert again.composed["naïve"].tolist() == [3, 3]
    assert vector_cache.load(tmp_path / "nothing") is None
