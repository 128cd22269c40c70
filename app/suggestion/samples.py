"""What a network would say so far: completions of a few beginnings, shown in training.

A network and a text that it does not learn from enter; lines to read leave.
"""

from __future__ import annotations

import numpy as np

from app.language.contract import LanguageModel
from app.suggestion.decoding import beginning_a_sentence, read_context, suggest
from app.suggestion.offers import Offers
from app.text.detokenizer import detokenize_ids
from app.text.encoding import EncodedText
from app.text.sentences import begins_sentence
from app.text.vocabulary import EOS, Vocabulary

NUM_SAMPLES = 3
NUM_READ = 6  # tokens of a document
NUM_SUGGESTIONS = 3


def sample_completions(
    model: LanguageModel, vocabulary: Vocabulary, text: EncodedText
) -> list[str]:
    """The beginnings of some documents, the same every time, and how they go on.

    Where there are too few documents, as in a novel, their paragraphs are taken.

    A word that is not in the vocabulary is shown as "…", the end of a paragraph as "/".

    Example line: ``The cat sat on the ...  mat 31%, dog 7%, floor 4%``
    """
    pieces = list(text.documents())
    if len(pieces) < NUM_SAMPLES:
        paragraph_ends = np.flatnonzero(text.ids == EOS)[:-1] + 1
        pieces = np.split(text.ids, paragraph_ends)
    step = max(len(pieces) // NUM_SAMPLES, 1)
    return [
        _sample(model, vocabulary, ids[:NUM_READ])
        for ids in pieces[::step][:NUM_SAMPLES]
    ]


def _sample(model: LanguageModel, vocabulary: Vocabulary, ids: np.ndarray) -> str:
    states = read_context(model, ids)
    suggestions = suggest(model, Offers.of(vocabulary), states, NUM_SUGGESTIONS)
    paragraph = np.split(ids, np.flatnonzero(ids == EOS) + 1)[-1]
    if not vocabulary.pretokenized and begins_sentence(vocabulary.decode(paragraph)):
        suggestions = beginning_a_sentence(suggestions)
    words = ", ".join(f"{it.word} {it.probability:.0%}" for it in suggestions)
    beginning = detokenize_ids(ids, vocabulary).replace("\n", " / ").rstrip()
    return f"{beginning} ...  {words}"
