"""Words and their vectors: sources, coverage, draws, and damaged files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from app.errors import UserError
from app.text.tokenizer import Tokenizer
from app.text.vectors import read_vectors
from app.text.vocabulary import PAD, Vocabulary
from tests.texts import counts_of

TABLE = "the 1 2 3\ncat 4 5 6\nLondon 7 8 9\n. . . 1 1 1\ncooperate -1e-1 0 1\n"


def vocabulary_of(text: str) -> Vocabulary:
    return Vocabulary.build(counts_of([[text.split()]]), Tokenizer(), size=999)


VOCABULARY = vocabulary_of("the the cat in London co-operate unseen <eos>")


def read(path: Path, content: str | bytes, seed: int = 0, **options):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    vocabulary = options.pop("vocabulary", VOCABULARY)
    return read_vectors(str(path), vocabulary, seed=seed)


def row(vectors, token: str) -> list[float]:
    return vectors.matrix[VOCABULARY.tokens.index(token)].tolist()


def test_the_glove_package_gives_the_published_row():
    vectors = read_vectors("glove-6b-50d", VOCABULARY, seed=0)
    expected = np.array([0.418, 0.24968, -0.41242, 0.1217], np.float32)
    assert vectors.matrix[VOCABULARY.encode(["the"])][0, :4].tolist() == list(expected)
    assert vectors.embedding_dim == 50
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.flags.c_contiguous


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        "5 3\n" + TABLE,  # word2vec's header
        TABLE.replace("\n", " \n"),  # fastText ends its lines with a space
        TABLE.replace(" ", "\t").replace(".\t.", ". ."),
        TABLE.replace("\n", "\r\n"),
        gzip.compress(TABLE.encode(), mtime=0),
        TABLE + "the 9 9 9\n",  # the first of two rows counts
        TABLE + "\n\n",
    ],
)
def test_every_text_form_gives_the_same_rows(tmp_path: Path, content):
    vectors = read(tmp_path / "v.txt", content)
    assert vectors.matrix.shape == (VOCABULARY.size, 3)
    assert row(vectors, "the") == [1, 2, 3]
    assert row(vectors, "cat") == [4, 5, 6]


def test_spelling_variants_stand_in_for_words_that_are_missing(tmp_path: Path):
    vectors = read(tmp_path / "v.txt", TABLE)
    assert row(vectors, "london") == [7, 8, 9]
    assert row(vectors, "co-operate") == pytest.approx([-0.1, 0, 1])
    assert vectors.types_from_variants == 2


def test_coverage_counts_types_and_tokens(tmp_path: Path):
    vectors = read(tmp_path / "v.txt", TABLE)
    assert vectors.num_types == 7
    assert vectors.types_found == 4
    assert vectors.tokens_found == pytest.approx(5 / 8)
    assert vectors.missing == (("<eos>", 1), ("in", 1), ("unseen", 1))


def test_padding_alone_is_a_zero_row(tmp_path: Path):
    zeros = TABLE + "in 0 0 0\nunseen nan 1 2\n<eos> inf 0 0\n"
    for vectors in (
        read(tmp_path / "v.txt", zeros),
        read(tmp_path / "v.txt", "the 1 2 3\n"),
        read_vectors("random", VOCABULARY, seed=0),
        read_vectors("glove-6b-50d", VOCABULARY, seed=0),
    ):
        zero_rows = np.flatnonzero(~vectors.matrix.any(axis=1))
        assert zero_rows.tolist() == [PAD]
        assert np.isfinite(vectors.matrix).all()


def test_rows_of_zeros_and_nan_count_as_missing(tmp_path: Path):
    vectors = read(tmp_path / "v.txt", TABLE + "in 0 0 0\nunseen 1 nan 2\n")
    assert ("in", 1) in vectors.missing
    assert ("unseen", 1) in vectors.missing


def test_draws_follow_the_seed_and_leave_found_rows_alone(tmp_path: Path):
    one, same, other = (read(tmp_path / "v.txt", TABLE, seed=s) for s in (1, 1, 2))
    assert one.matrix.tolist() == same.matrix.tolist()
    assert row(one, "unseen") != row(other, "unseen")
    assert row(one, "cat") == row(other, "cat")


def test_draws_have_the_spread_of_each_dimension(tmp_path: Path):
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(400)]
    rows = [f"{w} {rng.normal(5, 0.1):f} {rng.normal(0, 9):f}" for w in words[:200]]
    vocabulary = vocabulary_of(" ".join(words))
    vectors = read(tmp_path / "v.txt", "\n".join(rows), vocabulary=vocabulary)
    missing = [i for i, t in enumerate(vocabulary.tokens) if i > 4 and int(t[1:]) > 199]
    drawn = vectors.matrix[missing]
    assert drawn.mean(axis=0)[0] == pytest.approx(5, abs=0.1)
    assert drawn.std(axis=0) == pytest.approx([0.1, 9], rel=0.25)


def test_random_vectors_need_no_file():
    vectors = read_vectors("random", VOCABULARY, seed=0)
    assert vectors.types_found == 0
    assert vectors.tokens_found == 0
    assert vectors.matrix.dtype == np.float32


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("the 1 2 3\ncat 4 5\n", "line 2: 2 numbers after 'cat', but line 1 says 3"),
        ("the 1 2 3\ncat 4 5 6 7\n", "line 2: 4 numbers after 'cat'"),
        ("2 3\nthe 1 2\ncat 4 5\n", "line 2: 2 numbers after 'the'"),
        ("the 1 2 3\n\ncat 4 five 6\n", "line 3: after 'cat' .* not a number"),
        ("9 3\nthe 1 2 3\n", "ends after 1 words, but line 1 promises 9"),
        ("200000000 300\nthe 1 2 3\n", "line 2: 3 numbers"),
        ("", "line 1: .* is this a file of vectors"),
        ("the\n", "line 1: 0 numbers"),
        ("die 1 2 3\n", "none of the 7 words .* another language"),
        (b"the\0\1\2\n", "is binary"),
        (gzip.compress(TABLE.encode() * 99, mtime=0)[:40], "cut short"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(tmp_path, content, message):
    path = tmp_path / "v.txt"
    with pytest.raises(UserError, match=message) as caught:
        read(path, content)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("source", ["missing.txt", "glove-6b-300d", "."])
def test_an_unknown_source_is_refused_with_the_allowed_ones(source: str):
    with pytest.raises(UserError, match="glove-6b-50d, random, or the path"):
        read_vectors(source, VOCABULARY, seed=0)
