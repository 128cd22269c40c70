"""Documents as one array of ids."""

from __future__ import annotations

import numpy as np

from app.text.readers import Document
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BOS, EOS, OOV
from tests.texts import encoded, vocabulary_of

DOCUMENTS = (
    Document("first", ("The cat sat.", "It slept.")),
    Document("second", ("Dogs sat.",)),
)
TOKENIZER = Tokenizer()
VOCABULARY = vocabulary_of(DOCUMENTS[:1], TOKENIZER)


def test_every_paragraph_ends_with_eos_and_bos_is_not_a_target():
    text = encoded(DOCUMENTS, TOKENIZER, VOCABULARY)
    shown = VOCABULARY.decode(text.ids)
    assert shown == "the cat sat . <eos> it slept . <eos> <oov> sat . <eos>".split()
    assert BOS not in text.ids
    assert text.num_tokens == 13


def test_documents_come_apart_where_they_were_joined():
    text = encoded(DOCUMENTS, TOKENIZER, VOCABULARY)
    first, second = text.documents()
    assert text.document_ends.tolist() == [9, 13]
    assert np.concatenate([first, second]).tolist() == text.ids.tolist()
    assert second[0] == OOV
    assert second[-1] == EOS


def test_types_are_those_that_readers_expect():
    text = encoded(DOCUMENTS, TOKENIZER, VOCABULARY)
    assert text.ids.dtype == np.int32
    assert text.document_ends.dtype == np.int64


def test_no_document_is_no_token():
    text = encoded((), TOKENIZER, VOCABULARY)
    assert text.num_tokens == 0
    assert list(text.documents()) == []


def test_unknown_words_are_told_from_other_unknown_tokens():
    text = encoded([Document("d", ("Dogs 42 % cats sat",))], TOKENIZER, VOCABULARY)
    assert np.count_nonzero(text.ids == OOV) == 4
    assert text.oov_words == 2
