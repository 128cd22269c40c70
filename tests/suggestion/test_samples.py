"""What is shown after an epoch: three beginnings and how they go on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.suggestion.samples import sample_completions
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, RESERVED
from tests.fakes import Next, Uniform
from tests.tiny import tiny_vocabulary

VOCABULARY = tiny_vocabulary()
PARAGRAPHS = ("the cat", "they saw the dog", "it was so", "we are in", "you can do")


def encoded(num_documents: int) -> EncodedText:
    """The paragraphs, dealt out to documents from the first on."""
    ids = [[*VOCABULARY.encode(p.split()), EOS] for p in PARAGRAPHS]
    ends = np.cumsum([len(piece) for piece in ids])
    last_ones = ends[: num_documents - 1].tolist() + [int(ends[-1])]
    return EncodedText(np.concatenate(ids).astype(np.int32), np.array(last_ones))


@pytest.mark.parametrize("num_documents", [1, 2, 3, 5])
def test_three_completions_are_shown_whatever_the_number_of_documents(num_documents):
    lines = sample_completions(
        Next(VOCABULARY.size), VOCABULARY, encoded(num_documents)
    )
    assert len(lines) == 3
    assert lines[0].startswith("The cat / ...  ") or num_documents == 1
    assert all(" ...  " in line for line in lines)


def test_no_reserved_name_is_shown_and_sentences_begin_with_a_capital():
    """Samples showed "<oov> <eos>" and the tokens as they are cut."""
    tokens = [*"the zebra ca n't run .".split()]
    ids = np.array([*VOCABULARY.encode(tokens), EOS] * 3, np.int32)
    text = EncodedText(ids, np.array([7, 14, 21]))
    (line, *_) = sample_completions(Uniform(VOCABULARY.size), VOCABULARY, text)
    beginning, _, words = line.partition(" ...  ")
    assert beginning == "The … can't run."
    assert not any(name in line for name in RESERVED)
    assert all(not word[0].islower() for word in words.split(", "))


def test_given_tokens_are_shown_as_they_are():
    cased = dataclasses.replace(VOCABULARY, pretokenized=True)
    ids = np.array([*VOCABULARY.encode(["ca", "n't", "."]), EOS] * 3, np.int32)
    text = EncodedText(ids, np.array([4, 8, 12]))
    (line, *_) = sample_completions(Next(VOCABULARY.size), cased, text)
    assert line.startswith("ca n't . / ...  ")
