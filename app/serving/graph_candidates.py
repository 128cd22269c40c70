"""Words that may come next, found inside the exported graph.

The twin of `app/suggestion/decoding.py` and `offers.py`, which explain why it is done
so. Log-probabilities of tokens enter, words made of one token or two leave, and how
they are written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from app.serving.graph_layers import States
from app.serving.graph_network import GraphNetwork
from app.serving.signature_specs import NUM_SUGGESTIONS
from app.suggestion.decoding import Suggestion
from app.suggestion.half_typed import with_capital_of
from app.suggestion.offers import Offers
from app.text.sentences import capitalised
from app.text.vocabulary import PAD, RESERVED, Vocabulary


class Candidates(NamedTuple):
    """Words that may come next in one row, the likeliest first.

    Attributes:
        host_ids: int32 [n], their first tokens.
        clitic_ids: int32 [n], their second tokens; PAD where there is none.
        log_priors: float [n], nats; -inf for what may not be offered.
    """

    host_ids: tf.Tensor
    clitic_ids: tf.Tensor
    log_priors: tf.Tensor


class Answer(NamedTuple):
    """The words for one text, [NUM_SUGGESTIONS] each; PAD and 0 where there are none.

    Attributes:
        host_ids: int32.
        clitic_ids: int32.
        probabilities: float32.
    """

    host_ids: tf.Tensor
    clitic_ids: tf.Tensor
    probabilities: tf.Tensor

    @classmethod
    def specs(cls) -> Answer:
        """The type of an answer, for loops over texts."""
        ids = tf.TensorSpec([NUM_SUGGESTIONS], tf.int32)
        return cls(ids, ids, tf.TensorSpec([NUM_SUGGESTIONS], tf.float32))

    @classmethod
    def of(cls, candidates: Candidates, log_shares: tf.Tensor) -> Answer:
        """The candidates with the best of float [n] `log_shares`, nats."""
        count = min(NUM_SUGGESTIONS, log_shares.shape[0])
        log_shares, best = tf.math.top_k(log_shares, count)
        is_offered = tf.math.is_finite(log_shares)
        columns = (
            tf.gather(candidates.host_ids, best),
            tf.gather(candidates.clitic_ids, best),
            # A certain word may have a rounding error above 1.
            tf.cast(tf.minimum(tf.exp(log_shares), 1.0), tf.float32),
        )
        padding = [[0, NUM_SUGGESTIONS - count]]
        return cls(
            *(
                tf.pad(tf.where(is_offered, column, tf.zeros_like(column)), padding)
                for column in columns
            )
        )


class GraphCandidates(tf.Module):
    """Finds the next words after one text.

    Args:
        network: reads tokens.
        vocabulary: tells which may be offered.

    Attributes:
        host_ids: int32 [hosts], see `Offers`.
        is_alone: bool [hosts].
        clitic_ids: int32 [clitics], ascending.
        may_join: bool [hosts, clitics].
    """

    def __init__(self, network: GraphNetwork, vocabulary: Vocabulary) -> None:
        super().__init__(name="candidates")
        self.network = network
        self.offers = Offers.of(vocabulary)
        by_id = np.argsort(vocabulary.clitic_ids)
        # Tensors, because arrays would be written anew wherever they are used.
        self.host_ids = tf.constant(self.offers.host_ids)
        self.is_alone = tf.constant(self.offers.is_alone)
        self.clitic_ids = tf.constant(vocabulary.clitic_ids[by_id])
        self.may_join = tf.constant(self.offers.may_join[:, by_id])

    def likeliest(self, states: States, count: int) -> Candidates:
        """The `count` likeliest words after `states` (one row), contractions joined."""
        num_hosts = min(count + self.offers.num_bound, len(self.offers.host_ids))
        host_priors, order = tf.math.top_k(
            self.host_log_priors(self.log_priors(states)[0]), num_hosts
        )
        hosts = tf.gather(self.host_ids, order)
        alone = tf.where(tf.gather(self.is_alone, order), host_priors, -np.inf)
        joined = host_priors[:, tf.newaxis] + self.clitic_log_priors(states, hosts)
        joined = tf.where(tf.gather(self.may_join, order), joined, -np.inf)
        return self.best(hosts, alone, joined, count)

    def best(
        self, hosts: tf.Tensor, alone: tf.Tensor, joined: tf.Tensor, count: int
    ) -> Candidates:
        """The `count` likeliest of some hosts alone and with each clitic.

        Args:
            hosts: int32 [n].
            alone: float [n], nats.
            joined: float [n, clitics], nats.
            count: at most as many as there are.
        """
        num_columns = 1 + self.clitic_ids.shape[0]
        table = tf.concat([alone[:, tf.newaxis], joined], axis=1)
        count = min(count, alone.shape[0] * num_columns)
        log_priors, order = tf.math.top_k(tf.reshape(table, [-1]), count)
        rows, columns = order // num_columns, order % num_columns
        clitics = tf.concat([[PAD], self.clitic_ids], axis=0)
        return Candidates(
            tf.gather(hosts, rows), tf.gather(clitics, columns), log_priors
        )

    def read(self, states: States, candidates: Candidates) -> States:
        """The states after each of the candidates; `states` have one row."""
        rows = tf.size(candidates.host_ids)
        states = tuple(tf.repeat(state, rows, axis=0) for state in states)
        states = self.network.advance(states, candidates.host_ids)
        return self.network.read(states, candidates.clitic_ids[:, tf.newaxis])

    def log_priors(self, states: States) -> tf.Tensor:
        """Log-probabilities [batch, vocabulary_size] that leave reserved ids out."""
        log_probabilities = self.network.log_probabilities(states)
        allowed = log_probabilities[:, len(RESERVED) :]
        return log_probabilities - tf.reduce_logsumexp(allowed, axis=1, keepdims=True)

    def clitic_log_priors(self, states: States, hosts: tf.Tensor) -> tf.Tensor:
        """Those of every clitic, float32 [n, clitics], after each of int32 [n]."""
        states = tuple(tf.repeat(state, tf.size(hosts), axis=0) for state in states)
        after = self.network.advance(states, hosts)
        return tf.gather(self.log_priors(after), self.clitic_ids, axis=1)

    def host_log_priors(self, log_priors: tf.Tensor) -> tf.Tensor:
        """Those of the hosts, float32 [hosts], of float32 [vocabulary_size].

        Forms of a word that differ only in case are one: see `Offers.merge_cases`.
        """
        log_priors = tf.gather(log_priors, self.host_ids)
        places, first, lengths = self.offers.case_variants
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


class GraphSpelling(tf.Module):
    """Writes words as a person does.

    Args:
        vocabulary: knows the usual written forms.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(name="spelling")
        forms = ("", *vocabulary.written[1:])  # PAD is written as nothing
        typed = with_capital_of("A", [Suggestion(form, 0.0) for form in forms])
        clitics = np.array(forms, object)
        clitics[vocabulary.clitic_ids] = vocabulary.decode(vocabulary.clitic_ids)
        self._clitics = tf.constant(clitics, tf.string)
        self._usual = tf.constant(forms, tf.string)
        self._beginning = tf.constant([capitalised(form) for form in forms], tf.string)
        self._typed = tf.constant([it.word for it in typed], tf.string)

    def write(self, answers: Answer, begins: tf.Tensor) -> dict[str, tf.Tensor]:
        """`words` and `probabilities`, [batch, NUM_SUGGESTIONS] each.

        Args:
            answers: of a batch.
            begins: bool [batch], whether the word is the first one of a sentence.
        """
        hosts = tf.where(
            begins[:, tf.newaxis],
            tf.gather(self._beginning, answers.host_ids),
            tf.gather(self._usual, answers.host_ids),
        )
        words = hosts + tf.gather(self._clitics, answers.clitic_ids)
        return {"words": words, "probabilities": answers.probabilities}

    def write_typed(
        self, found: Candidates, begins: tf.Tensor, capital: tf.Tensor
    ) -> tf.Tensor:
        """String [n]: words of which some letters are typed.

        Args:
            found: in one text.
            begins: bool [], whether the word is the first one of a sentence.
            capital: bool [], whether it was typed with a capital letter.
        """
        beginning = tf.gather(self._beginning, found.host_ids)
        hosts = tf.where(begins, beginning, tf.gather(self._usual, found.host_ids))
        hosts = tf.where(capital, tf.gather(self._typed, found.host_ids), hosts)
        return hosts + tf.gather(self._clitics, found.clitic_ids)
