"""Vectors learned from the training text itself."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pytest

from app.text.readers import Document
from app.text.tokenizer import Tokenizer
from app.text.vector_training import DIM, _Sentences, train_vectors
from app.text.vectors import read_vectors
from app.text.vocabulary import PAD, RESERVED
from tests.texts import encoded, vocabulary_of

RNG = np.random.default_rng(0)
ANIMALS, NUMBERS = ("cat", "dog", "cow", "pig"), ("one", "six", "ten", "two")
TOKENIZER = Tokenizer()


def sentence() -> str:
    group = (ANIMALS, NUMBERS)[int(RNG.integers(2))]
    return " ".join(RNG.choice(group, 8)) + " <oov> rare"


DOCUMENTS = [Document(f"d{i}", tuple(sentence() for _ in range(30))) for i in range(20)]
# Without "two" or another one of the rare ones.
VOCABULARY = vocabulary_of(DOCUMENTS, TOKENIZER, size=16)
TEXT = encoded(DOCUMENTS, TOKENIZER, VOCABULARY)


@pytest.fixture(scope="module", autouse=True)
def _import_gensim():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import gensim.models  # noqa: F401


def read(seed: int = 0):
    return read_vectors("corpus", VOCABULARY, seed=seed, text=TEXT)


def test_the_same_seed_gives_the_same_vectors_and_another_one_others():
    one, same, other = read(1), read(1), read(2)
    assert one.matrix.tobytes() == same.matrix.tobytes()
    assert one.matrix.tobytes() != other.matrix.tobytes()


def test_every_word_of_the_vocabulary_has_a_vector_and_padding_alone_is_zero():
    vectors = read()
    assert vectors.matrix.shape == (VOCABULARY.size, DIM)
    assert vectors.matrix.dtype == np.float32
    assert vectors.types_found == vectors.num_types
    assert vectors.matrix[len(RESERVED) :].std() == pytest.approx(0.5, rel=0.1)
    assert np.flatnonzero(~vectors.matrix.any(axis=1)).tolist() == [PAD]
    assert "learned from the training text" in vectors.description()


def test_words_that_share_their_neighbours_lie_together():
    rows = train_vectors(TEXT, VOCABULARY, seed=0)

    def likeness(first: str, second: str) -> float:
        a, b = rows[first], rows[second]
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert likeness("cat", "dog") > likeness("cat", "two") + 0.2


def test_sentences_are_paragraphs_without_their_ends():
    sentences = list(_Sentences(TEXT, VOCABULARY))
    assert len(sentences) == 600
    assert sum(map(len, sentences)) == TEXT.num_tokens - 600
    assert sentences[0][-3:] == ["oov", ">", "rare"]


def test_unknown_words_are_not_mistaken_for_a_literal_oov():
    documents = [Document("d", ("a <oov> a <oov> c", "c a d"))]
    tokenizer = Tokenizer(pretokenized=True)
    vocabulary = vocabulary_of(documents, tokenizer, size=8, min_count=2)
    text = encoded(documents, tokenizer, vocabulary)
    sentences = list(_Sentences(text, vocabulary))
    assert sentences == [["a", "<oov>", "a", "<oov>", "c"], ["c", "a", " <oov>"]]
    vectors = train_vectors(text, vocabulary, seed=0)
    assert set(vectors) == {"a", "<oov>", "c"}


def test_gensim_does_not_speak_to_the_user(caplog):
    with caplog.at_level(logging.INFO):
        read()
    assert [r for r in caplog.records if r.name.startswith("gensim")] == []


def test_without_a_text_it_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="need its text"):
        read_vectors("corpus", VOCABULARY, seed=0)
