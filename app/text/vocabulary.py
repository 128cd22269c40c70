"""Tokens to ids and back: the words that a model knows.

The counts of a training text's tokens enter; a `Vocabulary` leaves, which is also the
file `vocabulary.tsv` of a model folder. The first five ids are reserved and never
stand for a word of the text: a corpus may hold a literal `<eos>`, which is then an
ordinary token with an id of its own.

This module does not read corpora and does not know what vectors a word has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from app.errors import UserError
from app.text.counting import TypeCounts
from app.text.tokenized import PARAGRAPH_END
from app.text.tokenizer import BOUND_HOSTS, CLITICS, Tokenizer

PAD, OOV, BOS, EOS, BLANK = range(5)
RESERVED = ("<pad>", "<oov>", "<bos>", "<eos>", "<blank>")
"""How the reserved ids are shown in `vocabulary.tsv`, in the order of their ids."""

_HEADER = "id\ttoken\tcount\twritten"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The known words, most frequent first, behind the five reserved ids.

    Attributes:
        tokens: the key of every id (lower case, unless `pretokenized`).
        counts: int64 [size], occurrences in the training text. OOV's are the
            occurrences of all words left out, EOS's the paragraphs, BOS's the
            documents.
        written: the usual written form of every id, `London` for `london`.
        oov_types: how many different words of the training text were left out.
        pretokenized: tokens are kept as written, so there are no contractions.
    """

    tokens: tuple[str, ...]
    counts: np.ndarray
    written: tuple[str, ...]
    oov_types: int = 0
    pretokenized: bool = False

    @classmethod
    def build(
        cls,
        counts: TypeCounts,
        tokenizer: Tokenizer,
        *,
        size: int,
        min_count: int = 1,
    ) -> Vocabulary:
        """The vocabulary of a training text.

        Args:
            counts: of its written tokens.
            tokenizer: the one that cut them; says which tokens are the same word.
            size: most rows, the reserved ones included.
            min_count: fewest occurrences of a word that gets a row.

        Raises:
            UserError: fewer than two words qualify.
        """
        forms: dict[str, list[int]] = {}  # of each key, the types written so
        occurrences = counts.usual + counts.first
        occurrences[PARAGRAPH_END] = 0
        for number in np.flatnonzero(occurrences).tolist():
            key = tokenizer.fold(counts.types[number])
            forms.setdefault(key, []).append(number)
        totals = {key: int(occurrences[n].sum()) for key, n in forms.items()}
        ranked = sorted(totals, key=lambda key: (-totals[key], key))
        kept = [key for key in ranked if totals[key] >= min_count]
        kept = kept[: max(size - len(RESERVED), 0)]
        _check_words(kept, len(ranked), size, min_count)
        num_oov = sum(totals.values()) - sum(totals[key] for key in kept)
        # In the order of the reserved ids.
        special = [0, num_oov, counts.num_documents, counts.num_paragraphs, 0]
        return cls(
            tokens=RESERVED + tuple(kept),
            counts=np.array(special + [totals[key] for key in kept], np.int64),
            written=RESERVED + tuple(_usual_form(forms[key], counts) for key in kept),
            oov_types=len(ranked) - len(kept),
            pretokenized=tokenizer.pretokenized,
        )

    @property
    def size(self) -> int:
        """The number of ids, reserved ones included."""
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        start = len(RESERVED)  # a literal <oov> in a text is not the reserved one
        return {token: i for i, token in enumerate(self.tokens[start:], start)}

    @cached_property
    def _fold(self) -> Tokenizer:
        return Tokenizer(pretokenized=self.pretokenized)

    def encode(self, tokens: Iterable[str]) -> np.ndarray:
        """int32 [num_tokens]: the ids of written tokens, OOV where unknown."""
        ids, fold = self._ids, self._fold.fold
        return np.array([ids.get(fold(token), OOV) for token in tokens], np.int32)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The tokens of `ids`, reserved ones as in `RESERVED`."""
        return [self.tokens[token_id] for token_id in ids]

    @cached_property
    def is_word(self) -> np.ndarray:
        """Bool [size]: the written form begins with a letter; no reserved id."""
        mask = np.array([form[:1].isalpha() for form in self.written], bool)
        mask[: len(RESERVED)] = False
        return mask

    @cached_property
    def is_suggestable(self) -> np.ndarray:
        """Bool [size]: may be offered alone, being a word or a number.

        Neither are reserved ids, clitics (`n't`) and what is left of a contraction
        without its clitic (`wo`). Words are `'tis`, `#tag` and `@name` too.
        """
        signs = "" if self.pretokenized else "'#@"
        letters = [form.lstrip(signs)[:1] for form in self.written]
        mask = np.array([letter.isalnum() for letter in letters], bool)
        mask[: len(RESERVED)] = False
        if not self.pretokenized:
            parts = (self._ids.get(part) for part in CLITICS + BOUND_HOSTS)
            mask[[token_id for token_id in parts if token_id is not None]] = False
        return mask

    @cached_property
    def clitic_ids(self) -> np.ndarray:
        """int32 [num_clitics]: ids of those `CLITICS` that the training text has."""
        known = () if self.pretokenized else CLITICS
        present = [self._ids[clitic] for clitic in known if clitic in self._ids]
        return np.array(present, np.int32)

    @cached_property
    def has_case_variants(self) -> np.ndarray:
        """Bool [size]: another token differs only in case, as given tokens may."""
        if not self.pretokenized:  # all are in lower case
            return np.zeros(self.size, bool)
        keys = [token.lower() for token in self.tokens]
        count = Counter(keys[len(RESERVED) :])
        mask = np.array([count[key] > 1 for key in keys], bool)
        mask[: len(RESERVED)] = False
        return mask

    def log_unigram(self) -> np.ndarray:
        """float32 [size], nats: the shares in the training text, half a count added."""
        counts = self.counts + 0.5
        return np.log(counts / counts.sum()).astype(np.float32)

    def save(self, path: Path) -> None:
        """Writes the table `id, token, count, written` to `path`, UTF-8."""
        rows = zip(self.tokens, self.counts.tolist(), self.written, strict=True)
        lines = (f"{i}\t{t}\t{count}\t{w}" for i, (t, count, w) in enumerate(rows))
        text = "\n".join([_HEADER, *lines, ""])
        path.write_text(text, encoding="utf-8", newline="\n")

    @classmethod
    def load(
        cls, path: Path, *, oov_types: int = 0, pretokenized: bool = False
    ) -> Vocabulary:
        """The vocabulary that `save` wrote to `path`.

        Raises:
            UserError: the file is missing or is not such a table.
        """
        try:
            # Bytes, because read_text would turn a lone U+000D into a line end.
            lines = path.read_bytes().decode("utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: cannot be read as UTF-8 text: {error}") from error
        if lines.pop() != "" or not lines or lines.pop(0) != _HEADER:
            raise _damaged(path, 1, f"expected the header {_HEADER!r} and full lines")
        fields = "\t".join(lines).split("\t")
        try:
            if len(fields) != 4 * len(lines):
                raise ValueError
            table = np.array([fields[0::4], fields[2::4]], np.int64)
        except ValueError as error:
            raise _damaged(path, *_first_bad_line(lines)) from error
        if (table[0] != np.arange(len(lines))).any():
            raise _damaged(path, *_first_bad_line(lines))
        tokens, written = tuple(fields[1::4]), tuple(fields[3::4])
        _check_tokens(path, tokens)
        return cls(tokens, table[1], written, oov_types, pretokenized)


def _usual_form(forms: list[int], counts: TypeCounts) -> str:
    """The most frequent of some types; where a sentence begins counts last.

    Of equally frequent forms the one in lower case wins, as letters sort.
    """
    types, usual, first = counts.types, counts.usual, counts.first
    return types[max(forms, key=lambda n: (usual[n], first[n], types[n]))]


def _check_words(kept: list[str], num_types: int, size: int, min_count: int) -> None:
    if len(kept) >= 2:
        return
    raise UserError(
        f"The vocabulary would have {len(kept)} words, but it needs at least 2: the "
        f"training text has {num_types} different words, of which those seen at "
        f"least {min_count} times are kept, up to a vocabulary size of {size} "
        f"({len(RESERVED)} of them reserved). Give more text, a smaller --min-count "
        "or a larger --vocabulary-size."
    )


def _damaged(path: Path, line: int, problem: str) -> UserError:
    return UserError(
        f"{path}, line {line}: {problem}. The file is damaged or was not written by "
        "Nextword; train the model again or copy its folder afresh."
    )


def _first_bad_line(lines: list[str]) -> tuple[int, str]:
    """Number and problem of the first row that is not `id, token, count, written`."""
    for row, line in enumerate(lines):
        fields = line.split("\t")
        if len(fields) != 4:
            return row + 2, f"expected 4 columns, found {len(fields)}"
        if fields[0] != str(row):
            return row + 2, f"id {fields[0]!r} where {row} belongs"
        if not fields[2].isdecimal() or len(fields[2]) > 18:  # 18 digits fit int64
            return row + 2, f"the count {fields[2]!r} is not a whole number"
    return 2, "expected at least the reserved rows, found none"


def _check_tokens(path: Path, tokens: tuple[str, ...]) -> None:
    """Refuses a table without the reserved rows or with a token twice."""
    if tokens[: len(RESERVED)] != RESERVED:
        raise _damaged(path, 2, f"expected the reserved rows {', '.join(RESERVED)}")
    ordinary = tokens[len(RESERVED) :]
    if len(set(ordinary)) != len(ordinary):
        repeated = Counter(ordinary).most_common(1)[0][0]
        row = tokens.index(repeated, tokens.index(repeated, len(RESERVED)) + 1)
        raise _damaged(path, row + 2, f"{repeated!r} stands here a second time")
