"""A model and what is measured beside it; nothing is measured here."""

from __future__ import annotations

from typing import NamedTuple

from app.language.ngram import NGramModel
from app.suggestion.predictor import Predictor
from app.text.vocabulary import Vocabulary


class Subject(NamedTuple):
    """A model, and what is measured beside it.

    Attributes:
        predictor: what answers.
        ngrams: of the same training text, where they were counted.
        trigrams: the same.
    """

    predictor: Predictor
    ngrams: NGramModel | None = None
    trigrams: NGramModel | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """Of all of them."""
        return self.predictor.vocabulary
