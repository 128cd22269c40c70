"""Documents to ids: the whole corpus as one array, cut where documents end.

`Document`s, the tokenizer and the vocabulary enter; an `EncodedText` leaves. BOS is
not in it, because every reader of it, training or measuring, puts BOS before each
document itself and never predicts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from app.text.corpus import Document
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import EOS, OOV, Vocabulary


@dataclass(frozen=True, eq=False)
class EncodedText:
    """What is to be predicted: every token, and an EOS after every paragraph.

    Drawn for a document of two paragraphs and one of one::

        ids              the cat sat EOS it slept EOS dogs bark EOS
        document_ends                                7             10

    Attributes:
        ids: int32 [num_tokens], the documents one after the other.
        document_ends: int64 [num_documents], where each ends, exclusive.
        oov_words: how many of the OOV ids stand for a token that begins with a
            letter; the ids alone no longer tell.
    """

    ids: np.ndarray
    document_ends: np.ndarray
    oov_words: int = 0

    @property
    def num_tokens(self) -> int:
        """The number of targets, EOS included."""
        return len(self.ids)

    def documents(self) -> Iterator[np.ndarray]:
        """Yields int32 [num_document_tokens] for each document, a view."""
        start = 0
        for end in self.document_ends.tolist():
            yield self.ids[start:end]
            start = end


def tokenize_documents(
    documents: Iterable[Document], tokenizer: Tokenizer
) -> Iterator[list[list[str]]]:
    """Yields each document's paragraphs as written tokens, as counting wants them."""
    for document in documents:
        yield [tokenizer.tokenize(paragraph) for paragraph in document.paragraphs]


def encode_documents(
    documents: Iterable[Document], tokenizer: Tokenizer, vocabulary: Vocabulary
) -> EncodedText:
    """The ids of `documents`, in their order, unknown words as OOV."""
    pieces = [np.empty(0, np.int32)]
    ends = []
    total = oov_words = 0
    eos = np.array([EOS], np.int32)
    for paragraphs in tokenize_documents(documents, tokenizer):
        for tokens in paragraphs:
            ids = vocabulary.encode(tokens)
            pieces += [ids, eos]
            total += len(tokens) + 1
            oov_words += sum(tokens[i][0].isalpha() for i in np.flatnonzero(ids == OOV))
        ends.append(total)
    return EncodedText(np.concatenate(pieces), np.array(ends, np.int64), oov_words)
