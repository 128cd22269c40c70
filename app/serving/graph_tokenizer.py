"""The tokenizer inside the exported graph: strings in, tokens and ids out.

It has no rule of its own: it applies the tables of `app/text/characters.py`, the
`RULES` and the `FOLDINGS` of `app/text/tokenizer.py` with TensorFlow's regular
expressions (RE2), then lower-cases and looks the tokens up. What differs from Python is
only what TensorFlow needs: texts are bytes here, which may be malformed, and blanks are
cut out with expressions because core TensorFlow cannot split at one.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf

from app.text.characters import PASSES, RESPELLED, SUBSTITUTIONS, spellings
from app.text.tokenizer import FOLDINGS, RULES, Tokenizer
from app.text.vocabulary import OOV, PAD, RESERVED, Vocabulary

# Letters whose lower case is another one in a Turkish or Lithuanian locale.
_LOCALE_LETTERS = "İÌÍĨĮ"


class GraphTokenizer(tf.Module):
    """Reads texts exactly as `Tokenizer` and `Vocabulary.encode` do.

    Args:
        tokenizer: whose settings hold.
        vocabulary: the known words.
    """

    def __init__(self, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        super().__init__(name="tokenizer")
        self.is_pretokenized = tokenizer.pretokenized
        self._rare_letters = _rare_letters()
        self._spellings = lookup_table(spellings(), default="")
        # The reserved names are left out: "<pad>" in a text is an unknown word.
        words = enumerate(vocabulary.tokens[len(RESERVED) :], len(RESERVED))
        self.ids_of_tokens = lookup_table({word: i for i, word in words}, default=OOV)

    def tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Folded tokens: string [batch, (tokens)] of valid UTF-8 texts [batch]."""
        return self._fold(self._cut(texts))

    def written_tokens(
        self, texts: tf.Tensor
    ) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """The same as they are written in the texts, and folded."""
        texts = self._cut(texts)
        return tf.strings.split(texts), self._fold(texts)

    def ids(self, tokens: tf.RaggedTensor) -> tf.RaggedTensor:
        """int32 [batch, (tokens)]: the ids of the tokens, OOV for unknown words."""
        return tokens.with_flat_values(self.ids_of_tokens.lookup(tokens.flat_values))

    def _cut(self, texts: tf.Tensor) -> tf.Tensor:
        """`texts` with white space between the tokens."""
        if self.is_pretokenized:
            return texts
        return replace(self._respell(replace(texts, SUBSTITUTIONS)), RULES)

    def _fold(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """The keys of the tokens of texts that were cut."""
        if not self.is_pretokenized:
            texts = self.lower(replace(texts, FOLDINGS))
        return tf.strings.split(texts)

    def _respell(self, texts: tf.Tensor) -> tf.Tensor:
        """Every character and every letter with marks as `spellings` has it."""
        return tf.cond(
            any_has(texts, RESPELLED),
            lambda: self._compose(self._respell_characters(texts)),
            lambda: texts,
        )

    def _respell_characters(self, texts: tf.Tensor) -> tf.Tensor:
        characters = tf.strings.unicode_split(texts, "UTF-8")
        found = self._spellings.lookup(characters.flat_values)
        spelled = tf.where(found == "", characters.flat_values, found)
        return tf.strings.reduce_join(characters.with_flat_values(spelled), axis=-1)

    def _compose(self, texts: tf.Tensor) -> tf.Tensor:
        # The space keeps the last character of a text from the first of the next one:
        # they stand side by side in `flat`. Tokens are cut at spaces anyway.
        characters = tf.strings.unicode_split(texts + " ", "UTF-8")
        for _ in range(PASSES):
            flat = characters.flat_values
            found = self._spellings.lookup(flat + tf.concat([flat[1:], [" "]], axis=0))
            is_pair = found != ""
            is_kept = ~tf.concat([[False], is_pair[:-1]], axis=0)  # no mark taken in
            characters = tf.ragged.boolean_mask(
                characters.with_flat_values(tf.where(is_pair, found, flat)),
                characters.with_flat_values(is_kept),
            )
        return tf.strings.reduce_join(characters, axis=-1)

    def lower(self, texts: tf.Tensor) -> tf.Tensor:
        """`str.lower` of each text, whatever the locale of the machine.

        TensorFlow's lower-casing asks the locale: in a Turkish one, "I" would become
        a letter without a dot. It leaves alone what is lower case already.
        """
        texts = tf.strings.lower(texts)  # ASCII only
        letters = "".join(self._rare_letters)
        return tf.strings.lower(
            tf.cond(
                any_has(texts, f"[{letters}]"),
                lambda: self._lower_rare_letters(texts),
                lambda: texts,
            ),
            encoding="utf-8",
        )

    def _lower_rare_letters(self, texts: tf.Tensor) -> tf.Tensor:
        return replace(texts, self._rare_letters.items())


def cut_at_blanks(texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """What stands left of the first blank and right of it, up to the next one.

    Args:
        texts: string [batch], valid UTF-8. Without three underscores in a row, all of
            it is `left`, and `right` is empty: the next word is a blank at the end.

    Returns:
        left, right: string [batch] each.
    """
    left = tf.strings.regex_replace(texts, "(?s)_{3,}.*", "")
    rest = tf.strings.regex_replace(texts, "(?s)^.*?_{3,}", "", replace_global=False)
    right = tf.strings.regex_replace(rest, "(?s)_{3,}.*", "")
    return left, tf.where(left == texts, "", right)


def valid_utf8(texts: tf.Tensor) -> tf.Tensor:
    """`texts` with every malformed byte replaced by U+FFFD, as a reader in Python does.

    RE2 would otherwise stop matching at such a byte.
    """
    return tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")


def pad(ids: tf.RaggedTensor) -> tf.Tensor:
    """int32 [batch, longest]: rows padded with PAD on the right."""
    return ids.to_tensor(PAD)


def replace(texts: tf.Tensor, pairs: Iterable[tuple[str, str]]) -> tf.Tensor:
    """`texts` after every (pattern, replacement), each over the whole text once."""
    for pattern, replacement in pairs:
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    return texts


def any_has(texts: tf.Tensor, pattern: str) -> tf.Tensor:
    """Bool []: whether the pattern is found in any of the texts."""
    found = tf.strings.regex_full_match(texts, f"(?s).*{pattern}.*")
    return tf.reduce_any(found)


def lookup_table(pairs: Mapping[str, str | int], default: str | int) -> Any:
    """A lookup table that is part of the graph."""
    values = list(pairs.values())
    dtype = tf.string if isinstance(default, str) else tf.int32
    initializer = tf.lookup.KeyValueTensorInitializer(
        tf.constant(list(pairs), tf.string), tf.constant(values, dtype)
    )
    return tf.lookup.StaticHashTable(initializer, default)


@functools.cache
def _rare_letters() -> dict[str, str]:
    """Capital letters that TensorFlow lower-cases otherwise than `str.lower`.

    Its Unicode is older than Python's; in TensorFlow 2.21 there are 40 such letters,
    of Vithkuqi, Glagolitic and mediaeval English.
    """
    characters = (chr(code) for code in range(sys.maxunicode + 1))
    capitals = [c for c in characters if c != c.lower()]
    lowered = tf.strings.lower(capitals, encoding="utf-8").numpy()
    return {
        capital: capital.lower()
        for capital, theirs in zip(capitals, lowered, strict=True)
        if theirs.decode() != capital.lower() or capital in _LOCALE_LETTERS
    }
