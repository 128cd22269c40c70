"""`--embeddings corpus`: vectors learned from the training text itself.

The training text as ids enters, a row for each id that occurs leaves. word2vec with
skip-grams and negative sampling does the work, out of gensim.

Source: Mikolov, Sutskever, Chen, Corrado and Dean 2013.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import numpy as np

from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, RESERVED, Vocabulary

DIM = 100  # that of `random` and of the GloVe vectors the presets were tuned with
_WINDOW = 5
_LONGEST_SENTENCE = 10_000  # tokens; gensim drops what is behind them
# Small texts are read often and large ones at least three times: 5 million tokens
# in all take about half a minute. More than 30 passes gained nothing on patents.
_ENOUGH_TOKENS = 5_000_000
_EPOCHS = (3, 30)


def train_vectors(
    text: EncodedText, vocabulary: Vocabulary, *, seed: int
) -> dict[str, np.ndarray]:
    """float32 [DIM] for every word of the vocabulary, most frequent first.

    One thread: with several, the order of their updates, and so the numbers, would
    differ from run to run.
    """
    from gensim.models import Word2Vec  # 1 s

    fewest, most = _EPOCHS
    epochs = min(max(_ENOUGH_TOKENS // max(text.num_tokens, 1), fewest), most)
    with _quiet("gensim"):
        model = Word2Vec(
            sentences=_Sentences(text),
            vector_size=DIM,
            window=_WINDOW,
            min_count=1,
            sg=1,
            epochs=epochs,
            workers=1,
            seed=seed,
        )
    rows = model.wv.key_to_index
    return {
        token: model.wv.vectors[rows[str(token_id)]]
        for token_id, token in enumerate(vocabulary.tokens)
        if token_id >= len(RESERVED) and str(token_id) in rows
    }


class _Sentences:
    """Paragraphs as lists of ids in letters; gensim reads them several times."""

    def __init__(self, text: EncodedText) -> None:
        self._text = text

    def __iter__(self) -> Iterator[list[str]]:
        for document in self._text.documents():
            start = 0
            for end in [*np.flatnonzero(document == EOS).tolist(), len(document)]:
                for cut in range(start, end, _LONGEST_SENTENCE):
                    stop = min(cut + _LONGEST_SENTENCE, end)
                    yield [str(token_id) for token_id in document[cut:stop].tolist()]
                start = end + 1


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keeps a library's advice to programmers off the user's screen."""
    library = logging.getLogger(name)
    before = library.level
    library.setLevel(logging.ERROR)
    try:
        yield
    finally:
        library.setLevel(before)
