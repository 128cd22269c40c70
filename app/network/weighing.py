"""Targets weighed against other words: logits, loss and gradient, chunk by chunk.

A token's loss is the logarithm of what all words weigh against its target t:

    loss = log Z,   Z = 1 + sum over words w, not t, of exp(l_w - l_t)

    d loss / d l_w = exp(l_w - l_t) / Z          d loss / d l_t = 1 / Z - 1

- The tokens go by in chunks, and each chunk's gradient is computed on the spot: a
  matrix [tokens, vocabulary] never exists.
- Weighed against the target, nothing has to be searched for the largest logit first,
  and nothing to be divided by the sum: the products that end in a gradient read the
  exponentials as they are, and 1 / Z goes into their other, smaller factor.
- Words are rows, tokens are columns: this way round the three products of a chunk need
  no transposed operand, which costs up to twice.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import tensorflow as tf

from app.text.vocabulary import PAD

Tensor: TypeAlias = tf.Tensor

# Tokens whose logits are held at once: 128 x 20,000 float32 are 10 MB. Matrix products
# are up to a fifth slower where rows of floats do not fill whole vectors.
CHUNK_TOKENS = range(96, 193, 16)

# In training a word counts as at most so many nats ahead of the target: e^70 times a
# vocabulary is still a number.
FARTHEST_AHEAD = 70.0


class Words(NamedTuple):
    """The words that targets are weighed against: all, or those drawn."""

    ids: Tensor  # int32 [words]
    rows: Tensor  # float32 [words, width], of the transposed kernel
    biases: Tensor  # float32 [words]


class Targets(NamedTuple):
    """Every token's own word, in equal chunks, the last filled up with PAD.

    Chunks that are alike make a loop, which compiles in the same time for any number.
    """

    hidden: Tensor  # float32 [chunks, tokens, width]
    ids: Tensor  # int32 [chunks, tokens]
    counted: Tensor  # float32 [chunks, tokens], 0 for PAD, else 1
    rows: Tensor  # float32 [chunks, tokens, width], of the transposed kernel
    logits: Tensor  # float32 [chunks, tokens]

    @classmethod
    def of(
        cls, hidden: Tensor, targets: Tensor, transposed: Tensor, bias: Tensor
    ) -> Targets:
        """The tokens' own words; `hidden` and `targets` as in `exact_loss`."""
        num_tokens, width = hidden.shape
        missing, tokens_each = min((-num_tokens % size, size) for size in CHUNK_TOKENS)
        num_chunks = (num_tokens + missing) // tokens_each
        hidden = tf.pad(hidden, [[0, missing], [0, 0]])
        hidden = tf.reshape(hidden, (num_chunks, tokens_each, width))
        ids = tf.pad(targets, [[0, missing]], constant_values=PAD)
        ids = tf.reshape(ids, (num_chunks, tokens_each))
        rows = tf.gather(transposed, ids)
        logits = tf.reduce_sum(hidden * rows, axis=2) + tf.gather(bias, ids)
        return cls(hidden, ids, tf.cast(ids != PAD, tf.float32), rows, logits)

    def how_far_ahead(self, words: Words, chunk: Tensor) -> Tensor:
        """float32 [words, tokens]: each word's logit less the target's."""
        logits = tf.matmul(words.rows, self.hidden[chunk], transpose_b=True)
        return logits + words.biases[:, None] - self.logits[chunk]


class Gradients(NamedTuple):
    """What the chunks leave: the loss and its derivatives, but for the targets' own."""

    loss: Tensor  # float32 []
    hidden: Tensor  # float32 [chunks, width, tokens]
    rows: Tensor  # float32 [words, width]
    biases: Tensor  # float32 [words]
    shares: Tensor  # float32 [chunks, tokens], counted / Z


def weigh(targets: Targets, words: Words) -> Gradients:
    """Goes through the chunks."""
    columns = tf.transpose(words.rows)

    def add(chunk: Tensor, so_far: Gradients) -> tuple[Tensor, Gradients]:
        ahead = tf.minimum(targets.how_far_ahead(words, chunk), FARTHEST_AHEAD)
        is_own = words.ids[:, None] == targets.ids[chunk]
        weights = tf.where(is_own, 0.0, tf.exp(ahead))
        totals = 1 + tf.reduce_sum(weights, axis=0)
        counted = targets.counted[chunk]
        shares = counted / totals
        d_hidden = tf.matmul(columns, weights) * shares
        d_rows = tf.matmul(weights, targets.hidden[chunk] * shares[:, None])
        return chunk + 1, Gradients(
            so_far.loss + tf.tensordot(counted, tf.math.log(totals), 1),
            _put(so_far.hidden, chunk, d_hidden),
            so_far.rows + d_rows,
            so_far.biases + tf.linalg.matvec(weights, shares),
            _put(so_far.shares, chunk, shares),
        )

    num_chunks, tokens_each, width = targets.hidden.shape
    nothing = Gradients(
        tf.constant(0.0),
        tf.zeros((num_chunks, width, tokens_each)),
        tf.zeros_like(words.rows),
        tf.zeros_like(words.biases),
        tf.zeros_like(targets.counted),
    )
    _, gradients = tf.while_loop(lambda chunk, _: chunk < num_chunks, add, (0, nothing))
    return gradients


def _put(array: Tensor, chunk: Tensor, value: Tensor) -> Tensor:
    """Puts `value` into its place; XLA does it in place."""
    return tf.tensor_scatter_nd_update(array, [[chunk]], value[None])
