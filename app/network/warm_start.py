"""The weights of one model as the beginning of another, whose vocabulary has grown.

Enters: a trained model's weights and vocabulary, the fresh weights and the vocabulary
of the new one. Leaves: weights for the new one that know what the old one knew. Where
models lie, and how training goes on, is not known here.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from app.errors import UserError
from app.settings import Architecture
from app.text.vocabulary import RESERVED, Vocabulary

# What may differ: new words come, and how much is dropped only matters in training.
_FREE = {
    "vocabulary_size",
    "dropout",
    "recurrent_dropout",
    "output_dropout",
    "dense_dropout",
    "word_dropout",
    "trainable_embeddings",
}


def check_same_shape(name: str, old: Architecture, new: Architecture) -> None:
    """Refuses to put the weights of one network into another kind.

    Args:
        name: of the old model, for the message.
        old: its shape.
        new: the shape asked for; an `embedding_dim` of 0 is not known yet.

    Raises:
        UserError: says how the old one is built and how the new one would be.
    """
    there, here = dataclasses.asdict(old), dataclasses.asdict(new)
    if not new.embedding_dim:
        del here["embedding_dim"]
    differing = [key for key in here if key not in _FREE and here[key] != there[key]]
    if differing:
        raise UserError(
            f"The weights of {name} ({_described(there, differing)}) do not fit this "
            f"network ({_described(here, differing)}). Give the flags that {name} was "
            "trained with, or begin without --from."
        )


def _described(shape: dict[str, object], keys: list[str]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {shape[key]}" for key in keys)


def grown_weights(
    old: dict[str, np.ndarray],
    known: Vocabulary,
    fresh: dict[str, np.ndarray],
    vocabulary: Vocabulary,
) -> dict[str, np.ndarray]:
    """The old weights, with rows and columns for the words that are new.

    A word that was known keeps its vector and its column of the output layer. A new
    one has the vector that `fresh` gives it, the mean column, and a bias that stands
    to its frequency as those of the known words do on average: it starts about as
    probable as it is frequent, and the others stay as probable as they were.

    Args:
        old: weights by name; of a model over `known`.
        known: the old vocabulary.
        fresh: weights by name; of a model over `vocabulary`, not trained yet.
        vocabulary: the new vocabulary, in any order.

    Returns:
        Weights by name, float32, shaped as `fresh`.
    """
    ours, theirs = _shared_ids(vocabulary, known)
    embedding = fresh["embedding"].copy()
    embedding[ours] = old["embedding"][theirs]
    mean_column = old["output_kernel"][:, len(RESERVED) :].mean(axis=1)
    kernel = np.repeat(mean_column[:, None], vocabulary.size, axis=1)
    kernel[:, ours] = old["output_kernel"][:, theirs]
    words = ours >= len(RESERVED)
    unigram = vocabulary.log_unigram()
    lift = np.mean(old["output_bias"][theirs[words]] - unigram[ours[words]])
    bias = unigram + lift
    bias[ours] = old["output_bias"][theirs]
    weights = {name: np.array(array) for name, array in old.items()}
    weights.update(embedding=embedding, output_kernel=kernel, output_bias=bias)
    return weights


def _shared_ids(vocabulary: Vocabulary, known: Vocabulary) -> tuple[np.ndarray, ...]:
    """int64 [shared], twice: the ids of the same words here and there."""
    start = len(RESERVED)  # a literal <oov> in a text is not the reserved one
    there = {token: i for i, token in enumerate(known.tokens[start:], start)}
    pairs = [(i, i) for i in range(start)]
    for here, token in enumerate(vocabulary.tokens[start:], start):
        if token in there:
            pairs.append((here, there[token]))
    ours, theirs = np.array(pairs).T
    return ours, theirs
