"""The output layer's loss: exact for numbers that are reported, sampled for speed.

With a vocabulary of ten thousand words most of a training step is the output layer, so
what is computed here decides how long a person waits. All losses are sums in nats over
the counted targets; the caller divides once.

`exact_loss` weighs a target against the whole vocabulary, `sampled_loss` against the
most frequent words and a random sample of the others, which stand for all of them. How
words are weighed is told in `weighing`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

from app.network.weighing import Targets, Words, weigh
from app.text.vocabulary import PAD

Tensor: TypeAlias = tf.Tensor


def exact_loss(hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Sum of -log softmax(hidden @ kernel + bias)[target] over targets that count.

    Args:
        hidden: float32 [tokens, width]; the number of tokens must be static.
        kernel: float32 [width, vocabulary_size].
        bias: float32 [vocabulary_size].
        targets: int32 [tokens]; PAD counts nothing.

    Returns:
        float32 [], nats. Its gradient is exact; both are, while no word is more than
        FARTHEST_AHEAD nats ahead of a target.
    """
    return _exact_loss(hidden, *_values(kernel, bias), targets)


def sampled_loss(
    hidden: Tensor,
    kernel: Tensor,
    bias: Tensor,
    targets: Tensor,
    *,
    head_size: int,
    sample_size: int,
    seed: Tensor,
) -> Tensor:
    """An estimate of `exact_loss` that looks at a part of the vocabulary.

    Ids are sorted by frequency, so the first `head_size` hold most of the probability
    and are summed as they are. From the tail `sample_size` ids are drawn, w with
    probability p_w, and each counts for 1 / (sample_size p_w) words:

        Z = 1 + sum_{w in head} exp(l_w - l_t)
              + sum_{w in sample} exp(l_w - l_t) / (sample_size p_w),    w never t

    whose expectation is the exact Z. Words are drawn as Zipf has it, about as often as
    they occur, so that all of them weigh much the same.

    Source: importance sampling of the denominator, Bengio and Senecal (2003), here
    with the head summed exactly, which is where most of it lies.

    Args:
        hidden: float32 [tokens, width]; the number of tokens must be static.
        kernel: float32 [width, vocabulary_size].
        bias: float32 [vocabulary_size].
        targets: int32 [tokens]; PAD counts nothing.
        head_size: ids summed exactly; at least the reserved ones.
        sample_size: ids drawn from the rest.
        seed: int64 [2].

    Returns:
        float32 [], nats.
    """
    return _sampled_loss(
        hidden, *_values(kernel, bias), targets, head_size, sample_size, seed
    )


