"""Words that are missed and neighbours of vectors, as counted by hand."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from app.evaluation.examples import examples, missed_words, neighbours
from app.evaluation.word_classes import is_content_word
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary
from tests.fakes import Uniform
from tests.tiny import tiny_text, tiny_vocabulary

VOCABULARY = tiny_vocabulary()
FAR = np.iinfo(np.int32).max


def test_missed_words_are_counted_as_by_hand():
    text = tiny_text()
    generator = np.random.default_rng(3)
    ranks = generator.integers(1, 12, text.num_tokens).astype(np.int32)
    ranks[text.ids == OOV] = FAR
    missed, tokens = Counter(), Counter()
    for token_id, rank in zip(text.ids.tolist(), ranks.tolist(), strict=True):
        word = VOCABULARY.written[token_id]
        if token_id not in (OOV, EOS) and word[0].isalpha():
            tokens[word] += 1
            missed[word] += rank > 5
    found = missed_words(VOCABULARY, text, ranks)
    assert len(found) == min(20, sum(count > 0 for count in missed.values()))
    counts = [it["missed"] for it in found]
    assert counts == sorted(missed.values(), reverse=True)[: len(found)]
    for it in found:
        assert it["missed"] == missed[it["word"]]
        assert it["tokens"] == tokens[it["word"]]


def test_whoever_misses_nothing_has_no_missed_words():
    text = tiny_text()
    assert missed_words(VOCABULARY, text, np.ones(text.num_tokens, np.int32)) == []


def many_words() -> Vocabulary:
    words = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(70)]
    names = (*RESERVED, "the", "of", "tiny", ".", "42", "cat", *words)
    return Vocabulary(names, np.arange(len(names), 0, -1), names)


def test_the_words_shown_are_frequent_content_words_by_the_squares_of_ranks():
    vocabulary = many_words()
    embedding = np.random.default_rng(0).normal(size=(vocabulary.size, 8))
    shown = [it["word"] for it in neighbours(vocabulary, embedding)]
    # "tiny" comes first; "cat" is too short and "the" is no content word.
    words = ["tiny", *vocabulary.tokens[len(RESERVED) + 6 :]]
    assert shown == [words[rank - 1] for rank in (1, 4, 9, 16, 25, 36, 49, 64)]


def test_neighbours_are_those_with_the_largest_cosines():
    vocabulary = many_words()
    embedding = np.random.default_rng(1).normal(size=(vocabulary.size, 4))
    embedding[11] = 0  # the first of the words has no vector at all
    for it in neighbours(vocabulary, embedding.astype(np.float32)):
        own = embedding[vocabulary.tokens.index(it["word"])]
        cosines = {
            word: float(own @ vector / np.linalg.norm(own) / np.linalg.norm(vector))
            for word, vector in zip(vocabulary.tokens, embedding, strict=True)
            if word[0].isalpha() and word != it["word"] and vector.any()
        }
        best = sorted(cosines, key=lambda word: -cosines[word])[:5]
        assert [other["word"] for other in it["neighbours"]] == best
        found = [other["similarity"] for other in it["neighbours"]]
        assert found == pytest.approx([cosines[word] for word in best], abs=1e-4)


def test_a_word_without_a_vector_is_nobodys_neighbour_and_has_none():
    vocabulary = tiny_vocabulary()
    assert neighbours(vocabulary, np.zeros((vocabulary.size, 3), np.float32)) == []


def test_the_examples_of_a_text_are_json_as_agreed():
    text = tiny_text()
    generator = np.random.default_rng(0)
    found = examples(
        Uniform(VOCABULARY.size),
        VOCABULARY,
        text,
        lambda begin, end: [VOCABULARY.written[it] for it in text.ids[begin:end]],
        generator.gamma(2.0, size=text.num_tokens),
        generator.integers(1, 12, text.num_tokens).astype(np.int32),
        generator.normal(size=(VOCABULARY.size, 4)).astype(np.float32),
    )
    assert list(found) == ["best", "worst", "missed_words", "neighbours"]
    assert len(found["best"]) == len(found["worst"]) == 5
    bits = [it["bits_per_token"] for it in found["best"] + found["worst"][::-1]]
    assert bits == sorted(bits)
    for sentence in found["best"] + found["worst"]:
        for token in sentence["tokens"]:
            assert len(token["alternatives"]) == 5
            assert token["token"] != "<eos>"
    content = is_content_word(VOCABULARY)
    for it in found["neighbours"]:
        assert content[VOCABULARY.written.index(it["word"])]
    json.dumps(found, allow_nan=False)


def test_a_text_of_nothing_but_ends_has_no_examples():
    text = EncodedText(np.array([EOS, EOS], np.int32), np.array([1, 2]))
    embedding = np.zeros((VOCABULARY.size, 4), np.float32)
    losses, ranks = np.zeros(2), np.ones(2, np.int32)
    model = Uniform(VOCABULARY.size)
    found = examples(
        model, VOCABULARY, text, lambda begin, end: [], losses, ranks, embedding
    )
    assert set(map(len, found.values())) == {0}
