"""What is shown after an epoch: three beginnings and how they go on."""

from __future__ import annotations

import numpy as np
import pytest

from app.suggestion.samples import sample_completions
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS
from tests.fakes import Next
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
    assert lines[0].startswith("the cat <eos>")
    assert all(" ...  " in line for line in lines)
