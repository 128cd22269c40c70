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
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from app.text.vocabulary import PAD

Tensor: TypeAlias = tf.Tensor

# Rows of logits held at once: 256 x 20,000 float32 are 20 MB. More rows are hardly
# faster, fewer make small matrix products; see tests/benchmarks/output_layer.py.
CHUNK_ROWS = 256

NOT_COUNTED = -1e9  # a logit whose exponential is nothing


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
    return _exact_loss(*_chunks(hidden, targets), *_values(kernel, bias))


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
        float32 [] nats and int32 [] hits, both summed over targets that count.
    """
    return _loss_and_hits(*_chunks(hidden, targets), *_values(kernel, bias))


def _values(*variables: Tensor) -> list[Tensor]:
    """As values: a compiled function must not hold on to anybody's variables."""
    return [tf.convert_to_tensor(variable) for variable in variables]


def _chunks(hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Equal chunks, the last filled up with PAD: [chunks, rows, width], [chunks, rows].

    Chunks that are alike make a loop, which compiles in the same time for any number.
    """
    num_tokens, width = hidden.shape
    num_chunks = -(-num_tokens // CHUNK_ROWS)
    num_rows = -(-num_tokens // num_chunks)
    missing = num_chunks * num_rows - num_tokens
    hidden = tf.pad(hidden, [[0, missing], [0, 0]])
    targets = tf.pad(targets, [[0, missing]], constant_values=PAD)
    return (
        tf.reshape(hidden, (num_chunks, num_rows, width)),
        tf.reshape(targets, (num_chunks, num_rows)),
    )


class _Softmax(NamedTuple):
    """A chunk of logits on its way to losses; XLA makes each line one pass."""

    largest: Tensor  # [rows, 1]
    exponentials: Tensor  # [rows, vocabulary_size], of logits - largest
    totals: Tensor  # [rows, 1], of the exponentials
    wanted: Tensor  # [rows], the targets' logits

    @classmethod
    def of(
        cls, rows: Tensor, targets: Tensor, kernel: Tensor, bias: Tensor
    ) -> _Softmax:
        logits = tf.matmul(rows, kernel) + bias
        largest = tf.reduce_max(logits, axis=1, keepdims=True)
        exponentials = tf.exp(logits - largest)
        totals = tf.reduce_sum(exponentials, axis=1, keepdims=True)
        return cls(
            largest, exponentials, totals, tf.gather(logits, targets, batch_dims=1)
        )

    def loss(self, counted: Tensor) -> Tensor:
        """Nats, summed over the rows that count."""
        losses = tf.math.log(self.totals) + self.largest
        return tf.tensordot(counted, losses[:, 0] - self.wanted, 1)


@tf.function(jit_compile=True, autograph=False)
def _exact_loss(
    hidden: Tensor, targets: Tensor, kernel: Tensor, bias: Tensor
) -> Tensor:
    """`exact_loss` of chunks; each chunk's gradient is computed on the spot."""

    @tf.custom_gradient
    def loss(
        hidden: Tensor, kernel: Tensor, bias: Tensor
    ) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]]:
        transposed = tf.transpose(kernel)

        def add(
            chunk: Tensor, total: Tensor, d_hidden: Tensor, d_weights: Tensor
        ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            rows, wanted = hidden[chunk], targets[chunk]
            counted = tf.cast(wanted != PAD, tf.float32)
            softmax = _Softmax.of(rows, wanted, kernel, bias)
            d_logits = softmax.exponentials / softmax.totals
            d_logits -= tf.one_hot(wanted, kernel.shape[1])
            d_logits *= counted[:, None]
            d_rows = tf.matmul(d_logits, transposed)
            # A bias is the weight of an input that is always one.
            inputs = tf.concat([rows, tf.ones_like(rows[:, :1])], axis=1)
            return (
                chunk + 1,
                total + softmax.loss(counted),
                tf.tensor_scatter_nd_update(d_hidden, [[chunk]], d_rows[None]),
                d_weights + tf.matmul(inputs, d_logits, transpose_a=True),
            )

        nothing = tf.zeros((kernel.shape[0] + 1, kernel.shape[1]))
        _, total, d_hidden, d_weights = tf.while_loop(
            lambda chunk, *_: chunk < hidden.shape[0],
            add,
            (0, 0.0, tf.zeros_like(hidden), nothing),
        )

        def gradient(upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return (
                upstream * d_hidden,
                upstream * d_weights[:-1],
                upstream * d_weights[-1],
            )

        return total, gradient

    return loss(hidden, kernel, bias)


@tf.function(jit_compile=True, autograph=False)
def _loss_and_hits(
    hidden: Tensor, targets: Tensor, kernel: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor]:
    """`loss_and_hits` of chunks."""

    def add(
        chunk: Tensor, total: Tensor, hits: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        wanted = targets[chunk]
        softmax = _Softmax.of(hidden[chunk], wanted, kernel, bias)
        is_hit = (softmax.wanted >= softmax.largest[:, 0]) & (wanted != PAD)
        loss = softmax.loss(tf.cast(wanted != PAD, tf.float32))
        return (
            chunk + 1,
            total + loss,
            hits + tf.math.count_nonzero(is_hit, dtype=tf.int32),
        )

    _, total, hits = tf.while_loop(
        lambda chunk, *_: chunk < hidden.shape[0], add, (0, 0.0, 0)
    )
    return total, hits


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
    return _sampled_loss(
        hidden, *_values(kernel, bias), targets, head_size, sample_size, seed
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
    tail_size = kernel.shape[1] - head_size
    head_kernel, tail_kernel = tf.split(kernel, [head_size, tail_size], axis=1)
    head_bias, tail_bias = tf.split(bias, [head_size, tail_size])
    drawn = tf.random.stateless_uniform((sample_size,), seed, 0, tail_size, tf.int32)
    own = targets - head_size  # negative where the target is in the head
    # Rows, since columns lie scattered in memory; both sets of words in one go.
    ids = tf.concat([drawn, tf.maximum(own, 0)], axis=0)
    kernels = tf.gather(tf.transpose(tail_kernel), ids)  # [sample_size + tokens, width]
    biases = tf.gather(tail_bias, ids)
    own_kernels, own_biases = kernels[sample_size:], biases[sample_size:]

    head = tf.matmul(hidden, head_kernel) + head_bias
    tail = tf.matmul(hidden, kernels[:sample_size], transpose_b=True)
    tail += biases[:sample_size] + tf.math.log(tail_size / sample_size)
    tail = tf.where(drawn == own[:, None], NOT_COUNTED, tail)
    own_logits = tf.reduce_sum(hidden * own_kernels, axis=1) + own_biases
    own_logits = tf.where(own >= 0, own_logits, NOT_COUNTED)
    logits = tf.concat([head, own_logits[:, None], tail], axis=1)
    labels = tf.where(own >= 0, head_size, targets)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=logits
    )
    return tf.reduce_sum(losses * tf.cast(targets != PAD, tf.float32))
