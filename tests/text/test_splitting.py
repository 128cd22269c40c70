"""A corpus in three parts: nothing twice, nothing lost, near-duplicates together."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.text.readers import Document
from app.text.splitting import Parts, split
from app.text.tokenized import Part
from tests.texts import documents_of, tokenized

# Few different paragraphs, so that copies of documents and paragraphs are common.
paragraphs = st.integers(0, 60).map(lambda n: f"Paragraph  {n} of the corpus.")
documents = st.lists(paragraphs, min_size=1, max_size=14).map(
    lambda texts: Document("d", tuple(texts))
)
corpora = st.lists(documents, max_size=40)


def cut(corpus: list[Document], *, keep_duplicates: bool = False) -> Parts:
    return split(tokenized(corpus), keep_duplicates=keep_duplicates)


def parts_of(parts: Parts) -> list[Part]:
    return [parts.train, parts.valid, parts.test]


def numbered(count: int, num_paragraphs: int = 3) -> list[Document]:
    return [
        Document(f"{i}", tuple(f"Text {i}.{j} is here." for j in range(num_paragraphs)))
        for i in range(count)
    ]


def essays(count: int, *, num_words: int = 60, seed: int = 0) -> list[list[str]]:
    """Texts of words drawn at random, which share no eight words in a row."""
    generator = random.Random(seed)
    words = [f"w{i}" for i in range(400)]
    return [generator.choices(words, k=num_words) for _ in range(count)]


def as_documents(texts: list[list[str]]) -> list[Document]:
    return [Document(str(i), (" ".join(text),)) for i, text in enumerate(texts)]


@given(corpora)
def test_no_text_is_in_two_parts(corpus: list[Document]):
    try:
        parts = cut(corpus)
    except UserError:
        return
    texts = [
        {paragraph for document in documents_of(part) for paragraph in document}
        for part in parts_of(parts)
    ]
    assert all(texts)
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]
    assert not texts[1] & texts[2]


@given(corpora, st.randoms())
def test_parts_do_not_depend_on_the_order_of_reading(corpus, random):
    def split_so(ordered: list[Document]) -> list[list[tuple[tuple[str, ...], ...]]]:
        return [documents_of(part) for part in parts_of(cut(ordered))]

    try:
        parts = split_so(corpus)
    except UserError:
        return
    assert split_so(random.sample(corpus, len(corpus))) == parts


def test_twenty_documents_are_split_as_wholes():
    corpus = numbered(100)
    parts = cut(corpus)
    found = [document for part in parts_of(parts) for document in documents_of(part)]
    assert sorted(found) == sorted(documents_of(tokenized(corpus).all()))
    assert 4 <= parts.valid.num_documents <= 8
    assert 4 <= parts.test.num_documents <= 8
    assert f"by document: {parts.train.num_documents} documents" in parts.description


def test_fewer_documents_give_the_end_of_each_in_one_piece():
    corpus = numbered(2, num_paragraphs=40)
    wholes = documents_of(tokenized(corpus).all())
    parts = cut(corpus)
    for part, start, end in zip(
        parts_of(parts), (0, 36, 38), (36, 38, 40), strict=True
    ):
        assert sorted(documents_of(part)) == sorted(d[start:end] for d in wholes)


def test_a_document_larger_than_a_part_stays_in_training():
    giant = Document("giant", tuple(f"Line {i} of the giant." for i in range(2000)))
    parts = cut([*numbered(99), giant])
    assert max(len(document) for document in documents_of(parts.train)) == 2000


def test_copies_are_kept_once_whatever_their_white_space():
    corpus = numbered(30)
    copies = [Document("copy", ("\t".join(d.paragraphs),)) for d in corpus[:7]]
    parts = cut(corpus + copies)
    assert sum(part.num_documents for part in parts_of(parts)) == 30
    assert "left out as copies: 7 documents" in parts.description


def test_copies_stay_where_they_are_wanted():
    corpus = numbered(30)
    parts = cut(corpus + corpus, keep_duplicates=True)
    assert sum(part.num_documents for part in parts_of(parts)) == 60


@pytest.mark.parametrize(
    "corpus", [[], numbered(1), numbered(19), numbered(1, 9), numbered(1) * 50]
)
def test_a_corpus_too_small_to_split_says_what_it_needs(corpus: list[Document]):
    with pytest.raises(UserError, match="at least 20 documents.*--valid and --test"):
        cut(corpus)


def test_a_corpus_that_repeats_itself_has_nothing_to_measure():
    corpus = [Document("d", ("The same.",) * 50)]
    with pytest.raises(UserError, match="that is not in the others"):
        cut(corpus)


@pytest.mark.parametrize("num_documents", [1, 240])
def test_a_large_corpus_has_small_parts_to_measure(num_documents, monkeypatch):
    monkeypatch.setattr("app.text.splitting._MOST_EVALUATION_TOKENS", 1000)
    texts = [" ".join(words) for words in essays(1200, num_words=50)]
    size = len(texts) // num_documents
    corpus = [
        Document(str(i), tuple(texts[i * size : (i + 1) * size]))
        for i in range(num_documents)
    ]
    parts = cut(corpus)
    for part in (parts.valid, parts.test):
        assert 900 <= part.paragraph_lengths.sum() <= 2100


# --- near-duplicates


@pytest.mark.parametrize("seed", range(5))
def test_near_duplicates_are_on_one_side(seed: int):
    """Each essay has a twin of which every tenth word is another one."""
    originals = essays(60, seed=seed)
    twins = [
        [word if i % 10 else f"{word}x" for i, word in enumerate(text)]
        for text in originals
    ]
    parts = cut(as_documents(originals + twins))
    assert "120 documents in 60 groups" in parts.description
    sides = [
        {document[0][1:9] for document in documents_of(part)}  # the second to ninth
        for part in parts_of(parts)
    ]
    assert sum(map(len, sides)) == 60
    assert len(set.union(*sides)) == 60


def test_a_group_larger_than_a_part_stays_in_training():
    """Thirty versions of one text are a quarter of the corpus."""
    base = essays(1, seed=1)[0]
    versions = [[*base, f"version{i}"] for i in range(30)]
    parts = cut(as_documents([*essays(90), *versions]))
    for part in (parts.valid, parts.test):
        for document in documents_of(part):
            assert document[0][:10] != tuple(base[:10])
    assert "30 documents in 1 groups, the largest of 30" in parts.description


def test_a_paragraph_that_largely_stands_in_training_is_not_measured():
    """One novel; nine tenths of its last paragraph stood in its first."""
    texts = [" ".join(text) for text in essays(40)]
    texts[-1] = f"Again: {texts[0]}"
    parts = cut([Document("novel", tuple(texts))])
    assert parts.test.num_paragraphs == 1
    assert "and 1 paragraphs of others" in parts.description


def test_a_repeated_notice_is_learned_once_and_a_common_phrase_as_often_as_it_stands():
    notice = "This message is meant for the person named above and nobody else."
    mails = [
        Document(str(i), (f"Number {i}.", "Thank you.", notice)) for i in range(100)
    ]
    parts = cut(mails)
    learned = [p for document in documents_of(parts.train) for p in document]
    assert sum(p[0] == "This" for p in learned) == 1
    assert sum(p[0] == "Thank" for p in learned) == parts.train.num_documents
