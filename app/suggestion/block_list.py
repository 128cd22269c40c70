"""Words and phrases that are never offered.

A person's list enters; an `Offers` without them leaves. A blocked word is left out
whatever its case, and so is every contraction of it. A phrase is left out where a word
would complete it: with "New York" blocked, "York" is not offered after "new", nor "new"
before "York". Words that somebody writes, or names as candidates, are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.errors import UserError
from app.suggestion.offers import Offers
from app.text.tokenizer import CLITICS, Tokenizer

Key = tuple[str, ...]


class BlockList:
    """What is never offered.

    Args:
        lines: a word or phrase each; those without a word are passed over.
        tokenizer: cuts them as the text that the model has learned from.
    """

    def __init__(self, lines: Iterable[str], tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        keys = dict.fromkeys(self._keys(tokenizer.tokenize(line)) for line in lines)
        keys.pop((), None)
        self._all = frozenset(keys)
        self._longest = max(map(len, keys), default=0)
        self._words = [key for key in keys if self._is_word(key)]
        self._phrases = [key for key in keys if not self._is_word(key)]

    @classmethod
    def read(cls, path: Path, tokenizer: Tokenizer) -> BlockList:
        """The list in a file of UTF-8 text, a word or phrase a line.

        Raises:
            UserError: the file cannot be read.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"{path}: cannot be read as a list of words to block: {error}. Give a "
                "file of UTF-8 text with a word or phrase on each line."
            ) from error
        return cls(lines, tokenizer)

    def allowed(self, offers: Offers) -> Offers:
        """The offers without the blocked words; phrases are left to `between`."""
        return offers.without(self._words) if self._words else offers

    def between(
        self, offers: Offers, left: Sequence[str], right: Sequence[str] = ()
    ) -> Offers:
        """The offers without those that make a blocked phrase with what is around.

        Args:
            offers: without the blocked words already.
            left: tokens in front of the word, as written.
            right: tokens behind it.
        """
        if not self._phrases:
            return offers
        before = self._keys(left[max(0, len(left) - self._longest) :])
        behind = self._keys(right[: self._longest])
        missing = {
            phrase[start:end]
            for phrase in self._phrases
            for start, end in _spans(len(phrase))
            if self._is_word(phrase[start:end])
            and before[len(before) - start :] == phrase[:start]
            and behind[: len(phrase) - end] == phrase[end:]
        }
        return offers.without(sorted(missing)) if missing else offers

    def ends(self, tokens: Sequence[str]) -> bool:
        """Whether the last of `tokens` are a blocked word or phrase."""
        if not self._all:
            return False
        keys = self._keys(tokens[-self._longest - 1 :])
        host = keys[:-1] if len(keys) > 1 and self._is_clitic(keys[-1]) else keys
        return any(it[i:] in self._all for it in (keys, host) for i in range(len(it)))

    def blocks(self, word: str, left: Sequence[str]) -> bool:
        """Whether a word that stands behind the tokens `left` is not to be offered."""
        return self.ends([*left[max(0, len(left) - self._longest) :], word])

    def _keys(self, tokens: Iterable[str]) -> Key:
        """Tokens without case; given tokens (`--pretokenized`) differ in it."""
        return tuple(self._tokenizer.fold(token).lower() for token in tokens)

    def _is_clitic(self, key: str) -> bool:
        return key in CLITICS and not self._tokenizer.pretokenized

    def _is_word(self, key: Key) -> bool:
        """Whether it is one word to a reader: a token, or a contraction."""
        return len(key) == 1 or (len(key) == 2 and self._is_clitic(key[1]))


def _spans(length: int) -> list[tuple[int, int]]:
    """Where one or two tokens of a phrase stand."""
    spans = [(i, i + n) for n in (1, 2) for i in range(length - n + 1)]
    return [it for it in spans if it != (0, length)]
