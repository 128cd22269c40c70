"""A corpus on disk: the same tokens in one process and in several, and choosing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import tokenizing
from app.text.array_file import ArrayFile, read_array
from app.text.counting import count_types
from app.text.readers import Document
from app.text.tokenized import TYPES, TokenizedText
from app.text.tokenizer import Tokenizer
from app.text.tokenizing import tokenize_documents
from tests.texts import documents_of, tokenized

paragraphs = st.text("ab Z.'\u00e9\u200b\ud800", max_size=12)
corpora = st.lists(st.lists(paragraphs, min_size=1, max_size=4), max_size=5).map(
    lambda corpus: [Document("d", tuple(texts)) for texts in corpus]
)


def slow(corpus: list[Document]) -> list[tuple[tuple[str, ...], ...]]:
    tokenize = Tokenizer().tokenize
    return [tuple(tuple(tokenize(p)) for p in d.paragraphs) for d in corpus]


@given(corpora)
def test_what_is_on_disk_is_what_the_tokenizer_gives(corpus: list[Document]):
    assert documents_of(tokenized(corpus).all()) == slow(corpus)


@given(corpora, st.data())
def test_parts_are_chosen_by_documents_and_paragraphs(corpus, data):
    expected = slow(corpus)
    whole = tokenized(corpus).all()
    order = data.draw(st.permutations(range(len(corpus))))
    part = whole.documents(np.array(order, np.int64))
    assert documents_of(part) == [expected[i] for i in order]
    wanted = data.draw(
        st.lists(
            st.booleans(), min_size=part.num_paragraphs, max_size=part.num_paragraphs
        )
    )
    some = part.only(np.array(wanted, bool))
    flags = iter(wanted)
    kept = [tuple(p for p in expected[i] if next(flags)) for i in order]
    assert documents_of(some) == [document for document in kept if document]
    lengths = [sum(len(p) + 1 for p in document) for document in kept if document]
    assert some.token_ends.tolist() == np.cumsum(lengths, dtype=int).tolist()


@given(corpora)
def test_blocks_hold_every_token_once_with_its_place(corpus):
    part = tokenized(corpus).all()
    blocks = list(part.blocks())
    if not blocks:
        assert not part.num_paragraphs
        return
    ids, paragraphs, documents = (
        np.concatenate(arrays) for arrays in zip(*blocks, strict=True)
    )
    assert ids.tolist() == part.text.ids.tolist()
    assert np.array_equal(np.bincount(paragraphs), part.paragraph_lengths)
    assert np.array_equal(np.cumsum(np.bincount(documents)), part.token_ends)


def test_blocks_never_cut_a_document(monkeypatch):
    monkeypatch.setattr("app.text.tokenized._BLOCK_TOKENS", 10)
    corpus = [Document("d", ("a b c.",) * n) for n in (1, 1, 7, 1, 1, 1)]
    blocks = [
        set(block.documents.tolist()) for block in tokenized(corpus).all().blocks()
    ]
    assert blocks == [{0, 1}, {2}, {3, 4}, {5}]


def test_several_processes_give_what_one_gives(tmp_path, monkeypatch):
    corpus = [
        Document(str(i), (f"Word {i} of {i % 7}, isn't it?", "And so on.") * 3)
        for i in range(400)
    ]
    arrays = []
    for processes in (1, 2):
        monkeypatch.setattr(tokenizing, "_BATCH_CHARACTERS", 1000)
        monkeypatch.setattr(tokenizing, "num_processors", lambda n=processes: n)
        folder = tmp_path / str(processes)
        folder.mkdir()
        read: list[int] = []
        text = tokenize_documents(corpus, Tokenizer(), folder, read.append)
        assert read == sorted(read)
        assert read[-1] == sum(len(p) for d in corpus for p in d.paragraphs)
        arrays.append({p.name: p.read_bytes() for p in folder.iterdir()})
        assert documents_of(text.all()) == slow(corpus)
    assert arrays[0] == arrays[1]


def test_sentence_starts_are_counted_apart():
    text = tokenized([Document("d", ('The cat. "The dog!" the end', "The 2 cats"))])
    counts = count_types(text.all())
    of = {t: (counts.usual[i], counts.first[i]) for i, t in enumerate(counts.types)}
    assert of["The"] == (0, 3)
    assert of["the"] == (0, 1)
    assert of["cat"] == (1, 0)
    assert of['"'] == (2, 0)
    assert counts.num_paragraphs == 2
    assert counts.num_documents == 1


@given(corpora, st.data())
def test_counting_a_part_is_counting_its_tokens(corpus, data):
    whole = tokenized(corpus).all()
    numbers = (
        data.draw(st.lists(st.sampled_from(range(len(corpus))), unique=True))
        if corpus
        else []
    )
    part = whole.documents(np.array(numbers, np.int64))
    counts = count_types(part)
    tokens = [t for d in documents_of(part) for p in d for t in p]
    for number, token in enumerate(counts.types[1:], start=1):
        assert counts.usual[number] + counts.first[number] == tokens.count(token)


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"")])
def test_a_damaged_corpus_does_not_load(tmp_path: Path, damage):
    tokenize_documents([Document("d", ("A b.",))], Tokenizer(), tmp_path)
    damage(tmp_path / "ids.npy")
    with pytest.raises((OSError, ValueError)):
        TokenizedText.load(tmp_path)


def test_an_array_file_is_no_array_until_it_is_whole(tmp_path: Path):
    path = tmp_path / "a.npy"
    with ArrayFile(path, np.int32) as file:
        file.append(np.array([1, 2]))
        with pytest.raises(ValueError):
            read_array(path)
        file.append(np.array([3]))
    assert read_array(path).tolist() == np.load(path).tolist() == [1, 2, 3]


def test_an_array_without_numbers_can_be_read(tmp_path: Path):
    with ArrayFile(tmp_path / "a.npy", np.int64):
        pass
    assert read_array(tmp_path / "a.npy").tolist() == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from app.errors import UserError
from app.text.readers import Document
from app.text.tokenizer import Tokenizer
from app.text.tokenizing import tokenize_documents

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    documents = (Document("d", ("a b c " * 99,)) for _ in range(99))
    tokenize_documents(documents, Tokenizer(), Path(sys.argv[1]))
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of files are POSIX")
def test_a_full_disk_is_told_with_the_path(tmp_path: Path, root: Path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path) in done.stdout
    assert "cannot be written" in done.stdout


def test_types_are_kept_in_a_file_that_people_can_read(tmp_path: Path):
    tokenize_documents([Document("d", ("Tea for two.",))], Tokenizer(), tmp_path)
    assert (tmp_path / TYPES).read_text() == "Tea\nfor\ntwo\n.\n"
