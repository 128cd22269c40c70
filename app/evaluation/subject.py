"""A model and what is measured beside it; nothing is measured here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.language.ngram import NGramModel
from app.suggestion.predictor import Predictor
from app.text.vocabulary import Vocabulary


class Subject(NamedTuple):
    """A model, and what is measured beside it.

    Attributes:
        predictor: what answers.
        vectors: of its words, float32 [vocabulary, dimensions].
        ngrams: of the same training text, where they were counted.
        trigrams: the same.
    """

    predictor: Predictor
    vectors: np.ndarray
    ngrams: NGramModel | None = None
    trigrams: NGramModel | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """Of all of them."""
        return self.predictor.vocabulary
