"""`--embeddings corpus`: vectors learned from the training text itself.

The training text as ids enters, a row for each word that occurs leaves. fastText with
skip-grams and negative sampling does the work, out of gensim.

fastText and not word2vec, because in a text of one's own most words are rare, and
sub-words let them learn from their relatives. Measured on the patents (423,000
tokens): how far likenesses of words (cosines, centred) rank as GloVe's do, for words
seen 2-4 / 5-19 / 20-99 / 100 times or more, and seconds of one processor:

    word2vec,  5 passes   0.04  0.09  0.15  0.14     5 s
    word2vec, 15 passes   0.07  0.11  0.15  0.13    17 s
    fastText,  5 passes   0.09  0.14  0.17  0.18    11 s
    fastText, 15 passes   0.10  0.15  0.18  0.16    30 s

Source: Bojanowski, Grave, Joulin and Mikolov 2017.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import numpy as np

from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, RESERVED, Vocabulary

DIM = 100  # that of `random` and of the GloVe vectors the presets were tuned with
_SCALE = 0.5  # spread of GloVe's numbers, which fits the network behind
_WINDOW = 5
# gensim's 2,000,000 buckets take 800 MB, for more pieces than a text of ours has.
_NUM_BUCKETS = 100_000
_LONGEST_SENTENCE = 10_000  # tokens; gensim drops what is behind them
# Small texts are read often and large ones three times; above, 2 million tokens in
# all were as good as 6 million. 200,000 of them take a second of one processor.
_ENOUGH_TOKENS = 3_000_000
_EPOCHS = (3, 20)


def train_vectors(
    text: EncodedText, vocabulary: Vocabulary, *, seed: int
) -> dict[str, np.ndarray]:
    """float32 [DIM] for every word of the vocabulary that occurs in the text.

    One thread: with several, the order of their updates, and so the numbers, would
    differ from run to run.
    """
    from gensim.models import FastText  # 1 s

    fewest, most = _EPOCHS
    epochs = min(max(_ENOUGH_TOKENS // max(text.num_tokens, 1), fewest), most)
    sentences = _Sentences(text, vocabulary)
    with _quiet("gensim"):
        model = FastText(
            sentences=sentences,
            vector_size=DIM,
            window=_WINDOW,
            min_count=1,
            sg=1,
            bucket=_NUM_BUCKETS,
            epochs=epochs,
            workers=1,
            seed=seed,
        )
    rows = model.wv.key_to_index
    vectors = model.wv.vectors
    vectors *= _SCALE / max(float(vectors.std()), 1e-6)
    words = vocabulary.tokens[len(RESERVED) :]
    return {word: vectors[rows[word]] for word in words if word in rows}


class _Sentences:
    """Paragraphs as lists of words; gensim reads them several times."""

    def __init__(self, text: EncodedText, vocabulary: Vocabulary) -> None:
        # A text may hold a literal `<oov>`, but no token holds a space.
        reserved = [f" {name}" for name in RESERVED]
        self._words = (*reserved, *vocabulary.tokens[len(RESERVED) :])
        self._text = text

    def __iter__(self) -> Iterator[list[str]]:
        for document in self._text.documents():
            start = 0
            for end in [*np.flatnonzero(document == EOS).tolist(), len(document)]:
                for cut in range(start, end, _LONGEST_SENTENCE):
                    stop = min(cut + _LONGEST_SENTENCE, end)
                    yield [self._words[i] for i in document[cut:stop].tolist()]
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
