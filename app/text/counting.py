"""How often each written token occurs in a part of a corpus, and where.

A `Part` enters, `TypeCounts` leave, of which a vocabulary is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.text.sentences import SENTENCE_ENDS
from app.text.tokenized import PARAGRAPH_END, Part


@dataclass(frozen=True, eq=False)
class TypeCounts:
    """Occurrences of every type; some may not occur in the part at all.

    Attributes:
        types: as written; the first is the paragraph's end.
        usual: int64 [num_types], occurrences inside sentences.
        first: int64 [num_types], as the first word of one, where a capital letter
            says nothing.
        num_documents: of the part.
    """

    types: tuple[str, ...]
    usual: np.ndarray
    first: np.ndarray
    num_documents: int

    @property
    def num_paragraphs(self) -> int:
        """How many paragraphs the part has."""
        return int(self.usual[PARAGRAPH_END])


def count_types(part: Part) -> TypeCounts:
    """Counts the tokens of `part`."""
    types = part.text.types
    is_word = np.array([token[0].isalnum() for token in types])
    is_end = np.array([token in SENTENCE_ENDS for token in types])
    is_end[PARAGRAPH_END] = True
    usual, first = np.zeros((2, len(types)), np.int64)
    for block in part.blocks():
        starts = _sentence_starts(is_word[block.ids], is_end[block.ids])
        first += np.bincount(block.ids[starts], minlength=len(types))
        usual += np.bincount(block.ids, minlength=len(types))
    return TypeCounts(types, usual - first, first, part.num_documents)


def _sentence_starts(is_word: np.ndarray, is_end: np.ndarray) -> np.ndarray:
    """Where the first word of each sentence stands; quotes and brackets stay outside.

    Args:
        is_word: bool [num_tokens], begins with a letter or a digit.
        is_end: bool [num_tokens], ends a sentence or a paragraph.

    Returns:
        int64 [num_sentences], ascending.
    """
    words = np.flatnonzero(is_word)
    sentence = np.cumsum(is_end)[words]
    return words[np.diff(sentence, prepend=-1) != 0]
