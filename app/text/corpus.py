"""Sources to documents, documents to parts: what is learned and what is measured.

Paths, folders, patterns, `-` or nothing enter; the documents leave, whole or in
three parts. The parts are cut before anything is counted and share no text.

This module knows nothing about encodings or tokens.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.errors import UserError
from app.text.duplicates import digest, without_copies, without_paragraphs_of
from app.text.readers import (
    Document,
    ReadOptions,
    read_sources,
    read_wikipedia_sample,
)

logger = logging.getLogger(__name__)

_EVALUATION_SHARE = 0.05  # of the text, for validation and again for the test
_MIN_DOCUMENTS = 20
_MIN_PARAGRAPHS = 10


@dataclass(frozen=True)
class Parts:
    """A corpus cut in three.

    Attributes:
        train: what the network learns from and the vocabulary counts.
        valid: what decides when to stop.
        test: what is measured once, at the end.
        description: one sentence on how it was cut and what was left out.
    """

    train: tuple[Document, ...]
    valid: tuple[Document, ...]
    test: tuple[Document, ...]
    description: str

    def named(self) -> dict[str, tuple[Document, ...]]:
        """The parts that hold something, by their names."""
        parts = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: documents for name, documents in parts.items() if documents}


def read_parts(
    sources: Sequence[str],
    *,
    valid: str | None = None,
    test: str | None = None,
    pretokenized: bool = False,
    keep_duplicates: bool = False,
    file_format: str = "auto",
    field: str | None = None,
    encoding: str | None = None,
) -> Parts:
    """Reads a corpus and cuts it in three, or takes the parts that were given.

    Args:
        sources: of the training text; of all of it where `valid` is None.
        valid: source of the validation text.
        test: source of the test text; only beside `valid`.
        pretokenized: see `read_documents`.
        keep_duplicates: see `split_documents`.
        file_format: see `read_documents`.
        field: see `read_documents`.
        encoding: see `read_documents`.

    Raises:
        UserError: a source cannot be read, or there is too little to cut.
    """

    def read(given: Sequence[str]) -> tuple[Document, ...]:
        found = read_documents(
            given,
            pretokenized=pretokenized,
            file_format=file_format,
            field=field,
            encoding=encoding,
        )
        return tuple(found)

    documents = read(sources)
    if valid is None:
        return split_documents(documents, keep_duplicates=keep_duplicates)
    validating = read([valid])
    testing = read([test]) if test else ()
    learned = {digest(d.paragraphs) for d in documents}
    copies = sum(digest(d.paragraphs) in learned for d in (*validating, *testing))
    if copies:
        logger.warning(
            "%s of the documents to validate and test are in the training text too, "
            "which flatters the figures.",
            f"{copies:,}",
        )
    description = (
        f"{len(documents):,} documents to learn from, {len(validating):,} to validate "
        f"and {len(testing):,} to test, as given"
    )
    return Parts(documents, validating, testing, description)


def read_documents(
    sources: Sequence[str] = (),
    *,
    pretokenized: bool = False,
    file_format: str = "auto",
    field: str | None = None,
    encoding: str | None = None,
) -> Iterator[Document]:
    """Yields the documents of `sources`, files sorted by path within a folder.

    Args:
        sources: files, folders, patterns such as `texts/*.txt`, or "-" for standard
            input; also packed. Empty: the bundled sample of Wikipedia.
        pretokenized: each line that is not empty is one document of one paragraph.
        file_format: a name of `app.settings.FORMATS`.
        field: names of the columns or keys that hold the text; None: recognised.
        encoding: of texts that do not say theirs; None: UTF-8, else guessed.

    Raises:
        UserError: a source is missing, empty or no text.
    """
    if not sources:
        yield from read_wikipedia_sample()
        return
    options = ReadOptions(file_format, field, pretokenized, encoding)
    yield from read_sources(sources, options)


def split_documents(
    documents: Iterable[Document], *, keep_duplicates: bool = False
) -> Parts:
    """Cuts a corpus 90/5/5 by document; fewer than 20 of them by paragraphs.

    Args:
        documents: the whole corpus, in any order.
        keep_duplicates: copies stay, and text may stand in more than one part.

    Raises:
        UserError: too little text for three parts.
    """
    ordered = sorted(
        documents, key=lambda d: (digest(d.paragraphs), d.name, d.paragraphs)
    )
    kept = ordered if keep_duplicates else without_copies(ordered)
    by_document = len(kept) >= _MIN_DOCUMENTS
    parts = _cut_between_documents(kept) if by_document else None
    if parts is None or not all(parts):
        by_document = False
        parts = _cut_within_documents(kept)
    train, valid, test = parts
    if not keep_duplicates:
        valid = without_paragraphs_of(train, valid)
        test = without_paragraphs_of([*train, *valid], test)
    if not (train and valid and test):
        raise _too_small(kept)
    how = "by document" if by_document else "by paragraphs, the end of each document"
    description = (
        f"split 90/5/5 {how}: {_size(train)} to learn from, {_size(valid)} to "
        f"validate, {_size(test)} to test; {len(ordered) - len(kept)} copies left out"
    )
    return Parts(tuple(train), tuple(valid), tuple(test), description)


def _cut_between_documents(
    documents: list[Document],
) -> tuple[list[Document], list[Document], list[Document]]:
    """Whole documents, in the order of their digests, until a part is full.

    A document of more than a tenth of the text would be a part of its own and say
    more about itself than about the corpus: it stays in training.
    """
    sizes = [sum(map(len, d.paragraphs)) for d in documents]
    target = _EVALUATION_SHARE * sum(sizes)
    train: list[Document] = []
    parts: dict[str, list[Document]] = {"test": [], "valid": []}
    filled = {"test": 0, "valid": 0}
    for document, size in zip(documents, sizes, strict=True):
        for name, part in parts.items():
            if filled[name] < target and filled[name] + size <= 2 * target:
                part.append(document)
                filled[name] += size
                break
        else:
            train.append(document)
    return train, parts["valid"], parts["test"]


def _cut_within_documents(
    documents: list[Document],
) -> tuple[list[Document], list[Document], list[Document]]:
    """The last twentieth of each document's paragraphs to test, one before to valid.

    The tail is contiguous, because neighbouring paragraphs tell of each other.
    """
    train: list[Document] = []
    valid: list[Document] = []
    test: list[Document] = []
    for document in documents:
        num_paragraphs = len(document.paragraphs)
        tail = 0
        if num_paragraphs >= _MIN_PARAGRAPHS:
            tail = max(1, round(_EVALUATION_SHARE * num_paragraphs))
        cuts = (0, num_paragraphs - 2 * tail, num_paragraphs - tail, num_paragraphs)
        for part, start, end in zip(
            (train, valid, test), cuts[:-1], cuts[1:], strict=True
        ):
            if start < end:
                part.append(Document(document.name, document.paragraphs[start:end]))
    return train, valid, test


def _size(documents: Sequence[Document]) -> str:
    count = sum(len(d.paragraphs) for d in documents)
    return f"{len(documents)} documents ({count} paragraphs)"


def _too_small(documents: Sequence[Document]) -> UserError:
    return UserError(
        f"The corpus is too small to split: {_size(documents)} that differ. It needs "
        f"at least {_MIN_DOCUMENTS} documents, or one of at least {_MIN_PARAGRAPHS} "
        "paragraphs (parted by blank lines), and text in each part that is not in "
        "the others. Give more text, or the parts with --valid and --test."
    )
