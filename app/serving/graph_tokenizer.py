"""The tokenizer inside the exported graph: strings in, tokens and ids out.

It has no rule of its own: it applies `SUBSTITUTIONS` and `RULES` of
`app/text/tokenizer.py` with TensorFlow's regular expressions (RE2), then lower-cases
and looks the tokens up. What differs from Python is only what TensorFlow needs: texts
are bytes here, which may be malformed, and blanks are cut out with expressions because
core TensorFlow cannot split at one.
"""

from __future__ import annotations

import functools
import sys

import tensorflow as tf

from app.text.tokenizer import RULES, SUBSTITUTIONS, Tokenizer
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
        # The reserved names are left out: "<pad>" in a text is an unknown word.
        words = list(vocabulary.tokens[len(RESERVED) :])
        ids = tf.range(len(RESERVED), len(vocabulary.tokens), dtype=tf.int32)
        self.ids_of_tokens = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(words, tf.string), ids),
            default_value=OOV,
        )

    def tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Folded tokens: string [batch, (tokens)] of valid UTF-8 texts [batch]."""
        if not self.is_pretokenized:
            for pattern, replacement in [*SUBSTITUTIONS, *RULES]:
                texts = tf.strings.regex_replace(texts, pattern, replacement)
            texts = self._lower(texts)
        return tf.strings.split(texts)

    def ids(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """int32 [batch, (tokens)]: the ids of the tokens, OOV for unknown words."""
        tokens = self.tokens(texts)
        return tokens.with_flat_values(self.ids_of_tokens.lookup(tokens.flat_values))

    def _lower(self, texts: tf.Tensor) -> tf.Tensor:
        """`str.lower` of each text, whatever the locale of the machine.

        TensorFlow's lower-casing asks the locale: in a Turkish one, "I" would become
        a letter without a dot. It leaves alone what is lower case already.
        """
        texts = tf.strings.lower(texts)  # ASCII only
        letters = "".join(self._rare_letters)
        return tf.strings.lower(
            tf.cond(
                tf.reduce_any(
                    tf.strings.regex_full_match(texts, f"(?s).*[{letters}].*")
                ),
                lambda: self._lower_rare_letters(texts),
                lambda: texts,
            ),
            encoding="utf-8",
        )

    def _lower_rare_letters(self, texts: tf.Tensor) -> tf.Tensor:
        for letter, lower in self._rare_letters.items():
            texts = tf.strings.regex_replace(texts, letter, lower)
        return texts


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
