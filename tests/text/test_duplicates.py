"""Near-duplicates, against a slow definition that compares each with each."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import duplicates
from app.text.duplicates import near_duplicates, repeated_paragraphs, without_copies
from app.text.readers import Document
from tests.texts import documents_of, tokenized

# Pieces of ten words: documents made of some of them share some, in every proportion.
PIECES = [" ".join(f"p{i}w{j}" for j in range(10)) for i in range(12)]
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6)
corpora = st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=8)


def documents_from(corpus: list[list[list[str]]]) -> list[Document]:
    return [Document("d", tuple(" ".join(text) for text in d)) for d in corpus]


def shingles(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {words[i : i + 8] for i in range(len(words) - 7)}


def slow_groups(documents: list[tuple[tuple[str, ...], ...]]) -> list[set[int]]:
    """Whatever shares a fifth of the smaller one's shingles, and what that shares."""
    sets = [shingles(sum(paragraphs, ())) for paragraphs in documents]
    groups = [{i} for i in range(len(sets))]
    for i, j in itertools.combinations(range(len(sets)), 2):
        shared = len(sets[i] & sets[j])
        if shared and shared >= 0.2 * min(len(sets[i]), len(sets[j])):
            one, other = (next(g for g in groups if k in g) for k in (i, j))
            if one is not other:
                one |= other
                groups.remove(other)
    return groups


def as_sets(groups: np.ndarray) -> list[set[int]]:
    return [set(np.flatnonzero(groups == k).tolist()) for k in range(max(groups) + 1)]


@given(corpora)
def test_groups_are_those_of_the_definition(corpus):
    part = without_copies(tokenized(documents_from(corpus)).all())
    groups = near_duplicates(part)
    assert sorted(map(sorted, as_sets(groups))) == sorted(
        map(sorted, slow_groups(documents_of(part)))
    )
    assert list(dict.fromkeys(groups.tolist())) == list(range(max(groups) + 1))


@given(corpora, corpora)
def test_repeated_paragraphs_are_those_of_the_definition(measured, learned):
    part, known = (tokenized(documents_from(c)).all() for c in (measured, learned))
    paragraphs = {p for document in documents_of(known) for p in document}
    pieces = set().union(*map(shingles, paragraphs))
    expected = []
    for paragraph in (p for document in documents_of(part) for p in document):
        all_runs = [paragraph[i : i + 8] for i in range(len(paragraph) - 7)]
        num_known = sum(run in pieces for run in all_runs)
        expected.append(
            paragraph in paragraphs or num_known >= max(1, len(all_runs) / 2)
        )
    assert repeated_paragraphs(part, known).tolist() == expected


def test_letter_case_and_quotation_marks_do_not_hide_a_near_duplicate():
    one = '"The cat," he said, "sat on the mat and would not leave it for a mouse."'
    other = "\u201cTHE CAT,\u201d he said, \u201csat on the mat and would not leave it."
    part = tokenized([Document("a", (one,)), Document("b", (other,))]).all()
    assert near_duplicates(part).tolist() == [0, 0]


def test_documents_too_short_for_a_run_stand_alone():
    corpus = [Document(str(i), (f"Yes, {i} of us.",)) for i in range(5)]
    assert near_duplicates(tokenized(corpus).all()).tolist() == [0, 1, 2, 3, 4]


def test_what_a_thousand_documents_share_links_all_of_them():
    report = "the pump number {} was tested on that day and found in good order by us"
    corpus = [Document(str(i), (report.format(i),)) for i in range(1000)]
    assert set(near_duplicates(tokenized(corpus).all()).tolist()) == {0}


def test_a_notice_under_every_message_does_not_make_them_alike():
    notice = "this notice stands at the end of every one of these short messages"
    corpus = [Document(str(i), (f"number {i}", notice)) for i in range(100)]
    assert near_duplicates(tokenized(corpus).all()).tolist() == list(range(100))


def test_a_sample_of_the_hashes_finds_the_same_groups(monkeypatch: pytest.MonkeyPatch):
    """Two hundred texts of a thousand words, each with a twin; one hash in ten."""
    generator = np.random.default_rng(0)
    originals = [[f"w{i}" for i in generator.integers(0, 999, 1000)] for _ in range(99)]
    twins = [[*text[:700], *text[:300]] for text in originals]
    part = tokenized(
        Document("d", (" ".join(text),)) for text in originals + twins
    ).all()
    monkeypatch.setattr(duplicates, "MOST_HASHES", len(part.text.ids) // 10)
    assert near_duplicates(part).tolist() == [*range(99), *range(99)]


@pytest.mark.slow
def test_the_patents_fall_into_the_groups_of_their_published_split(data_folder):
    """split.json was made by another program from the same definition."""
    import csv
    import json

    folder = data_folder / "patents"
    with (folder / "neural_network_patent_abstracts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    sides = json.loads((folder / "split.json").read_text())
    side_of = {str(n): k for k, v in sides.items() if isinstance(v, list) for n in v}
    part = tokenized(
        Document(row["patent_number"], (row["patent_abstract"],)) for row in rows
    ).all()
    groups = near_duplicates(part)
    crossing = [
        group
        for group in as_sets(groups)
        if len({side_of[rows[i]["patent_number"]] for i in group}) > 1
    ]
    assert not crossing
    assert len(rows) - len(set(groups.tolist())) > 500  # copies are groups too
