"""Tokens to ids: a part of a corpus as one array on disk, cut where documents end.

A `Part` and the vocabulary enter; an `EncodedText` leaves. BOS is not in it, because
every reader of it, training or measuring, puts BOS before each document itself and
never predicts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.text.array_file import ArrayFile, read_array
from app.text.tokenized import PARAGRAPH_END, Part
from app.text.vocabulary import EOS, OOV, Vocabulary
from app.text.written import WrittenTokens, write_tokens

_ENDING = ".ids.npy"
_ENDS_ENDING = ".ends.npy"


@dataclass(frozen=True, eq=False)
class EncodedText:
    """What is to be predicted: every token, and an EOS after every paragraph.

    Drawn for a document of two paragraphs and one of one::

        ids              the cat sat EOS it slept EOS dogs bark EOS
        document_ends                                7             10

    Attributes:
        ids: int32 [num_tokens], the documents one after the other; may be mapped
            from disk, so that a long text is read as it is used.
        document_ends: int64 [num_documents], where each ends, exclusive.
        oov_words: how many of the OOV ids stand for a token that begins with a
            letter; the ids alone no longer tell.
        written: the same tokens as they stand in the text, where they were kept.
    """

    ids: np.ndarray
    document_ends: np.ndarray
    oov_words: int = 0
    written: WrittenTokens | None = None

    @classmethod
    def load(cls, folder: Path, name: str, *, oov_words: int) -> EncodedText:
        """The text that `encode` wrote into `folder` under `name`.

        Raises:
            OSError, ValueError: it did not, or not all of it is there.
        """
        ids = read_array(folder / (name + _ENDING))
        ends = read_array(folder / (name + _ENDS_ENDING))
        written = WrittenTokens.load(folder, name)
        return cls(ids, np.asarray(ends), oov_words, written)

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


def encode(
    part: Part,
    vocabulary: Vocabulary,
    folder: Path,
    name: str,
    *,
    keep_written: bool = False,
) -> EncodedText:
    """The ids of `part`, unknown words as OOV, written into `folder` under `name`.

    Args:
        part: to be encoded.
        vocabulary: gives the ids.
        folder: an existing one.
        name: of the files.
        keep_written: keep the tokens as they stand there, too.

    Raises:
        UserError: the disk is full.
    """
    types = part.text.types
    ids_of_types = vocabulary.encode(types)
    is_oov_word = (ids_of_types == OOV) & [token[0].isalpha() for token in types]
    ids_of_types[PARAGRAPH_END] = EOS
    oov_words = 0
    with ArrayFile(folder / (name + _ENDING), np.int32) as file:
        for block in part.blocks():
            file.append(ids_of_types[block.ids])
            oov_words += int(np.count_nonzero(is_oov_word[block.ids]))
    with ArrayFile(folder / (name + _ENDS_ENDING), np.int64) as file:
        file.append(part.token_ends)
    if keep_written:
        write_tokens(part, folder, name)
    return EncodedText.load(folder, name, oov_words=oov_words)
