"""Words that are half typed, finished inside the exported graph.

The twin of `app/suggestion/prefix.py` and `half_typed.py`, which explain why it is done
so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from app.serving.graph_candidates import Candidates, GraphCandidates, GraphSpelling
from app.serving.graph_folding import GraphFolding
from app.serving.graph_layers import States
from app.serving.graph_tokenizer import GraphTokenizer
from app.serving.graph_unknown_words import UnknownWords
from app.serving.signature_specs import NUM_SUGGESTIONS
from app.suggestion.half_typed import OFTEN_JOINED
from app.suggestion.prefix import FRONT, GIVEN_FRONT, QUOTE, SIGNS
from app.text.folding import without_case_and_accents
from app.text.vocabulary import OOV


class HalfTyped(NamedTuple):
    """Texts that end inside a word.

    Attributes:
        left: string [batch], what stands in front of the word.
        keys: string [batch], the letters typed of it, without case and accents.
        capital: bool [batch], whether the first of them is a capital.
    """

    left: tf.Tensor
    keys: tf.Tensor
    capital: tf.Tensor


class GraphTyping(tf.Module):
    """Finishes the last word of texts.

    Args:
        candidates: finds the next words.
        spelling: writes them.
        tokenizer: tells words that differ only in case.
    """

    def __init__(
        self,
        candidates: GraphCandidates,
        spelling: GraphSpelling,
        tokenizer: GraphTokenizer,
    ) -> None:
        super().__init__(name="typing")
        self._spelling = spelling
        self._tokenizer = tokenizer
        self._candidates = candidates
        self._folding = GraphFolding()
        offers, vocabulary = candidates.offers, candidates.offers.vocabulary
        self._is_pretokenized = vocabulary.pretokenized
        hosts = vocabulary.decode(offers.host_ids.tolist())
        keys = [
            without_case_and_accents(vocabulary.written[i]) for i in offers.host_ids
        ]
        clitics = vocabulary.decode(sorted(vocabulary.clitic_ids.tolist()))
        self._keys = tf.constant(keys, tf.string)
        self._lengths = tf.strings.length(self._keys)
        self._clitics = tf.constant(clitics, tf.string)
        self._is_often_joined = tf.constant([it in OFTEN_JOINED for it in hosts], bool)
        self._quoted = tf.constant(
            [i for i, key in enumerate(keys) if key.startswith("'")], tf.int32
        )

    def split(self, texts: tf.Tensor) -> HalfTyped:
        """What `split_prefix` gives of valid UTF-8 texts, string [batch]."""
        front = GIVEN_FRONT if self._is_pretokenized else FRONT
        prefixes = _without(texts, front)
        if not self._is_pretokenized:
            prefixes = _without(prefixes, f"[{SIGNS}]+")
            is_quoted = tf.strings.regex_full_match(prefixes, f"(?s){QUOTE}.*")
            prefixes = tf.cond(
                tf.reduce_any(is_quoted),
                lambda: tf.where(is_quoted, self._without_quote(prefixes), prefixes),
                lambda: prefixes,
            )
        lengths = tf.strings.length(texts) - tf.strings.length(prefixes)  # bytes
        left = tf.strings.substr(texts, tf.zeros_like(lengths), lengths)
        capital = tf.strings.regex_full_match(prefixes, r"(?s)\P{L}*\p{Lu}.*")
        return HalfTyped(left, self._folding.bare(prefixes), capital)

    def finish(
        self,
        states: States,
        key: tf.Tensor,
        unknown: UnknownWords,
        begins: tf.Tensor,
        capital: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The likeliest words that begin with `key`, for one text.

        Args:
            states: after what stands in front, one row.
            key: string [], without case and accents; if it is empty, the next words
                are given.
            unknown: the words of the text that the vocabulary does not know.
            begins: bool [], whether the word is the first one of a sentence.
            capital: bool [], whether it was typed with a capital letter.

        Returns:
            String and float32 [NUM_SUGGESTIONS], padded with "" and 0.
        """
        is_begun = key != ""
        found, log_total, log_oov = tf.cond(
            is_begun, lambda: self._fit(states, key), lambda: self._next_words(states)
        )
        words = self._spelling.write_typed(found, begins, capital & is_begun)
        fits = _starts_with(self._folding.bare(unknown.words), key) & is_begun
        log_shares = tf.where(fits, log_oov + tf.math.log(unknown.shares), -np.inf)
        log_total = tf.reduce_logsumexp(tf.concat([[log_total], log_shares], axis=0))
        written = unknown.written(begins | capital)
        words = tf.concat([written, words], axis=0)
        scores = tf.concat([log_shares, found.log_priors], axis=0)
        if self._is_pretokenized:  # else no unknown word is a known one in case
            words, scores = self._without_case(words, scores)
        none = tf.fill([NUM_SUGGESTIONS], tf.constant(-np.inf, tf.float64))
        words = tf.concat([words, tf.fill([NUM_SUGGESTIONS], "")], axis=0)
        scores = tf.concat([scores, none], axis=0)
        scores, best = tf.math.top_k(scores, NUM_SUGGESTIONS)
        is_offered = tf.math.is_finite(scores)
        probabilities = tf.minimum(tf.exp(scores - log_total), 1.0)
        return (
            tf.where(is_offered, tf.gather(words, best), ""),
            tf.cast(tf.where(is_offered, probabilities, 0.0), tf.float32),
        )

    def _without_case(
        self, words: tf.Tensor, scores: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The likeliest of the forms of each word, with what all of them have.

        Args:
            words: string [n].
            scores: float64 [n], nats.
        """
        scores, order = tf.math.top_k(scores, tf.size(scores))
        words = tf.gather(words, order)
        types, type_of_form, _ = tf.unique_with_counts(self._tokenizer.lower(words))
        num_forms, num_types = tf.size(words), tf.size(types)
        first = num_forms - tf.math.unsorted_segment_max(
            num_forms - tf.range(num_forms), type_of_form, num_types
        )
        largest = tf.gather(scores, first)  # -inf for what does not fit
        shares = tf.exp(scores - tf.gather(largest, type_of_form))
        shares = tf.where(tf.math.is_finite(scores), shares, 0.0)
        total = tf.math.unsorted_segment_sum(shares, type_of_form, num_types)
        return tf.gather(words, first), largest + tf.math.log(total)

    def _next_words(self, states: States) -> tuple[Candidates, tf.Tensor, tf.Tensor]:
        found = self._candidates.likeliest(states, NUM_SUGGESTIONS)
        found = found._replace(log_priors=tf.cast(found.log_priors, tf.float64))
        nothing = tf.constant(0.0, tf.float64)
        return found, nothing, nothing

    def _fit(
        self, states: States, key: tf.Tensor
    ) -> tuple[Candidates, tf.Tensor, tf.Tensor]:
        """The words that fit, log Z of them, and log P(OOV): see `half_typed`."""
        fits, may_join = self._fitting(key, tf.range(tf.size(self._keys)))
        is_alone = self._candidates.is_alone & fits
        of_tokens = self._candidates.log_priors(states)[0]
        priors = self._candidates.host_log_priors(of_tokens)
        alone = tf.where(is_alone, priors, -np.inf)
        likely = tf.math.top_k(alone, min(NUM_SUGGESTIONS, alone.shape[0])).values
        is_continued = self._is_often_joined & (alone >= tf.reduce_min(likely))
        is_continued = (is_continued | ~is_alone) & tf.reduce_any(may_join, axis=1)
        joined = self._joined(states, priors, is_continued, may_join)
        # A contraction whose host fits lies inside the share of its host.
        apart = tf.where(is_alone[:, tf.newaxis], -np.inf, joined)
        everything = tf.concat([alone, tf.reshape(apart, [-1])], axis=0)
        log_total = tf.reduce_logsumexp(tf.cast(everything, tf.float64))
        found = self._candidates.best(
            self._candidates.host_ids, alone, joined, NUM_SUGGESTIONS
        )
        found = found._replace(log_priors=tf.cast(found.log_priors, tf.float64))
        return found, log_total, tf.cast(of_tokens[OOV], tf.float64)

    def _joined(
        self,
        states: States,
        priors: tf.Tensor,
        is_continued: tf.Tensor,
        may_join: tf.Tensor,
    ) -> tf.Tensor:
        """float32 [hosts, clitics], nats, -inf but for the hosts that are continued."""
        rows = tf.where(is_continued)  # [continued, 1]
        hosts = tf.gather_nd(self._candidates.host_ids, rows)
        after = self._candidates.clitic_log_priors(states, hosts)
        after += tf.gather_nd(priors, rows)[:, tf.newaxis]
        after = tf.where(tf.gather_nd(may_join, rows), after, -np.inf)
        nothing = tf.fill(tf.shape(may_join), -np.inf)
        return tf.tensor_scatter_nd_update(nothing, rows, after)

    def _fitting(self, key: tf.Tensor, hosts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Which words begin with `key`, string []: `Offers.with_any_key`.

        Args:
            key: not empty.
            hosts: int32 [n], which of them are asked about.

        Returns:
            Bool [n] of the hosts, and bool [n, clitics] of what they make with each.
        """
        keys, lengths = tf.gather(self._keys, hosts), tf.gather(self._lengths, hosts)
        fits = _starts_with(keys, key)
        repeated = tf.fill(tf.shape(keys), key)
        is_within = tf.strings.substr(repeated, tf.zeros_like(lengths), lengths) == keys
        is_within &= (lengths < tf.strings.length(key)) & (lengths > 0)
        # What is typed behind the host: few hosts are within the letters typed.
        rows = tf.where(is_within)
        rest = tf.strings.substr(
            tf.gather_nd(repeated, rows),
            tf.gather_nd(lengths, rows),
            tf.fill([tf.shape(rows)[0]], tf.strings.length(key)),
        )
        goes_on = _starts_with(self._clitics, rest[:, tf.newaxis])
        may_join = tf.gather(self._candidates.may_join, hosts)
        goes_on = tf.tensor_scatter_nd_update(
            tf.zeros_like(may_join), rows, goes_on & tf.gather_nd(may_join, rows)
        )
        return fits, (may_join & fits[:, tf.newaxis]) | goes_on

    def _without_quote(self, prefixes: tf.Tensor) -> tf.Tensor:
        """Without the apostrophe in front, unless words begin with all of it."""
        bare = _without(prefixes, QUOTE)

        def has_words(key: tf.Tensor) -> tf.Tensor:
            fits, may_join = self._fitting(key, self._quoted)
            return tf.reduce_any(fits) | tf.reduce_any(may_join)

        is_begun = tf.map_fn(
            has_words, self._folding.bare(prefixes), fn_output_signature=tf.bool
        )
        return tf.where(is_begun & (bare != ""), prefixes, bare)


def _without(texts: tf.Tensor, front: str) -> tf.Tensor:
    """`texts` without what matches at their beginning."""
    return tf.strings.regex_replace(texts, f"^(?:{front})", "", replace_global=False)


def _starts_with(texts: tf.Tensor, beginnings: tf.Tensor) -> tf.Tensor:
    """Bool: which texts, string [n], begin with string [] or [m, 1]: [n] or [m, n]."""
    beginnings = tf.broadcast_to(
        beginnings, tf.broadcast_dynamic_shape(tf.shape(texts), tf.shape(beginnings))
    )
    texts = tf.broadcast_to(texts, tf.shape(beginnings))
    lengths = tf.strings.length(beginnings)
    return tf.strings.substr(texts, tf.zeros_like(lengths), lengths) == beginnings
