"""A small text with something to learn in it, and a network for it."""

import numpy as np
import pytest

from app.settings import FitOptions
from app.text.encoding import EncodedText
from tests.tiny import tiny_architecture

NUM_WORDS = 12


def counting_text(num_documents, seed):
    """Documents in which every word is followed by its successor, mostly."""
    generator = np.random.default_rng(seed)
    documents = []
    for _ in range(num_documents):
        start, length = generator.integers(0, NUM_WORDS), generator.integers(4, 30)
        ids = 5 + (start + np.arange(length)) % NUM_WORDS
        noise = generator.random(length) < 0.1
        ids[noise] = generator.integers(5, 5 + NUM_WORDS, noise.sum())
        documents.append(np.append(ids, 3).astype(np.int32))
    ends = np.cumsum([len(document) for document in documents])
    return EncodedText(np.concatenate(documents), ends)


@pytest.fixture(scope="session")
def training_text():
    return counting_text(40, seed=1)


@pytest.fixture(scope="session")
def validation_text():
    return counting_text(8, seed=2)


@pytest.fixture(
    params=[
        "lstm", "gru", "rnn", "two layers", "classic", "attention", "two-sided",
        "columns",
    ]
)  # fmt: skip
def architecture(request):
    """With dropout everywhere, since that is what must be drawn the same again."""
    import dataclasses

    kinds = {
        "two layers": tiny_architecture(layers=2),
        "classic": tiny_architecture(context_length=5),
        "attention": tiny_architecture(attention_length=8),
        "two-sided": tiny_architecture("gru", layers=2).for_blanks(),
        "columns": dataclasses.replace(tiny_architecture(), learned_dim=2),
    }
    shape = kinds.get(request.param) or tiny_architecture(request.param)
    return dataclasses.replace(
        shape,
        dropout=0.1,
        recurrent_dropout=0.1,
        output_dropout=0.1,
        dense_dropout=0.1,
        word_dropout=0.1,
    )


def fit_options(**changes):
    return FitOptions(
        **{
            "batch_size": 4,
            "window_length": 6,
            "learning_rate": 0.02,
            "decays": True,
            "warm_up": 0.1,
            "clip_norm": 1.0,
            "epochs": 2,
            "minutes": None,
            "patience": 10,
            "seed": 0,
            **changes,
        }
    )
