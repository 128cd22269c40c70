"""Words to vectors: the embedding matrix that a network starts from.

A source's name and a vocabulary enter; `Vectors` leave: one float32 row per id, and
how many words the source knew.

`Masking` in Keras skips every all-zero row, as if the word had not been typed. So
PAD's row alone is zero: a word without a vector gets one made of its sub-words where
the source has them, else that of a spelling variant, else a seeded draw with the
spread of the others.

This module does not know where vectors are kept nor in which format.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from app.errors import UserError
from app.text.encoding import EncodedText
from app.text.vector_files import (
    CORPUS,
    EMBEDDINGS,
    RANDOM,
    check_source,
    read_known_vectors,
)
from app.text.vector_formats.rows import Found, Wanted
from app.text.vocabulary import PAD, RESERVED, Vocabulary

# Width and spread of `random`: those of GloVe, so that a network set up for the one
# fits the other. Measured on 20,000 words: 0.65 in 50 dimensions, 0.51 in 100.
_RANDOM_DIM = 100
_RANDOM_SCALE = 0.5
_NUM_MISSING_SHOWN = 20

__all__ = ["EMBEDDINGS", "Vectors", "check_source", "read_vectors"]


@dataclass(frozen=True, eq=False)
class Vectors:
    """An embedding matrix and how it came about.

    Attributes:
        matrix: float32 [vocabulary_size, embedding_dim], rows in order of ids.
        source: what `--embeddings` named.
        num_types: words of the vocabulary, reserved ids not counted.
        types_found: those of them that the source has, variants included.
        types_from_variants: those of them found under another spelling only.
        types_from_subwords: words that the source lacks, but made of sub-words.
        tokens_found: share of the training tokens with an id of their own that
            `types_found` stand for, 0 to 1.
        missing: the most frequent words that the source lacks and their counts.
    """

    matrix: np.ndarray
    source: str
    num_types: int
    types_found: int
    types_from_variants: int
    tokens_found: float
    missing: tuple[tuple[str, int], ...]
    types_from_subwords: int = 0

    def description(self) -> str:
        """Coverage in a sentence, with frequent words that the source lacks."""
        if self.source == RANDOM:
            return f"the vectors of all {self.num_types:,} words are drawn at random"
        sentence = (
            f"{self.source} has vectors for {self.types_found:,} of "
            f"{self.num_types:,} words, {self.tokens_found:.1%} of what is read"
        )
        if self.source == CORPUS:
            sentence = (
                f"vectors of {self.types_found:,} of {self.num_types:,} words were "
                "learned from the training text"
            )
        if not self.missing:
            return sentence
        missing = ", ".join(word for word, _ in self.missing[:5])
        sentence = f"{sentence}; the most frequent without one: {missing}"
        if not self.types_from_subwords:
            return sentence
        return f"{sentence}; {self.types_from_subwords:,} are made of their sub-words"

    def facts(self) -> dict[str, Any]:
        """Everything but the matrix, for the model's configuration."""
        everything = {f.name: getattr(self, f.name) for f in fields(self)}
        del everything["matrix"]
        return everything

    @property
    def embedding_dim(self) -> int:
        """The width of the matrix."""
        return self.matrix.shape[1]


class _Choice(NamedTuple):
    """Which vector a word gets; `spelling` is None where the source has none."""

    vector: np.ndarray | None = None
    spelling: str | None = None
    is_composed: bool = False


def read_vectors(
    source: str,
    vocabulary: Vocabulary,
    *,
    seed: int,
    text: EncodedText | None = None,
    store: Path | None = None,
) -> Vectors:
    """The embedding matrix of `vocabulary`.

    Args:
        source: "glove-6b-50d" (the installed package), the path of a file in any
            format that `vector_formats` knows, "gensim:NAME", "corpus" or "random".
        vocabulary: the words that need a vector.
        seed: of the draw for words that the source lacks, and of "corpus".
        text: what "corpus" learns from; nothing else needs it.
        store: folder of downloads and of what is kept for the next time; None
            keeps nothing.

    Raises:
        UserError: no such source, a damaged file, or no word of ours in it.
    """
    tokens = vocabulary.tokens[len(RESERVED) :]
    spellings = [
        _variants(token, form)
        for token, form in zip(tokens, vocabulary.written[len(RESERVED) :], strict=True)
    ]
    if source == RANDOM:
        found = Found({})
    elif source == CORPUS:
        found = _learn(vocabulary, text, seed)
    else:
        wanted = frozenset(spelling for variants in spellings for spelling in variants)
        found = read_known_vectors(source, Wanted(wanted, tokens), store=store)
        _check_language(source, found, len(tokens))
    choices = [_choose(found, variants) for variants in spellings]
    matrix = _draw(found.own, vocabulary.size, seed)
    for token_id, choice in enumerate(choices, len(RESERVED)):
        if choice.vector is not None:
            matrix[token_id] = choice.vector
    matrix[PAD] = 0.0
    return _with_coverage(matrix, source, vocabulary, choices)


def _learn(vocabulary: Vocabulary, text: EncodedText | None, seed: int) -> Found:
    from app.text.vector_training import train_vectors

    if text is None:
        raise ValueError("vectors of a corpus need its text")
    return Found(train_vectors(text, vocabulary, seed=seed))


def _check_language(source: str, found: Found, num_words: int) -> None:
    if not found.own:
        raise UserError(
            f"{source}: none of the {num_words} words of the vocabulary has a vector "
            "there. Is it of another language? --embeddings random needs no file."
        )


def _choose(found: Found, variants: tuple[str, ...]) -> _Choice:
    """The vector of a word; `variants` begins with the word itself."""
    token = variants[0]
    if token not in found.own and token in found.composed:
        return _Choice(found.composed[token], is_composed=True)
    for spelling in variants:
        if spelling in found.own:
            return _Choice(found.own[spelling], spelling)
    return _Choice()


def _with_coverage(
    matrix: np.ndarray, source: str, vocabulary: Vocabulary, choices: list[_Choice]
) -> Vectors:
    """`matrix` with the figures that say how much of it the source knew."""
    tokens = vocabulary.tokens[len(RESERVED) :]
    counts = vocabulary.counts[len(RESERVED) :]
    found = np.array([choice.spelling is not None for choice in choices], bool)
    missing = np.flatnonzero(~found)  # most frequent first, as the vocabulary is
    return Vectors(
        matrix=matrix,
        source=source,
        num_types=len(tokens),
        types_found=int(found.sum()),
        types_from_variants=sum(
            choice.spelling not in (None, token)
            for choice, token in zip(choices, tokens, strict=True)
        ),
        types_from_subwords=sum(choice.is_composed for choice in choices),
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


def _draw(known: dict[str, np.ndarray], num_rows: int, seed: int) -> np.ndarray:
    """float32 [num_rows, dim]: normal, each dimension as wide as in `known`."""
    rows = np.array(list(known.values()), np.float32)
    dim = rows.shape[1] if known else _RANDOM_DIM
    mean = rows.mean(axis=0) if known else np.zeros(dim, np.float32)
    spread = rows.std(axis=0) if known else np.zeros(dim, np.float32)
    spread[spread == 0] = _RANDOM_SCALE  # also where only one row is known
    del rows
    drawn = np.random.default_rng(seed).standard_normal((num_rows, dim), np.float32)
    drawn *= spread  # in place: a matrix may be 50 MB
    drawn += mean
    return drawn
