"""Blanks are drawn from all words alike, whatever order the documents are in."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.blanks.cases import (
    CANDIDATES,
    FEWEST_TOKENS,
    BlankCase,
    draw_candidates,
    draw_cases,
)
from app.evaluation.word_classes import WordClass
from app.suggestion.blank_candidates import Given
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import OOV, RESERVED, Vocabulary
from tests.tiny import TOKENS, WRITTEN, tiny_vocabulary

VOCABULARY = tiny_vocabulary()
ALL = 10**6

DOCUMENTS = [
    ["The cat sat on the mat, and the dog ran.", "It's a dog!", "London can't be it."],
    ["I do n't see clouds in the sky of Paris with 42 cats."],
    ["The Zyzzyva sat on a mat in Ouagadougou and the U.S.", ""],
]


def drawn(documents=DOCUMENTS, count=ALL, seed=0, vocabulary=VOCABULARY):
    tokenizer = Tokenizer(pretokenized=vocabulary.pretokenized)
    return draw_cases(documents, vocabulary, tokenizer, count, seed)


def told(case: BlankCase) -> tuple:
    """A case as something that can be compared."""
    return (*case[:2], case.left.tolist(), case.right.tolist(), *case[4:])


def in_words(case: BlankCase) -> str:
    written = VOCABULARY.written
    sides = [" ".join(written[it] for it in side) for side in (case.left, case.right)]
    return f" [{case.word}] ".join(sides)


def test_every_word_of_a_long_enough_paragraph_is_a_blank_once():
    first = DOCUMENTS[0][:1]
    assert sorted(in_words(case) for case in drawn([first])) == sorted(
        [
            " [the] cat sat on the mat , and the dog <oov> .",
            "the [cat] sat on the mat , and the dog <oov> .",
            "the cat [sat] on the mat , and the dog <oov> .",
            "the cat sat [on] the mat , and the dog <oov> .",
            "the cat sat on [the] mat , and the dog <oov> .",
            "the cat sat on the [mat] , and the dog <oov> .",
            "the cat sat on the mat , [and] the dog <oov> .",
            "the cat sat on the mat , and [the] dog <oov> .",
            "the cat sat on the mat , and the [dog] <oov> .",
            "the cat sat on the mat , and the dog [ran] .",
        ]
    )


def test_short_paragraphs_and_halves_of_contractions_are_left_alone():
    words = [case.word for case in drawn()]
    assert "London" not in words  # in a paragraph of 6 tokens
    assert not {"do", "n't", "ca", "wo", "'s", "."} & set(words)
    assert {"42", "Paris", "Zyzzyva", "I", "U.S."} <= set(words)
    assert all(len(it.left) + 1 + len(it.right) >= FEWEST_TOKENS for it in drawn())


def test_a_word_has_its_class_also_where_it_is_unknown():
    classes = {case.word: case.word_class for case in drawn()}
    assert classes["Zyzzyva"] == classes["cat"] == WordClass.CONTENT
    assert classes["the"] == WordClass.FUNCTION
    assert classes["42"] == WordClass.NUMBER


words = st.sampled_from([*TOKENS, "Zyzzyva", "don't", "The", "it's"])
paragraphs = st.lists(words, max_size=14).map(" ".join)
corpora = st.lists(st.lists(paragraphs, max_size=3), max_size=5)


@given(corpora, st.integers(0, 30), st.integers(0, 3), st.randoms())
def test_the_order_of_documents_changes_nothing(documents, count, seed, shuffled):
    other = list(documents)
    shuffled.shuffle(other)
    expected = [told(case) for case in drawn(documents, count, seed)]
    assert [told(case) for case in drawn(other, count, seed)] == expected


@given(corpora, st.integers(0, 30), st.integers(1, 4))
def test_shards_that_each_draw_as_many_hold_what_the_whole_would_draw(
    documents, count, shards
):
    whole = [told(case) for case in drawn(documents, count)]
    parts = [drawn(documents[first::shards], count) for first in range(shards)]
    found = [told(case) for part in parts for case in part]
    assert all(case in found for case in whole)
    assert len(whole) == min(count, len(drawn(documents)))


def test_fewer_blanks_are_the_first_ones_of_more():
    more = [told(case) for case in drawn(count=12)]
    assert [told(case) for case in drawn(count=5)] == more[:5]


def test_another_seed_draws_other_blanks_and_the_same_seed_the_same():
    words = [[case.word for case in drawn(count=8, seed=seed)] for seed in (0, 0, 1)]
    assert words[0] == words[1] != words[2]


def test_every_word_is_drawn_equally_often():
    documents = [["the cat sat on the mat with a dog"], ["the " * 50 + "sky"]]
    found = [drawn(documents, 1, seed)[0].document for seed in range(1200)]
    share = np.mean(np.array(found) == drawn(documents[:1])[0].document)
    expected = 9 / (9 + 51)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 1200)


def test_the_wrong_candidates_are_of_like_frequency():
    words = np.flatnonzero(VOCABULARY.is_suggestable).tolist()
    for case in drawn():
        assert len({it.word for it in case.candidates}) == CANDIDATES
        assert sum(it.word == case.word for it in case.candidates) == 1
        ids = [it.token_ids[0] for it in case.candidates if OOV not in it.token_ids]
        places = [words.index(it) for it in ids]
        assert max(places) - min(places) <= 10
        if len(ids) < CANDIDATES:  # the word is unknown
            assert min(places) >= len(words) - 11


def test_the_right_candidate_stands_anywhere():
    cat = Given("cat", (VOCABULARY.encode(["cat"])[0],))
    places = {
        draw_candidates(VOCABULARY, cat, np.random.default_rng(seed)).index(cat)
        for seed in range(60)
    }
    assert places == set(range(CANDIDATES))


def test_given_tokens_are_kept_and_a_word_is_no_wrong_candidate_of_itself():
    names = (*RESERVED, "the", "The", "cat", "can't", "sat", "mat", ".", "'s")
    vocabulary = Vocabulary(
        names, np.arange(len(names), 0, -1), names, pretokenized=True
    )
    cases = drawn([["The cat can't sit on the mat 's ."]], vocabulary=vocabulary)
    assert {it.word for it in cases} == {
        "The",
        "cat",
        "can't",
        "sit",
        "on",
        "the",
        "mat",
    }
    for case in cases:
        assert sum(it.word.lower() == case.word.lower() for it in case.candidates) == 1


def test_a_vocabulary_of_few_words_has_few_candidates():
    names = (*RESERVED, "cat", "dog", ".")
    vocabulary = Vocabulary(names, np.arange(8, 0, -1), names)
    (case, *_) = drawn([["cat " * 9]], vocabulary=vocabulary)
    assert sorted(it.word for it in case.candidates) == ["cat", "dog"]


def test_a_long_text_is_drawn_from_as_a_short_one_is():
    generator = random.Random(0)
    plain = [token for token in TOKENS if token.isalpha() and token not in WRITTEN]
    documents = [
        [" ".join(generator.choices(plain, k=12)) for _ in range(3)] for _ in range(40)
    ]
    expected = [told(case) for case in drawn(documents)][:7]
    assert [told(case) for case in drawn(documents, 7)] == expected