def loss_and_hits(
    hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """For validation: the exact loss and how often no other guess was better.

    Args:
        hidden: float32 [tokens, width]; the number of tokens must be static.
        kernel: float32 [width, vocabulary_size].
        bias: float32 [vocabulary_size].
        targets: int32 [tokens]; PAD counts nothing.

    Returns:
        float32 [] nats and int32 [] hits, both summed over targets that count. Exact
        however far ahead any word may be.
    """
    return _loss_and_hits(hidden, *_values(kernel, bias), targets)


def _values(*variables: Tensor) -> list[Tensor]:
    """As values: a compiled function must not hold on to anybody's variables."""
    return [tf.convert_to_tensor(variable) for variable in variables]


def _with_gradient(
    choose: Callable[[Tensor, Tensor], Words],
    spread: Callable[[Tensor], Tensor],
    hidden: Tensor,
    kernel: Tensor,
    bias: Tensor,
    targets: Tensor,
) -> Tensor:
    """The loss against the words chosen, with its gradient.

    Args:
        choose: gives the words, from the transposed kernel and the bias.
        spread: adds up rows [words, ...] of the words into [vocabulary_size, ...].
        hidden: as in `exact_loss`.
        kernel: likewise.
        bias: likewise.
        targets: likewise.
    """

    @tf.custom_gradient
    def loss(
        hidden: Tensor, kernel: Tensor, bias: Tensor
    ) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]]:
        transposed = tf.transpose(kernel)
        own = Targets.of(hidden, targets, transposed, bias)
        found = weigh(own, choose(transposed, bias))
        d_own = (found.shares - own.counted)[:, :, None]
        d_chunks = tf.transpose(found.hidden, (0, 2, 1)) + d_own * own.rows
        num_tokens, width = hidden.shape
        d_hidden = tf.reshape(d_chunks, (-1, width))[:num_tokens]  # none filled up
        where = tf.reshape(own.ids, (-1, 1))
        d_rows = tf.tensor_scatter_nd_add(
            spread(found.rows),
            where,
            tf.reshape(d_own * own.hidden, (-1, width)),
        )
        d_bias = tf.tensor_scatter_nd_add(
            spread(found.biases), where, tf.reshape(d_own, (-1,))
        )

        def gradient(upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return (
                upstream * d_hidden,
                upstream * tf.transpose(d_rows),
                upstream * d_bias,
            )

        return found.loss, gradient

    return loss(hidden, kernel, bias)


@tf.function(jit_compile=True, autograph=False)
def _exact_loss(
    hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor
) -> Tensor:
    """`exact_loss`, compiled."""
    ids = tf.range(kernel.shape[1])
    return _with_gradient(
        lambda rows, biases: Words(ids, rows, biases),
        lambda values: values,
        hidden,
        kernel,
        bias,
        targets,
    )


@tf.function(jit_compile=True, autograph=False)
def _sampled_loss(
    hidden: Tensor,
    kernel: Tensor,
    bias: Tensor,
    targets: Tensor,
    head_size: int,
    sample_size: int,
    seed: Tensor,
) -> Tensor:
    """`sampled_loss`, compiled."""
    vocabulary_size = kernel.shape[1]
    drawn, log_p = _draw(head_size, vocabulary_size, sample_size, seed)
    weights = tf.zeros(head_size), -log_p - math.log(sample_size)

    def choose(rows: Tensor, biases: Tensor) -> Words:
        return Words(
            tf.concat([tf.range(head_size), drawn], axis=0),
            tf.concat([rows[:head_size], tf.gather(rows, drawn)], axis=0),
            tf.concat([biases[:head_size], tf.gather(biases, drawn)], axis=0)
            + tf.concat(weights, axis=0),
        )

    def spread(values: Tensor) -> Tensor:
        rest = tf.zeros((vocabulary_size - head_size, *values.shape[1:]))
        head_only = tf.concat([values[:head_size], rest], axis=0)
        return tf.tensor_scatter_nd_add(head_only, drawn[:, None], values[head_size:])

    return _with_gradient(choose, spread, hidden, kernel, bias, targets)


def _draw(first: int, end: int, number: int, seed: Tensor) -> tuple[Tensor, Tensor]:
    """Ids from `first` to `end`, with replacement, and their log-probabilities.

    The id w is drawn with probability log((w + 1) / w) / log(end / first), nearly in
    proportion to 1 / w.

    Returns:
        int32 [number] and float32 [number].
    """
    exponents = tf.random.stateless_uniform((number,), seed)
    drawn = tf.cast(first * tf.exp(exponents * math.log(end / first)), tf.int32)
    drawn = tf.clip_by_value(drawn, first, end - 1)  # rounding may reach the end
    share = tf.math.log1p(1 / tf.cast(drawn, tf.float32)) / math.log(end / first)
    return drawn, tf.math.log(share)


@tf.function(jit_compile=True, autograph=False)
def _loss_and_hits(
    hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """`loss_and_hits`, compiled."""
    transposed = tf.transpose(kernel)
    own = Targets.of(hidden, targets, transposed, bias)
    words = Words(tf.range(kernel.shape[1]), transposed, bias)

    def add(
        chunk: Tensor, total: Tensor, hits: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        ahead = own.how_far_ahead(words, chunk)
        is_own = words.ids[:, None] == own.ids[chunk]
        ahead = tf.where(is_own, 0.0, ahead)  # rounded otherwise than its twin
        farthest = tf.reduce_max(ahead, axis=0)
        totals = tf.reduce_sum(tf.exp(ahead - farthest), axis=0)
        losses = tf.math.log(totals) + farthest
        is_hit = (farthest <= 0) & (own.ids[chunk] != PAD)
        return (
            chunk + 1,
            total + tf.tensordot(own.counted[chunk], losses, 1),
            hits + tf.math.count_nonzero(is_hit, dtype=tf.int32),
        )

    _, total, hits = tf.while_loop(
        lambda chunk, *_: chunk < own.ids.shape[0], add, (0, 0.0, 0)
    )
    return total, hits
