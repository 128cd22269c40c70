"""A model of random numbers in the shape of a trained one, over 20,000 words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from app.files.ngram_files import NGRAMS
from app.language.cache import Cache
from app.language.kneser_ney import estimate
from app.language.mixture_weights import MixtureFit, Weights
from app.model_folder import FORMAT, load_model_folder, write_model_folder
from app.settings import PRESETS
from app.text.encoding import EncodedText
from app.text.tokenizer import BOUND_HOSTS, CLITICS
from app.text.vocabulary import RESERVED, Vocabulary
from tests.tiny import NEVER_PREDICTED, NEVER_PREDICTED_BIAS, tiny_weights

VOCABULARY_SIZE = 20_000


def write_random_model(folder: Path) -> None:
    """A standard network and 5-grams whose numbers are drawn, not trained."""
    generator = np.random.default_rng(0)
    shape = dataclasses.replace(
        PRESETS["standard"].architecture,
        embedding_dim=50,
        vocabulary_size=VOCABULARY_SIZE,
    )
    tokens = [*RESERVED, *(_word(number) for number in range(VOCABULARY_SIZE))]
    tokens = tokens[:VOCABULARY_SIZE]
    tokens[20:160:20] = CLITICS  # as frequent as in novels
    tokens[200:260:20] = BOUND_HOSTS
    counts = (10_000_000 / np.arange(1, VOCABULARY_SIZE + 1)).astype(np.int64)
    weights = tiny_weights(shape)
    for name, array in weights.items():
        if name.endswith("kernel"):  # logits with a standard deviation of 2
            array *= np.float32(2.0 / np.sqrt(len(array)))
    weights["output_bias"] = np.log(counts / counts.sum()).astype(np.float32)
    weights["output_bias"][list(NEVER_PREDICTED)] = NEVER_PREDICTED_BIAS
    ids = generator.choice(VOCABULARY_SIZE, 300_000, p=counts / counts.sum())
    ids = np.maximum(ids, 1).astype(np.int32)
    ids[ids == 2] = 3
    ngram_folder = folder.with_name("ngrams")
    ngram_folder.mkdir()
    estimate(EncodedText(ids, np.array([len(ids)])), VOCABULARY_SIZE, ngram_folder)
    write_model_folder(
        folder,
        overwrite=False,
        config={
            "format": FORMAT,
            "architecture": dataclasses.asdict(shape),
            "vocabulary": {"oov_types": 1000, "pretokenized": False},
        },
        vocabulary=Vocabulary(tuple(tokens), counts, tuple(tokens)),
        weights=weights,
        write_keras=Path.touch,
        ngrams={NGRAMS: ngram_folder},
        mixture=_weights().as_json(),
    )


def _weights() -> MixtureFit:
    """Of parts that count about as much as trained ones do."""
    edges = np.array([5.0, 9.0], np.float32)
    one = Weights(edges[:0], np.array([[0.7, 0.3, 0.0]], np.float32))
    network = Weights(edges, np.array([[1.0, 0, 0], *[[0.9, 0, 0.1]] * 3], np.float32))
    all_three = np.array([[0.7, 0.3, 0], *[[0.6, 0.3, 0.1]] * 3], np.float32)
    return MixtureFit(
        Cache(1000, 10.0),
        {
            "ngrams": one,
            "cache": network,
            "ngrams cache": Weights(edges, all_three),
        },
    )


def _word(number: int) -> str:
    """A word of its own for every number: the more frequent the shorter.

    None is the beginning of another, as few words are.
    """
    letters = ""
    while number or not letters:
        number, letter = divmod(number, 25)
        letters = "abcdefghijklmnopqrstuvwyz"[letter] + letters
    return letters + "x"


def random_text(model: Path, num_words: int) -> str:
    """Words as frequent as the vocabulary says."""
    vocabulary = load_model_folder(model).vocabulary
    generator = np.random.default_rng(1)
    shares = vocabulary.counts * vocabulary.is_suggestable
    ids = generator.choice(vocabulary.size, num_words, p=shares / shares.sum())
    return " ".join(vocabulary.written[i] for i in ids) + " "
