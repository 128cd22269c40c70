"""The words of a text that the vocabulary does not know, inside the exported graph.

The twin of `app/suggestion/unknown_words.py`, which explains the shares: the unknown
tokens of one text enter, words with their shares of the probability of OOV leave.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class UnknownWords(NamedTuple):
    """Unknown words of one text.

    Attributes:
        words: string [n], each as it is most often written there.
        shares: float64 [n], of the probability of OOV.
    """

    words: tf.Tensor
    shares: tf.Tensor

    @classmethod
    def of(cls, written: tf.Tensor, folded: tf.Tensor) -> UnknownWords:
        """Those of the unknown tokens of a text, string [tokens] each."""
        types, type_of_token, counts = tf.unique_with_counts(folded)
        forms, form_of_token, form_counts = tf.unique_with_counts(written)
        type_of_form = tf.math.unsorted_segment_max(
            type_of_token, form_of_token, tf.size(forms)
        )
        # Of forms that are as frequent the first one in the text is the largest here.
        num_forms = tf.size(forms, tf.int64)
        ranks = tf.cast(form_counts, tf.int64) * num_forms - tf.range(num_forms)
        best = tf.math.unsorted_segment_max(ranks, type_of_form, tf.size(types))
        is_best = ranks == tf.gather(best, type_of_form)
        # Marks and pictures are no words.
        is_best &= tf.strings.regex_full_match(forms, r"(?s)[\p{L}\p{N}].*")
        chosen = tf.where(is_best)
        counts = tf.gather(counts, tf.gather_nd(type_of_form, chosen))
        total = tf.size(folded) + tf.size(types)
        shares = tf.cast(counts, tf.float64) / tf.cast(total, tf.float64)
        return cls(tf.gather_nd(forms, chosen), shares)

    def written(self, capital: tf.Tensor) -> tf.Tensor:
        """String [n]: `capitalised` of each word where bool [] `capital`."""
        first = tf.strings.substr(self.words, 0, 1, unit="UTF8_CHAR")
        rest = tf.strings.substr(self.words, 1, 1 << 30, unit="UTF8_CHAR")
        upper = tf.strings.upper(first, encoding="utf-8") + rest
        has_form_of_its_own = tf.strings.regex_full_match(
            self.words, r"(?s).*[\p{Lu}\p{Lt}.].*"
        )
        return tf.where(capital & ~has_form_of_its_own, upper, self.words)
