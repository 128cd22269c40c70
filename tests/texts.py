"""Texts for tests, made on the very path that a corpus takes.

What is mapped from a folder stays there when the folder is gone (not on Windows).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.text.counting import TypeCounts, count_types
from app.text.encoding import EncodedText, encode
from app.text.readers import Document
from app.text.tokenized import Part, TokenizedText
from app.text.tokenizer import Tokenizer
from app.text.tokenizing import tokenize_documents
from app.text.vocabulary import Vocabulary


def tokenized(
    documents: Iterable[Document], tokenizer: Tokenizer | None = None
) -> TokenizedText:
    """The documents, cut into tokens."""
    with tempfile.TemporaryDirectory() as folder:
        return tokenize_documents(documents, tokenizer or Tokenizer(), Path(folder))


def counts_of(documents: Iterable[Iterable[Sequence[str]]]) -> TypeCounts:
    """Counts of documents that are given as paragraphs of tokens."""
    lines = [tuple(" ".join(tokens) for tokens in document) for document in documents]
    text = tokenized(
        (Document("d", paragraphs) for paragraphs in lines),
        Tokenizer(pretokenized=True),
    )
    return count_types(text.all())


def vocabulary_of(
    documents: Iterable[Document],
    tokenizer: Tokenizer,
    *,
    size: int = 99,
    min_count: int = 1,
) -> Vocabulary:
    """The vocabulary of all of the documents."""
    counts = count_types(tokenized(documents, tokenizer).all())
    return Vocabulary.build(counts, tokenizer, size=size, min_count=min_count)


def encoded(
    documents: Iterable[Document], tokenizer: Tokenizer, vocabulary: Vocabulary
) -> EncodedText:
    """The ids of the documents."""
    part = tokenized(documents, tokenizer).all()
    with tempfile.TemporaryDirectory() as folder:
        return encode(part, vocabulary, Path(folder), "text")


def documents_of(part: Part) -> list[tuple[tuple[str, ...], ...]]:
    """The documents of a part, each a tuple of paragraphs, those of tokens."""
    text = part.text
    paragraphs = [
        tuple(text.types[i] for i in text.ids[start : end - 1])
        for start, end in zip(
            text.paragraph_starts[part.paragraphs],
            text.paragraph_ends[part.paragraphs],
            strict=True,
        )
    ]
    starts = [0, *part.document_ends[:-1]]
    return [
        tuple(paragraphs[start:end])
        for start, end in zip(starts, part.document_ends, strict=False)
    ]
