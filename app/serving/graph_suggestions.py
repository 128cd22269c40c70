"""From texts to answers inside the exported graph: what its signatures compute.

The first blank of a text is answered, and its right side ends where the next blank
begins. A text is one paragraph; of a very long one, what a person suggests from are the
last words, while all of them are scored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from app.serving.graph_blanks import GraphBlanks
from app.serving.graph_candidates import Answer, GraphCandidates, GraphSpelling
from app.serving.graph_layers import States, advance_where
from app.serving.graph_network import GraphNetwork, GraphTwoSided
from app.serving.graph_tokenizer import GraphTokenizer, cut_at_blanks, pad, valid_utf8
from app.serving.graph_typing import GraphTyping
from app.serving.graph_unknown_words import UnknownWords
from app.serving.signature_specs import NUM_SUGGESTIONS
from app.suggestion.both_sides import MAX_SIDE_TOKENS
from app.suggestion.decoding import CONTEXT_STEP, MAX_CONTEXT_TOKENS
from app.suggestion.hypotheses import MAX_RIGHT_TOKENS
from app.text.sentences import PASSED_OVER, SENTENCE_ENDS
from app.text.vocabulary import EOS, OOV, PAD, Vocabulary


class GraphSuggestions(tf.Module):
    """Completes, fills and scores texts.

    Args:
        network: reads tokens.
        tokenizer: reads texts.
        vocabulary: spells words and tells which may be offered.
        two_sided: the network for blanks, where there is one.
    """

    def __init__(
        self,
        network: GraphNetwork,
        tokenizer: GraphTokenizer,
        vocabulary: Vocabulary,
        two_sided: GraphTwoSided | None = None,
    ) -> None:
        super().__init__(name="suggestions")
        self._network = network
        self._tokenizer = tokenizer
        self._two_sided = two_sided
        self._is_pretokenized = vocabulary.pretokenized
        self._candidates = GraphCandidates(network, vocabulary)
        self._spelling = GraphSpelling(vocabulary)
        self._blanks = GraphBlanks(self._candidates)
        self._typing = GraphTyping(self._candidates, self._spelling, tokenizer)

    def suggest(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """The next word, or the one for the first blank, by what stands to the left.

        What follows a blank judges the words that were found so.

        Returns:
            `words` and `probabilities`, [batch, NUM_SUGGESTIONS], of string [batch].
        """
        return self._answer_blanks(texts, two_sided=False)

    def fill(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """The same, where the network that reads both sides has its say."""
        return self._answer_blanks(texts, two_sided=True)

    def finish(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """The same, where the last word of each text is half typed."""
        typed = self._typing.split(valid_utf8(texts))
        written, tokens = self._tokenizer.written_tokens(typed.left)
        ids = self._tokenizer.ids(tokens)
        is_unknown = ids.with_flat_values(ids.flat_values == OOV)
        # With the rows of one another they need no assertion that these are the same.
        written = ids.with_flat_values(written.flat_values)
        types = ids.with_flat_values(self._tokenizer.lower(tokens.flat_values))
        unknown = [
            tf.ragged.boolean_mask(it, is_unknown).to_tensor("")
            for it in (written, types)
        ]

        def finish(row: tuple[Any, ...]) -> tuple[tf.Tensor, tf.Tensor]:
            states, key, written, folded, begins, capital = row
            of_text = UnknownWords.of(written[written != ""], folded[folded != ""])
            return self._typing.finish(_one_row(states), key, of_text, begins, capital)

        rows = (self._read(ids), typed.keys, *unknown, self._begins(tokens))
        words = tf.TensorSpec([NUM_SUGGESTIONS], tf.string)
        numbers = tf.TensorSpec([NUM_SUGGESTIONS], tf.float32)
        found, probabilities = tf.map_fn(
            finish, (*rows, typed.capital), fn_output_signature=(words, numbers)
        )
        return {"words": found, "probabilities": probabilities}

    def score(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """How likely whole texts are, the end of the paragraph included.

        Returns:
            `log_probability` float32 [batch], nats, and `tokens` int32 [batch].
        """
        ids = self._tokenizer.ids(self._tokenizer.tokens(valid_utf8(texts)))
        lengths = tf.cast(ids.row_lengths(), tf.int32)
        ids = tf.pad(pad(ids), [[0, 0], [0, 1]], constant_values=PAD)
        is_end = tf.range(tf.shape(ids)[1]) == lengths[:, tf.newaxis]
        ids = tf.where(is_end, EOS, ids)
        return {"log_probability": self._log_probability(ids), "tokens": lengths + 1}

    def _log_probability(self, token_ids: tf.Tensor) -> tf.Tensor:
        """float32 [batch] of int32 [batch, time], padded right with PAD."""

        def body(
            time: tf.Tensor, total: tf.Tensor, states: States
        ) -> tuple[tf.Tensor, tf.Tensor, States]:
            token = token_ids[:, time]
            is_token = token != PAD
            here = self._network.log_probabilities(states)
            here = tf.gather(here, token, batch_dims=1)
            total += tf.cast(tf.where(is_token, here, 0.0), tf.float64)
            advance = self._network.advance
            return time + 1, total, advance_where(advance, states, token, is_token)

        batch, length = tf.unstack(tf.shape(token_ids))
        _, total, _ = tf.while_loop(
            lambda time, total, states: time < length,
            body,
            (
                tf.constant(0),
                tf.zeros([batch], tf.float64),
                self._network.start(batch),
            ),
        )
        return tf.cast(total, tf.float32)

    def _answer_blanks(
        self, texts: tf.Tensor, *, two_sided: bool
    ) -> dict[str, tf.Tensor]:
        left, right = cut_at_blanks(valid_utf8(texts))
        left_tokens = self._tokenizer.tokens(left)
        left_ids = self._tokenizer.ids(left_tokens)
        right_ids = self._tokenizer.ids(self._tokenizer.tokens(right))
        right_ids = right_ids[:, :MAX_SIDE_TOKENS]
        sides: tuple[States, ...] = ()
        if two_sided:
            sides = self._read_both_sides(left_ids, right_ids)
        answers = _each(
            lambda row: self._answer_blank(
                _one_row(row[0]), row[1], *map(_one_row, row[2])
            ),
            (self._read(left_ids), pad(right_ids[:, :MAX_RIGHT_TOKENS]), sides),
        )
        return self._spelling.write(answers, self._begins(left_tokens))

    def _answer_blank(
        self, states: States, right_ids: tf.Tensor, *sides: States
    ) -> Answer:
        """The answer for one text: its states, right_ids [time] and what was read."""
        num_right = tf.math.count_nonzero(right_ids != PAD, dtype=tf.int32)
        right_ids = right_ids[:num_right]

        def fill() -> Answer:
            if self._two_sided is None or not sides:
                return self._blanks.by_left_side(states, right_ids)
            network = self._two_sided
            return self._blanks.by_both_sides(states, right_ids, network, *sides)

        def next_word() -> Answer:
            found = self._candidates.likeliest(states, NUM_SUGGESTIONS)
            return Answer.of(found, found.log_priors)

        return tf.cond(num_right > 0, fill, next_word)

    def _read(self, token_ids: tf.RaggedTensor) -> States:
        """The states after BOS and the last tokens of each row."""
        begun = self._network.start(tf.shape(token_ids.row_lengths())[0])
        return self._network.read(begun, pad(_context(token_ids)))

    def _read_both_sides(
        self, left_ids: tf.RaggedTensor, right_ids: tf.RaggedTensor
    ) -> tuple[States, States]:
        if self._two_sided is None:
            raise ValueError("there is no network for blanks")
        left = self._two_sided.read_left(pad(left_ids[:, -MAX_SIDE_TOKENS:]))
        return left, self._two_sided.read_right(pad(right_ids))

    def _begins(self, tokens: tf.RaggedTensor) -> tf.Tensor:
        """Bool [batch]: whether a sentence begins after string [batch, (tokens)]."""
        if self._is_pretokenized:
            return tf.zeros_like(tokens.row_lengths(), bool)
        is_passed = _is_one_of(tokens.flat_values, PASSED_OVER)
        counting = tf.ragged.boolean_mask(tokens, tokens.with_flat_values(~is_passed))
        last = counting[:, -1:].to_tensor("", shape=[None, 1])[:, 0]
        return _is_one_of(last, ("", *SENTENCE_ENDS))


def _each(answer: Callable[..., Answer], rows: tuple) -> Answer:
    """The answers for all rows, one by one: a blank holds [BEAM, vocabulary_size]."""
    return tf.map_fn(
        answer, rows, fn_output_signature=Answer.specs(), parallel_iterations=1
    )


def _one_row(states: States) -> States:
    """States of one text with the batch axis that a loop over texts took away."""
    return tuple(state[tf.newaxis] for state in states)


def _context(ids: tf.RaggedTensor) -> tf.RaggedTensor:
    """The tokens of each row that are read, see `context_start`."""
    too_many = tf.maximum(ids.row_lengths() - MAX_CONTEXT_TOKENS, 0)
    starts = ids.row_starts() + too_many - too_many % CONTEXT_STEP
    places = tf.range(tf.size(ids.flat_values, tf.int64))
    is_read = places >= tf.gather(starts, ids.value_rowids())
    return tf.ragged.boolean_mask(ids, ids.with_flat_values(is_read))


def _is_one_of(tokens: tf.Tensor, some: tuple[str, ...]) -> tf.Tensor:
    """Bool [n]: whether each of string [n] is one of some."""
    return tf.reduce_any(tokens[:, tf.newaxis] == tf.constant(some), axis=1)
