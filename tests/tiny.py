"""A model of random numbers, small enough for any test.

Every number comes from a seeded generator, so two tests that ask for the same model
get the same one. Nothing here imports TensorFlow.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from app.files.weight_files import BlankFiles, BlankNetwork
from app.language.weights import weight_shapes
from app.model_folder import FORMAT, write_model_folder
from app.settings import Architecture
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, RESERVED, Vocabulary

NEVER_PREDICTED = (PAD, BOS, BLANK)
NEVER_PREDICTED_BIAS = -1e4

# Ids 5 and up: punctuation, words, bound hosts, clitics, a number, in no order.
TOKENS = (
    "the . , of and to a in 's is he was n't it do for that on as with i his at ca "
    "not 'll by be cat dog mat sat they we you 're 've clouds sky are rain london "
    "paris run can will wo did 42 ! ? had have from she her 'd 'm but so u.s."
).split()
WRITTEN = {"i": "I", "london": "London", "paris": "Paris", "u.s.": "U.S."}


def tiny_vocabulary() -> Vocabulary:
    """Some 60 words with reserved ids, punctuation, clitics and bound hosts."""
    tokens = (*RESERVED, *TOKENS)
    written = tuple(WRITTEN.get(token, token) for token in tokens)
    counts = np.array([0, 9, 4, 30, 0, *range(900, 900 - len(TOKENS), -1)], np.int64)
    return Vocabulary(tokens=tokens, counts=counts, written=written, oov_types=7)


def tiny_text(num_words: int = len(TOKENS)) -> EncodedText:
    """600 ids of the first words, whose neighbours repeat, in short paragraphs."""
    generator = np.random.default_rng(0)
    ids = generator.geometric(0.15, 600).clip(max=num_words) + BLANK
    ids[generator.random(600) < 0.1] = EOS
    ids[generator.random(600) < 0.05] = OOV
    ids[-1] = EOS
    return EncodedText(ids.astype(np.int32), np.array([300, 600]))


def tiny_architecture(
    cell: str = "lstm",
    layers: int = 1,
    context_length: int | None = None,
    attention_length: int | None = None,
) -> Architecture:
    """The shape of a network over `tiny_vocabulary`."""
    return Architecture(
        cell=cell,
        layers=layers,
        units=6,
        dense_units=5,
        dense_activation="tanh",
        embedding_dim=4,
        vocabulary_size=len(RESERVED) + len(TOKENS),
        context_length=context_length,
        attention_length=attention_length,
    )


def tiny_weights(architecture: Architecture, seed: int = 0) -> dict[str, np.ndarray]:
    """Random float32 weights under the names of the model folder.

    They are large enough that every gate moves and predictions differ clearly.
    """
    generator = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return generator.normal(scale=0.7, size=shape).astype(np.float32)

    weights = {name: draw(*it) for name, it in weight_shapes(architecture).items()}
    weights["embedding"][PAD] = 0.0
    weights["output_bias"][list(NEVER_PREDICTED)] = NEVER_PREDICTED_BIAS
    return weights


def write_tiny_model(
    folder: Path,
    architecture: Architecture | None = None,
    seed: int = 0,
    *,
    vocabulary: Vocabulary | None = None,
) -> Path:
    """A whole model folder that prediction can read; its next.keras is empty."""
    vocabulary = vocabulary or tiny_vocabulary()
    architecture = architecture or dataclasses.replace(
        tiny_architecture(), vocabulary_size=vocabulary.size
    )
    weights = tiny_weights(architecture, seed)
    return write_model(folder, architecture, weights, vocabulary=vocabulary)


def write_model(
    folder: Path,
    architecture: Architecture,
    weights: dict[str, np.ndarray],
    blanks: BlankNetwork | None = None,
    *,
    vocabulary: Vocabulary | None = None,
) -> Path:
    """The same of given weights, and a network for blanks."""
    vocabulary = vocabulary or tiny_vocabulary()
    config = {
        "format": FORMAT,
        "name": folder.name,
        "architecture": dataclasses.asdict(architecture),
        "vocabulary": {
            "size": vocabulary.size,
            "oov_types": vocabulary.oov_types,
            "pretokenized": vocabulary.pretokenized,
        },
    }
    own = {}
    if blanks is not None:
        config["blank_architecture"] = dataclasses.asdict(blanks.architecture)
        own = {name: it for name, it in blanks.weights.items() if name != "embedding"}
    write_model_folder(
        folder,
        overwrite=True,
        config=config,
        vocabulary=vocabulary,
        weights=weights,
        write_keras=Path.touch,
        blanks=BlankFiles(own, Path.touch) if blanks is not None else None,
    )
    return folder
