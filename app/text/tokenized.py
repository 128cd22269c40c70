r"""A corpus as numbers before any vocabulary: cut into tokens once, kept on disk.

Every different written token of the corpus is a *type* and has a number; the corpus is
an array of these numbers, the end of a paragraph being type 0. What is to be learned,
to be validated and to be tested is chosen from it as a `Part`, and only then a
vocabulary is counted: on training text alone. Two documents, of two paragraphs and
of one::

    ids               The cat sat | It slept | Dogs bark |        | is PARAGRAPH_END
    paragraph_ends                4          7          10        into ids
    document_ends                            2           3        into paragraphs

Digests are of what was written, white space aside, so that copies have the same one
whichever file they are in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.text.array_file import read_array

PARAGRAPH_END = 0
PARAGRAPH_END_TYPE = "\n"  # no token: both tokenizers cut at it

TYPES = "types.txt"
ARRAYS = {
    "ids": np.uint32,
    "paragraph_ends": np.int64,
    "paragraph_digests": np.uint64,
    "document_ends": np.int64,
    "document_digests": np.uint64,
}

_BLOCK_TOKENS = 1 << 20


@dataclass(frozen=True, eq=False)
class TokenizedText:
    """A whole corpus (see above); its arrays may be mapped from disk.

    Attributes:
        types: every different token as written; the first is `PARAGRAPH_END_TYPE`.
        ids: uint32 [num_tokens], numbers of types, paragraph ends among them.
        paragraph_ends: int64 [num_paragraphs], exclusive, into `ids`.
        paragraph_digests: uint64 [num_paragraphs].
        document_ends: int64 [num_documents], exclusive, into the paragraphs.
        document_digests: uint64 [num_documents].
    """

    types: tuple[str, ...]
    ids: np.ndarray
    paragraph_ends: np.ndarray
    paragraph_digests: np.ndarray
    document_ends: np.ndarray
    document_digests: np.ndarray

    @classmethod
    def load(cls, folder: Path) -> TokenizedText:
        """What `tokenize_documents` wrote into `folder`.

        Raises:
            OSError, ValueError: it did not, or not all of it is there.
        """
        text = (folder / TYPES).read_bytes().decode("utf-8", "surrogatepass")
        types = (PARAGRAPH_END_TYPE, *text.split("\n")[:-1])
        return cls(types, **{name: read_array(folder / _npy(name)) for name in ARRAYS})

    @property
    def paragraph_starts(self) -> np.ndarray:
        """int64 [num_paragraphs], into `ids`."""
        return _starts(self.paragraph_ends)

    @cached_property
    def type_hashes(self) -> np.ndarray:
        """uint64 [num_types], of the types in lower case; the same in every corpus."""
        digests = bytearray()
        for token in self.types:
            folded = token.lower().encode("utf-8", "surrogatepass")
            digests += hashlib.blake2b(folded, digest_size=8).digest()
        return np.frombuffer(digests, np.uint64)

    def all(self) -> Part:
        """The whole corpus, in the order in which it was read."""
        numbers = np.arange(len(self.paragraph_ends))
        return Part(self, numbers, np.asarray(self.document_ends))


def array_path(folder: Path, name: str) -> Path:
    """Where `folder` keeps one of `ARRAYS`."""
    return folder / _npy(name)


def _npy(name: str) -> str:
    return f"{name}.npy"


class Block(NamedTuple):
    """Some whole documents of a part, gathered in memory.

    Attributes:
        ids: uint32 [num_tokens], numbers of types.
        paragraphs: int64 [num_tokens], the paragraph of each token.
        documents: int64 [num_tokens], its document; both count within the part.
    """

    ids: np.ndarray
    paragraphs: np.ndarray
    documents: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """Some paragraphs of a tokenized text, those of a document next to each other.

    Attributes:
        text: what they are of.
        paragraphs: int64 [num_paragraphs], which ones.
        document_ends: int64 [num_documents], exclusive, into `paragraphs`.
    """

    text: TokenizedText
    paragraphs: np.ndarray
    document_ends: np.ndarray

    @property
    def num_documents(self) -> int:
        """How many documents have a paragraph here."""
        return len(self.document_ends)

    @property
    def num_paragraphs(self) -> int:
        """How many paragraphs were chosen."""
        return len(self.paragraphs)

    @property
    def paragraph_lengths(self) -> np.ndarray:
        """int64 [num_paragraphs], tokens, the paragraph's end counted."""
        ends = self.text.paragraph_ends[self.paragraphs]
        return ends - self.text.paragraph_starts[self.paragraphs]

    @property
    def token_ends(self) -> np.ndarray:
        """int64 [num_documents]: where each document ends, counted in tokens."""
        return np.cumsum(self.paragraph_lengths)[self.document_ends - 1]

    @property
    def digests(self) -> np.ndarray:
        """uint64 [num_paragraphs]."""
        return self.text.paragraph_digests[self.paragraphs]

    @property
    def document_of_paragraph(self) -> np.ndarray:
        """int64 [num_paragraphs]: counted within the part."""
        sizes = np.diff(self.document_ends, prepend=0)
        return np.repeat(np.arange(self.num_documents), sizes)

    def documents(self, numbers: np.ndarray) -> Part:
        """The part of these documents, in the order of `numbers` int64 [n]."""
        starts = _starts(self.document_ends)[numbers]
        sizes = self.document_ends[numbers] - starts
        ends = np.cumsum(sizes, dtype=np.int64)
        return Part(self.text, self.paragraphs[_ranges(starts, sizes)], ends)

    def only(self, wanted: np.ndarray) -> Part:
        """The part of the paragraphs where bool [num_paragraphs] `wanted` is true.

        A document that has none left is gone.
        """
        sizes = np.bincount(
            self.document_of_paragraph[wanted], minlength=self.num_documents
        )
        ends = np.cumsum(sizes[sizes > 0], dtype=np.int64)
        return Part(self.text, self.paragraphs[wanted], ends)

    def blocks(self) -> Iterator[Block]:
        """Yields the part in its order, about a million tokens at a time."""
        starts = self.text.paragraph_starts[self.paragraphs]
        lengths = self.paragraph_lengths
        documents = self.document_of_paragraph
        for first, last in self._block_bounds():
            rows = slice(first, last)
            yield Block(
                self.text.ids[_ranges(starts[rows], lengths[rows])],
                np.repeat(np.arange(first, last), lengths[rows]),
                np.repeat(documents[rows], lengths[rows]),
            )

    def _block_bounds(self) -> Iterator[tuple[int, int]]:
        """The paragraphs of each block: from, to; no document is cut."""
        if not self.num_documents:
            return
        before = np.concatenate([[0], self.token_ends])
        first = 0
        while first < self.num_documents:
            most = before[first] + _BLOCK_TOKENS
            last = max(int(np.searchsorted(before, most, "right")) - 1, first + 1)
            start = int(self.document_ends[first - 1]) if first else 0
            yield start, int(self.document_ends[last - 1])
            first = last


def _starts(ends: np.ndarray) -> np.ndarray:
    """int64 [n]: where pieces start that end at int64 [n] and follow each other."""
    return np.concatenate([[0], ends[:-1]]).astype(np.int64)[: len(ends)]


def _ranges(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The numbers of several ranges, one after the other.

    >>> _ranges(np.array([5, 20]), np.array([2, 3])).tolist()
    [5, 6, 20, 21, 22]
    """
    shifts = starts - (np.cumsum(sizes) - sizes)
    return np.arange(sizes.sum()) + np.repeat(shifts, sizes)
