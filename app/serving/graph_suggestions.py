"""From texts to suggested words inside the exported graph.

The twin of `app/suggestion/decoding.py` and `blanks.py`, which explain why it is done
so; the numbers of candidates are theirs. It refuses to know several blanks at once: the
first one is answered, and its right side ends where the next blank begins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from app.serving.graph_network import GraphNetwork, States
from app.serving.graph_tokenizer import GraphTokenizer, cut_at_blanks, pad, valid_utf8
from app.suggestion.blanks import BEAM, MAX_RIGHT_TOKENS
from app.suggestion.decoding import CONTEXT_STEP, MAX_CONTEXT_TOKENS
from app.suggestion.offers import Offers
from app.text.sentences import PASSED_OVER, SENTENCE_ENDS, capitalised
from app.text.vocabulary import PAD, RESERVED, Vocabulary

NUM_SUGGESTIONS = 10  # columns of the answer; fixed, so that servers can batch it

# For one text, [NUM_SUGGESTIONS] each: host_ids, clitic_ids, probabilities.
Answer = tuple[tf.Tensor, tf.Tensor, tf.Tensor]


class Candidates(NamedTuple):
    """Words that may come next in one row, the likeliest first.

    Attributes:
        host_ids: int32 [n], their first tokens.
        clitic_ids: int32 [n], their second tokens; PAD where there is none.
        log_priors: float32 [n], nats; -inf for what may not be offered.
        states: of the network that has read them, n rows.
    """

    host_ids: tf.Tensor
    clitic_ids: tf.Tensor
    log_priors: tf.Tensor
    states: States


class GraphSuggestions(tf.Module):
    """The next word, or the word for the first blank, of each text.

    Args:
        network: reads tokens.
        tokenizer: reads texts.
        vocabulary: spells words and tells which may be offered.
    """

    def __init__(
        self, network: GraphNetwork, tokenizer: GraphTokenizer, vocabulary: Vocabulary
    ) -> None:
        super().__init__(name="suggestions")
        self.network = network
        self.tokenizer = tokenizer
        self.vocabulary = vocabulary
        self._offers = Offers.of(vocabulary)

    def suggest(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """Words and probabilities, [batch, NUM_SUGGESTIONS], of string [batch]."""
        left, right = cut_at_blanks(valid_utf8(texts))
        left_tokens = self.tokenizer.tokens(left)
        right_tokens = self.tokenizer.tokens(right)
        left_ids = pad(self.tokenizer.ids(_context(left_tokens)))
        right_ids = pad(self.tokenizer.ids(right_tokens[:, :MAX_RIGHT_TOKENS]))
        states = self.network.read(self.network.start(tf.shape(texts)[0]), left_ids)
        ids = tf.TensorSpec([NUM_SUGGESTIONS], tf.int32)
        numbers = tf.TensorSpec([NUM_SUGGESTIONS], tf.float32)
        host_ids, clitic_ids, probabilities = tf.map_fn(
            self._suggest_row,
            (states, right_ids),
            fn_output_signature=(ids, ids, numbers),
            # One row at a time: a blank holds [BEAM, vocabulary_size].
            parallel_iterations=1,
        )
        hosts = self._spell(host_ids)
        if not self.vocabulary.pretokenized:
            begins = _begins_sentence(left_tokens)[:, tf.newaxis]
            hosts = tf.where(begins, self._spell(host_ids, capital=True), hosts)
        words = hosts + self._spell(clitic_ids)
        return {"words": words, "probabilities": probabilities}

    def _spell(self, token_ids: tf.Tensor, *, capital: bool = False) -> tf.Tensor:
        """The usual written form of each id; clitics are in lower case, PAD is ""."""
        forms = self.vocabulary.written[1:]
        forms = tuple(map(capitalised, forms)) if capital else forms
        written = np.array(("", *forms), object)
        clitic_ids = self.vocabulary.clitic_ids
        written[clitic_ids] = [self.vocabulary.tokens[i] for i in clitic_ids]
        return tf.gather(tf.constant(written, tf.string), token_ids)

    def _suggest_row(self, row: tuple[States, tf.Tensor]) -> Answer:
        """The answer for one text: its states without batch axis, and right_ids."""
        states, right_ids = row
        states = tuple(state[tf.newaxis] for state in states)
        num_right = tf.math.count_nonzero(right_ids != PAD, dtype=tf.int32)
        return tf.cond(
            num_right > 0,
            lambda: self._fill(states, right_ids[:num_right]),
            lambda: self._next_word(states),
        )

    def _next_word(self, states: States) -> Answer:
        candidates = self._candidates(states, NUM_SUGGESTIONS)
        return _answer(candidates, candidates.log_priors)

    def _fill(self, states: States, right_ids: tf.Tensor) -> Answer:
        """Ranks candidates by how well the sentence goes on after each of them."""
        candidates = self._candidates(states, BEAM)
        scores = self._right_scores(candidates.states, right_ids)
        scores += tf.cast(candidates.log_priors, tf.float64)
        return _answer(candidates, tf.cast(tf.nn.log_softmax(scores), tf.float32))

    def _right_scores(self, states: States, right_ids: tf.Tensor) -> tf.Tensor:
        """float64 [n]: log-probability of `right_ids` [time] after each row's state.

        Fifty tokens sum up to some 500 nats; float32 would leave an error of 3e-5.
        """

        def body(
            time: tf.Tensor, scores: tf.Tensor, states: States
        ) -> tuple[tf.Tensor, tf.Tensor, States]:
            token = right_ids[time]
            here = self.network.log_probabilities(states)[:, token]
            scores += tf.cast(here, tf.float64)
            tokens = tf.fill(tf.shape(scores), token)
            return time + 1, scores, self.network.advance(states, tokens)

        _, scores, _ = tf.while_loop(
            lambda time, scores, states: time < tf.shape(right_ids)[0],
            body,
            (tf.constant(0), tf.zeros(tf.shape(states[0])[:1], tf.float64), states),
        )
        return scores

    def _candidates(self, states: States, count: int) -> Candidates:
        """The `count` likeliest words after `states` (one row), contractions joined."""
        host_ids, by_id = self._offers.host_ids, np.argsort(self.vocabulary.clitic_ids)
        clitic_ids = self.vocabulary.clitic_ids[by_id]
        num_hosts = min(count + self._offers.num_bound, len(host_ids))
        num_columns = 1 + len(clitic_ids)
        host_priors, order = tf.math.top_k(
            self._merge_cases(tf.gather(self._log_priors(states)[0], host_ids)),
            num_hosts,
        )
        hosts = tf.gather(host_ids, order)
        is_word = tf.gather(self._offers.is_alone, order)
        may_join = tf.gather(self._offers.may_join[:, by_id], order)
        states = tuple(tf.repeat(state, num_hosts, axis=0) for state in states)
        states = self.network.advance(states, hosts)
        clitic_priors = tf.gather(self._log_priors(states), clitic_ids, axis=1)
        alone = tf.where(is_word, host_priors, -np.inf)[:, tf.newaxis]
        joined = host_priors[:, tf.newaxis] + clitic_priors
        joined = tf.where(may_join, joined, -np.inf)
        log_priors, order = tf.math.top_k(
            tf.reshape(tf.concat([alone, joined], axis=1), [-1]),
            min(count, num_hosts * num_columns),
        )
        rows, columns = order // num_columns, order % num_columns
        clitics = tf.gather(np.append(np.int32(PAD), clitic_ids), columns)
        states = tuple(tf.gather(state, rows) for state in states)
        states = self.network.read(states, clitics[:, tf.newaxis])
        return Candidates(tf.gather(hosts, rows), clitics, log_priors, states)

    def _merge_cases(self, log_priors: tf.Tensor) -> tf.Tensor:
        """`Offers.merge_cases` of float32 [hosts]."""
        places, first, lengths = self._offers.case_variants
        if not len(places):
            return log_priors
        words = np.repeat(np.arange(len(first)), lengths)
        forms = tf.gather(log_priors, places)
        largest = tf.math.segment_max(forms, words)
        total = largest + tf.math.log(
            tf.math.segment_sum(tf.exp(forms - tf.gather(largest, words)), words)
        )
        order = tf.range(len(places))
        order = tf.where(forms == tf.gather(largest, words), order, len(places))
        is_chosen = order == tf.gather(tf.math.segment_min(order, words), words)
        merged = tf.where(is_chosen, tf.gather(total, words), -np.inf)
        return tf.tensor_scatter_nd_update(log_priors, places[:, np.newaxis], merged)

    def _log_priors(self, states: States) -> tf.Tensor:
        """Log-probabilities [batch, vocabulary_size] that leave reserved ids out."""
        log_probabilities = self.network.log_probabilities(states)
        allowed = log_probabilities[:, len(RESERVED) :]
        return log_probabilities - tf.reduce_logsumexp(allowed, axis=1, keepdims=True)


def _context(tokens: tf.RaggedTensor) -> tf.RaggedTensor:
    """The tokens of each row that are read, see `context_start`."""
    too_many = tf.maximum(tokens.row_lengths() - MAX_CONTEXT_TOKENS, 0)
    starts = tokens.row_starts() + too_many - too_many % CONTEXT_STEP
    places = tf.range(tf.size(tokens.flat_values, tf.int64))
    is_read = places >= tf.gather(starts, tokens.value_rowids())
    return tf.ragged.boolean_mask(tokens, tokens.with_flat_values(is_read))


def _begins_sentence(tokens: tf.RaggedTensor) -> tf.Tensor:
    """Bool [batch]: `begins_sentence` of each row of string [batch, (tokens)]."""
    is_passed = _is_one_of(tokens.flat_values, PASSED_OVER)
    counting = tf.ragged.boolean_mask(tokens, tokens.with_flat_values(~is_passed))
    last = counting[:, -1:].to_tensor("", shape=[None, 1])[:, 0]
    return _is_one_of(last, ("", *SENTENCE_ENDS))


def _is_one_of(tokens: tf.Tensor, some: tuple[str, ...]) -> tf.Tensor:
    """Bool [n]: whether each of string [n] is one of some."""
    return tf.reduce_any(tokens[:, tf.newaxis] == tf.constant(some), axis=1)


def _answer(candidates: Candidates, scores: tf.Tensor) -> Answer:
    """The candidates with the best `scores`; PAD and 0 where there are no more."""
    scores, best = tf.math.top_k(scores, min(NUM_SUGGESTIONS, scores.shape[0]))
    is_offered = tf.math.is_finite(scores)
    columns = (
        tf.gather(candidates.host_ids, best),
        tf.gather(candidates.clitic_ids, best),
        tf.exp(scores),
    )
    padding = [[0, NUM_SUGGESTIONS - scores.shape[0]]]
    host_ids, clitic_ids, probabilities = (
        tf.pad(tf.where(is_offered, column, tf.zeros_like(column)), padding)
        for column in columns
    )
    return host_ids, clitic_ids, probabilities
