"""The word for a blank, judged by what stands on both sides, inside the exported graph.

The twin of `app/suggestion/blank_candidates.py`, `both_sides.py` and `hypotheses.py`,
which explain why it is done so; the numbers of candidates are theirs. It refuses to
know several blanks at once, and letters beside a blank are words of their own here: no
blank is half given.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from app.serving.graph_candidates import Answer, Candidates, GraphCandidates
from app.serving.graph_layers import States
from app.serving.graph_network import GraphTwoSided
from app.suggestion.blank_candidates import BEAM, PROPOSED
from app.suggestion.both_sides import SHARE
from app.suggestion.hypotheses import KEPT
from app.text.vocabulary import PAD


class GraphBlanks(tf.Module):
    """Fills one blank of one text at a time.

    Args:
        candidates: finds words by what stands to the left.
    """

    def __init__(self, candidates: GraphCandidates) -> None:
        super().__init__(name="blanks")
        self._candidates = candidates
        self._network = candidates.network

    def by_left_side(self, states: States, right_ids: tf.Tensor) -> Answer:
        """Words that come next, ranked by how well the sentence goes on after each.

        Args:
            states: after what stands to the left, one row.
            right_ids: int32 [time], what is read to the right.
        """
        candidates = self._candidates.likeliest(states, BEAM)
        log_scores = tf.cast(candidates.log_priors, tf.float64)
        return self._judge(states, candidates, log_scores, right_ids, 1.0)

    def by_both_sides(
        self,
        states: States,
        right_ids: tf.Tensor,
        two_sided: GraphTwoSided,
        left: States,
        right: States,
    ) -> Answer:
        """The same, where a network that reads both sides proposes and scores words.

        Args:
            states: after what stands to the left, one row.
            right_ids: int32 [time], what is read to the right.
            two_sided: the network for blanks.
            left: what its left reader has read, one row.
            right: what its right reader has read, one row.
        """
        fits = two_sided.log_probabilities(left, right)[0]  # [vocabulary_size]
        tried = self._tried(states, fits)
        log_scores = tf.cast(tried.log_priors, tf.float64) * (1.0 - SHARE)
        scores = tf.gather(fits, tried.host_ids)
        pairs = tf.where(tried.clitic_ids != PAD)  # [pairs, 1]
        of_pairs = two_sided.score_pairs(
            left,
            right,
            tf.gather_nd(tried.host_ids, pairs),
            tf.gather_nd(tried.clitic_ids, pairs),
        )
        scores = tf.tensor_scatter_nd_update(scores, pairs, of_pairs)
        log_scores += SHARE * tf.cast(scores, tf.float64)
        count = min(BEAM, log_scores.shape[0])
        log_scores, best = tf.math.top_k(log_scores, count)
        chosen = Candidates(*(tf.gather(part, best) for part in tried))
        return self._judge(states, chosen, log_scores, right_ids, 1.0 - SHARE)

    def _tried(self, states: States, fits: tf.Tensor) -> Candidates:
        """The words that come next, and those that fit both sides best."""
        found = self._candidates.likeliest(states, BEAM)
        offers = self._candidates.offers
        words = tf.constant(offers.host_ids[offers.is_alone])
        num_proposed = min(PROPOSED, words.shape[0])
        _, order = tf.math.top_k(tf.gather(fits, words), num_proposed)
        proposed = tf.gather(words, order)
        log_priors = tf.gather(self._candidates.log_priors(states)[0], proposed)
        is_known = (found.host_ids == proposed[:, tf.newaxis]) & (
            found.clitic_ids == PAD
        )
        # A word that may not be offered is not known: other forms stand for it.
        is_known &= tf.math.is_finite(found.log_priors)
        log_priors = tf.where(tf.reduce_any(is_known, axis=1), -np.inf, log_priors)
        no_clitics = tf.fill([num_proposed], PAD)
        return Candidates(
            tf.concat([found.host_ids, proposed], axis=0),
            tf.concat([found.clitic_ids, no_clitics], axis=0),
            tf.concat([found.log_priors, log_priors], axis=0),
        )

    def _judge(
        self,
        states: States,
        candidates: Candidates,
        log_scores: tf.Tensor,
        right_ids: tf.Tensor,
        weight: float,
    ) -> Answer:
        """The candidates after `right_ids` [time]: what `Beam.judge` gives, and how.

        Twenty tokens sum up to some 200 nats; float32 would leave an error of 1e-5.
        """

        def body(
            time: tf.Tensor, log_shares: tf.Tensor, live: tf.Tensor, states: States
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, States]:
            token = right_ids[time]
            here = self._network.log_probabilities(states)[:, token]
            before = tf.gather(log_shares, live)
            after = before + weight * tf.cast(here, tf.float64)
            after += tf.reduce_logsumexp(before) - tf.reduce_logsumexp(after)
            log_shares = tf.tensor_scatter_nd_update(log_shares, live[:, None], after)
            num_rows = tf.math.count_nonzero(tf.math.is_finite(after), dtype=tf.int32)
            num_kept = tf.minimum(tf.maximum(KEPT, num_rows // 2), tf.size(live))
            best = tf.sort(tf.math.top_k(after, num_kept).indices)
            states = tuple(tf.gather(state, best) for state in states)
            states = self._network.advance(states, tf.fill([num_kept], token))
            return time + 1, log_shares, tf.gather(live, best), states

        states = self._candidates.read(states, candidates)
        live = tf.range(tf.size(log_scores))
        _, log_shares, _, _ = tf.while_loop(
            lambda time, log_shares, live, states: time < tf.shape(right_ids)[0],
            body,
            (tf.constant(0), tf.nn.log_softmax(log_scores), live, states),
            shape_invariants=(
                tf.TensorShape([]),
                log_scores.shape,
                tf.TensorShape([None]),
                tuple(tf.TensorShape([None, *it.shape[1:]]) for it in states),
            ),
        )
        return Answer.of(candidates, log_shares)
