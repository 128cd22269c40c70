"""Bare letters inside the exported graph: without capitals and accents.

The twin of `app/text/folding.py`. Core TensorFlow cannot take characters apart, so a
table has what each becomes. Marks that are parts of letters keep the order in which
they were typed here, and Python sorts them; no keyboard gives two that this concerns.
"""

from __future__ import annotations

import functools

import tensorflow as tf

from app.serving.graph_tokenizer import any_has, lookup_table, replace
from app.text.characters import SUBSTITUTIONS
from app.text.folding import without_case_and_accents

_UNCHANGED = "\uffff"  # no character
_END = 0x30000  # behind it are neither capitals nor accents


class GraphFolding(tf.Module):
    """Folds texts as `without_case_and_accents` does."""

    def __init__(self) -> None:
        super().__init__(name="folding")
        self._bare = lookup_table(_bare_letters(), default=_UNCHANGED)

    def bare(self, texts: tf.Tensor) -> tf.Tensor:
        """String [batch] of valid UTF-8 texts [batch]."""
        texts = tf.cond(
            any_has(texts, r"[^\x00-\x7f]"), lambda: self._look_up(texts), lambda: texts
        )
        return tf.strings.regex_replace(tf.strings.lower(texts), "`", "'")

    def _look_up(self, texts: tf.Tensor) -> tf.Tensor:
        texts = replace(texts, SUBSTITUTIONS)
        characters = tf.strings.unicode_split(texts, "UTF-8")
        found = self._bare.lookup(characters.flat_values)
        kept = tf.where(found == _UNCHANGED, characters.flat_values, found)
        return tf.strings.reduce_join(characters.with_flat_values(kept), axis=-1)


@functools.cache
def _bare_letters() -> dict[str, str]:
    """What each character becomes that does not stay as it is."""
    characters = [*map(chr, (*range(0x80, 0xD800), *range(0xE000, _END)))]
    # Alone on its line, each is folded as it is alone; one call is much faster.
    bare = without_case_and_accents("\n".join(characters)).split("\n")
    pairs = zip(characters, bare, strict=True)
    return {character: it for character, it in pairs if character != it}
