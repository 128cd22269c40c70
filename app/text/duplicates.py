"""Documents with the same text: found, and kept once.

A model that was measured on text it has learned looks better than it is, and models
that memorise look best. Texts count as the same whatever their white space is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from app.text.readers import Document


def digest(paragraphs: Sequence[str]) -> str:
    """SHA-256 of the text, white space folded: the same for every copy."""
    folded = " ".join(" ".join(paragraphs).split())
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def without_copies(documents: list[Document]) -> list[Document]:
    """The first of every group of documents with the same text."""
    first = {digest(d.paragraphs): d for d in reversed(documents)}
    return list(reversed(first.values()))


def without_paragraphs_of(
    learned: Iterable[Document], documents: Iterable[Document]
) -> list[Document]:
    """`documents` without the paragraphs that `learned` holds too."""
    known = {" ".join(p.split()) for d in learned for p in d.paragraphs}
    remaining = []
    for document in documents:
        new = tuple(p for p in document.paragraphs if " ".join(p.split()) not in known)
        if new:
            remaining.append(Document(document.name, new))
    return remaining
