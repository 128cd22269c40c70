"""How likely a text is, token by token."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.language.contract import score_run
from app.suggestion.predictor import Predictor
from app.text.characters import check_characters
from app.text.vocabulary import EOS, OOV


class Scores(NamedTuple):
    """A text and its probabilities.

    Attributes:
        tokens: as written.
        is_unknown: bool [tokens], whether the vocabulary lacks them.
        log_probabilities: of each after those before it and, last, of the end of the
            paragraph, float64 [tokens + 1], nats. Unknown tokens count as one word.
    """

    tokens: list[str]
    is_unknown: np.ndarray
    log_probabilities: np.ndarray


def score_text(predictor: Predictor, text: str) -> Scores:
    """The scores of a text, read as one paragraph from its beginning.

    Raises:
        UserError: it holds what is no character.
    """
    check_characters(text)
    tokens = predictor.tokenizer.tokenize(text)
    ids = np.append(predictor.vocabulary.encode(tokens), EOS).astype(np.int32)
    model = predictor.model
    scores, _ = score_run(model, model.start(1), ids[None])
    return Scores(tokens, ids[:-1] == OOV, scores[0].astype(np.float64))
