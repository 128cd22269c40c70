"""Words to vectors: the embedding matrix that a network starts from.

A source's name and a vocabulary enter; `Vectors` leave: one float32 row per id, and
how many words the source knew.

`Masking` in Keras skips every all-zero row, as if the word had not been typed. So
PAD's row alone is zero: a word without a vector takes that of a spelling variant,
else a seeded draw with the spread of the others.

This module does not train vectors and does not download them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from app.errors import UserError
from app.text.vector_files import RANDOM, read_known_vectors
from app.text.vocabulary import PAD, RESERVED, Vocabulary

# Width and spread of `random`: those of GloVe, so that a network set up for the one
# fits the other. Measured on 20,000 words: 0.65 in 50 dimensions, 0.51 in 100.
_RANDOM_DIM = 100
_RANDOM_SCALE = 0.5
_NUM_MISSING_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Vectors:
    """An embedding matrix and how it came about.

    Attributes:
        matrix: float32 [vocabulary_size, embedding_dim], rows in order of ids.
        source: what `--embeddings` named.
        num_types: words of the vocabulary, reserved ids not counted.
        types_found: those of them that the source has, variants included.
        types_from_variants: those of them found under another spelling only.
        tokens_found: share of the training tokens with an id of their own that
            `types_found` stand for, 0 to 1.
        missing: the most frequent words without a vector and their counts.
    """

    matrix: np.ndarray
    source: str
    num_types: int
    types_found: int
    types_from_variants: int
    tokens_found: float
    missing: tuple[tuple[str, int], ...]

    def description(self) -> str:
        """Coverage in a sentence, with frequent words that the source lacks."""
        if self.source == RANDOM:
            return f"the vectors of all {self.num_types:,} words are drawn at random"
        sentence = (
            f"{self.source} has vectors for {self.types_found:,} of "
            f"{self.num_types:,} words, {self.tokens_found:.1%} of what is read"
        )
        if not self.missing:
            return sentence
        missing = ", ".join(word for word, _ in self.missing[:5])
        return f"{sentence}; the most frequent without one: {missing}"

    def facts(self) -> dict[str, Any]:
        """Everything but the matrix, for the model's configuration."""
        everything = {f.name: getattr(self, f.name) for f in fields(self)}
        del everything["matrix"]
        return everything

    @property
    def embedding_dim(self) -> int:
        """The width of the matrix."""
        return self.matrix.shape[1]


def read_vectors(source: str, vocabulary: Vocabulary, *, seed: int) -> Vectors:
    """The embedding matrix of `vocabulary`.

    Args:
        source: "glove-6b-50d" (the installed package), "random", or the path of a
            text file as GloVe, word2vec or fastText write it, also .gz.
        vocabulary: the words that need a vector.
        seed: of the draw for words that the source lacks.

    Raises:
        UserError: no such source, a damaged file, or no word of ours in it.
    """
    start = len(RESERVED)
    spellings = [
        _variants(token, form)
        for token, form in zip(
            vocabulary.tokens[start:], vocabulary.written[start:], strict=True
        )
    ]
    if source == RANDOM:
        known: dict[str, np.ndarray] = {}
    else:
        wanted = {spelling for variants in spellings for spelling in variants}
        known = _usable(read_known_vectors(source, wanted))
        if not known:
            raise UserError(
                f"{source}: none of the {len(spellings)} words of the vocabulary has "
                "a vector there. Is it of another language? --embeddings random "
                "needs no file."
            )
    chosen = [next((s for s in variants if s in known), None) for variants in spellings]
    matrix = _draw(known, vocabulary.size, seed)
    for token_id, spelling in enumerate(chosen, start):
        if spelling is not None:
            matrix[token_id] = known[spelling]
    matrix[PAD] = 0.0
    return _with_coverage(matrix, source, vocabulary, chosen)


def _with_coverage(
    matrix: np.ndarray, source: str, vocabulary: Vocabulary, chosen: list[str | None]
) -> Vectors:
    """`matrix` with the figures that say how much of it the source knew."""
    tokens = vocabulary.tokens[len(RESERVED) :]
    counts = vocabulary.counts[len(RESERVED) :]
    found = np.array([spelling is not None for spelling in chosen], bool)
    missing = np.flatnonzero(~found)  # most frequent first, as the vocabulary is
    return Vectors(
        matrix=matrix,
        source=source,
        num_types=len(tokens),
        types_found=int(found.sum()),
        types_from_variants=sum(
            spelling not in (None, token)
            for spelling, token in zip(chosen, tokens, strict=True)
        ),
        tokens_found=float(counts[found].sum() / max(int(counts.sum()), 1)),
        missing=tuple(
            (tokens[i], int(counts[i])) for i in missing[:_NUM_MISSING_SHOWN].tolist()
        ),
    )


def _variants(token: str, written: str) -> tuple[str, ...]:
    """Spellings under which a source may know `token`, best first.

    >>> _variants("approx.", "approx.")
    ('approx.', 'approx')
    >>> _variants("co-operate", "Co-operate")
    ('co-operate', 'Co-operate', 'cooperate')
    """
    lower = token.lower()
    bare = lower.replace(".", "").replace("-", "")
    candidates = (token, written, lower, bare)
    return tuple(dict.fromkeys(spelling for spelling in candidates if spelling))


def _usable(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Without rows of zeros (they would be masked), NaN or infinity."""
    return {
        token: row
        for token, row in vectors.items()
        if np.isfinite(row).all() and row.any()
    }


def _draw(known: dict[str, np.ndarray], num_rows: int, seed: int) -> np.ndarray:
    """float32 [num_rows, dim]: normal, each dimension as wide as in `known`."""
    rows = np.array(list(known.values()), np.float32)
    dim = rows.shape[1] if known else _RANDOM_DIM
    mean = rows.mean(axis=0) if known else np.zeros(dim, np.float32)
    spread = rows.std(axis=0) if known else np.zeros(dim, np.float32)
    spread[spread == 0] = _RANDOM_SCALE  # also where only one row is known
    normal = np.random.default_rng(seed).standard_normal((num_rows, dim), np.float32)
    return mean + spread * normal
