"""The output layer's loss: exact for numbers that are reported, sampled for speed.

With a vocabulary of ten thousand words nine tenths of a training step are the output
layer, so what is computed here decides how long a person waits. All losses are sums in
nats over the counted targets; the caller divides once.

- `exact_loss` goes through the rows in chunks, and computes each chunk's gradient on
  the spot: a matrix [tokens, vocabulary] never exists.
- `sampled_loss` estimates the softmax' denominator: the most frequent words exactly,
  the rest from a random sample, weighted up to stand for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

from app.text.vocabulary import PAD

Tensor: TypeAlias = tf.Tensor

# Rows of logits held at once: 512 x 20,000 float32 are 40 MB. From 256 to 1,024 rows
# the time is the same, 128 and 2,048 cost up to a tenth more; see
# tests/benchmarks/output_layer.py.
CHUNK_ROWS = 512


def exact_loss(hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Sum of -log softmax(hidden @ kernel + bias)[target] over targets that count.

    Args:
        hidden: float32 [tokens, width]; the number of tokens must be static.
        kernel: float32 [width, vocabulary_size].
        bias: float32 [vocabulary_size].
        targets: int32 [tokens]; PAD counts nothing.

    Returns:
        float32 [], nats. Its gradient is exact.
    """

    @tf.custom_gradient
    def loss(
        hidden: Tensor, kernel: Tensor, bias: Tensor
    ) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]]:
        total = tf.constant(0.0)
        d_hidden, d_kernel, d_bias = [], tf.zeros_like(kernel), tf.zeros_like(bias)
        for start in range(0, hidden.shape[0], CHUNK_ROWS):
            rows = hidden[start : start + CHUNK_ROWS]
            wanted = targets[start : start + CHUNK_ROWS]
            counted = tf.cast(wanted != PAD, tf.float32)
            # One pass gives the loss of a row and its derivative, softmax - one_hot.
            losses, d_logits = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(
                features=tf.matmul(rows, kernel) + bias, labels=wanted
            )
            total += tf.reduce_sum(losses * counted)
            d_logits *= counted[:, None]
            d_hidden.append(tf.matmul(d_logits, kernel, transpose_b=True))
            d_kernel += tf.matmul(rows, d_logits, transpose_a=True)
            d_bias += tf.reduce_sum(d_logits, axis=0)

        def gradient(upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            d_rows = tf.concat(d_hidden, axis=0)
            return upstream * d_rows, upstream * d_kernel, upstream * d_bias

        return total, gradient

    return loss(hidden, kernel, bias)


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
    and enter the denominator as they are. From the tail `sample_size` ids are drawn
    uniformly and each counts for (tail size / sample_size) words:

        Z = sum_{head} e^l + e^{l_target} [target in tail]
            + sum_{sample, not target} e^l * tail_size / sample_size

    whose expectation is the exact denominator.

    Source: importance sampling of the denominator, Bengio and Senecal (2003), here
    with the head summed exactly, which is where nearly all of it lies.

    Args:
        hidden: float32 [tokens, width].
        kernel: float32 [width, vocabulary_size].
        bias: float32 [vocabulary_size].
        targets: int32 [tokens]; PAD counts nothing.
        head_size: ids summed exactly; at least the reserved ones.
        sample_size: ids drawn from the rest.
        seed: int64 [2].

    Returns:
        float32 [], nats.
    """
    tail_size = kernel.shape[1] - head_size
    drawn = head_size + tf.random.stateless_uniform(
        (sample_size,), seed, 0, tail_size, tf.int32
    )
    candidates = tf.concat([tf.range(head_size), drawn], axis=0)
    logits = tf.matmul(hidden, tf.gather(kernel, candidates, axis=1))
    logits += tf.gather(bias, candidates)
    in_tail = targets >= head_size
    target_logits = _target_logits(hidden, kernel, bias, targets)
    head, tail = logits[:, :head_size], logits[:, head_size:]
    tail += tf.math.log(tail_size / sample_size)
    tail = tf.where(drawn == targets[:, None], -1e9, tail)
    own = tf.where(in_tail, target_logits, -1e9)[:, None]
    labels = tf.where(in_tail, head_size, targets)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=tf.concat([head, own, tail], axis=1)
    )
    return tf.reduce_sum(losses * tf.cast(targets != PAD, tf.float32))


def _target_logits(
    hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor
) -> Tensor:
    """float32 [tokens]: each row's logit of its own target."""
    columns = tf.gather(kernel, targets, axis=1)  # [width, tokens]
    return tf.einsum("tw,wt->t", hidden, columns) + tf.gather(bias, targets)


def loss_and_hits(
    hidden: Tensor, kernel: Tensor, bias: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """For validation: the exact loss and how often the target was the best guess.

    Returns:
        float32 [] nats and int32 [] hits, both summed over targets that count.
    """
    total, hits = tf.constant(0.0), tf.constant(0)
    for start in range(0, hidden.shape[0], CHUNK_ROWS):
        wanted = targets[start : start + CHUNK_ROWS]
        logits = tf.matmul(hidden[start : start + CHUNK_ROWS], kernel) + bias
        counted = wanted != PAD
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=wanted, logits=logits
        )
        total += tf.reduce_sum(tf.where(counted, losses, 0.0))
        best = tf.argmax(logits, axis=1, output_type=tf.int32)
        hits += tf.reduce_sum(tf.cast(counted & (best == wanted), tf.int32))
    return total, hits
