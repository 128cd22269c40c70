"""The words of an encoded text as they stand there: unknown ones and capitals, too.

Ids are enough to learn from and to measure probabilities on. Who counts keys or shows
a sentence needs the letters: they lie beside the ids, one number a token and a list of
the different tokens. A `Part` enters; files and `WrittenTokens` leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.text.array_file import ArrayFile, cannot_write, read_array
from app.text.detokenizer import detokenize
from app.text.tokenized import PARAGRAPH_END, PARAGRAPH_END_TYPE, Part

_ENDING = ".written.npy"
_TYPES_ENDING = ".types.txt"


@dataclass(frozen=True, eq=False)
class WrittenTokens:
    """The tokens of a text, aligned with the ids of its `EncodedText`.

    Attributes:
        types: every different token as written; the first is a paragraph's end.
        type_ids: uint32 [num_tokens], their numbers; may be mapped from disk.
    """

    types: tuple[str, ...]
    type_ids: np.ndarray

    @classmethod
    def load(cls, folder: Path, name: str) -> WrittenTokens | None:
        """What `write_tokens` wrote into `folder` under `name`; None: it did not.

        Raises:
            OSError, ValueError: not all of it is there.
        """
        types = folder / (name + _TYPES_ENDING)
        if not types.exists():
            return None
        text = types.read_bytes().decode("utf-8", "surrogatepass")
        tokens = (PARAGRAPH_END_TYPE, *text.split("\n")[:-1])
        return cls(tokens, read_array(folder / (name + _ENDING)))

    def between(self, begin: int, end: int) -> list[str]:
        """The tokens from `begin` to `end`; a paragraph's end is a line feed."""
        return [self.types[number] for number in self.type_ids[begin:end].tolist()]

    def paragraphs(
        self, begin: int, end: int, *, pretokenized: bool = False
    ) -> Iterator[str]:
        """Yields the paragraphs of a document as a person types them.

        Args:
            begin: of the document, counted in tokens.
            end: of it, exclusive.
            pretokenized: the tokens were given, and are parted by spaces.
        """
        line: list[str] = []
        for token in self.between(begin, end):
            if token != PARAGRAPH_END_TYPE:
                line.append(token)
                continue
            yield " ".join(line) if pretokenized else detokenize(line, begins=False)
            line = []

    def num_characters(self, *, pretokenized: bool = False) -> int:
        """The characters of all paragraphs, a line end after each counted."""
        lengths = (
            len(paragraph) + 1
            for paragraph in self.paragraphs(
                0, len(self.type_ids), pretokenized=pretokenized
            )
        )
        return sum(lengths)


def write_tokens(part: Part, folder: Path, name: str) -> None:
    """Writes the tokens of `part` into `folder` under `name`.

    Raises:
        UserError: the disk is full.
    """
    is_used = np.zeros(len(part.text.types), bool)
    is_used[PARAGRAPH_END] = True
    for block in part.blocks():
        is_used[block.ids] = True
    numbers = np.cumsum(is_used) - 1
    with ArrayFile(folder / (name + _ENDING), np.uint32) as file:
        for block in part.blocks():
            file.append(numbers[block.ids])
    used = (part.text.types[number] for number in np.flatnonzero(is_used)[1:].tolist())
    path = folder / (name + _TYPES_ENDING)
    try:
        text = "".join(f"{token}\n" for token in used)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise cannot_write(path, error) from error
