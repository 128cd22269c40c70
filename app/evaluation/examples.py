"""What a person can look at: sentences, words that are missed, neighbours of vectors.

A text enters with what a model made of every target of it; the content of examples.json
leaves. It holds words of the text, which is why none of it is in metrics.json.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.evaluation.sentences import Explainer, TokensBetween, best_and_worst
from app.evaluation.word_classes import is_content_word
from app.language.contract import LanguageModel
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

MISSED_WORDS = 20
MISSED_AFTER = 5  # a word is missed where so many others come first
NEIGHBOURS = 5
WORDS_WITH_NEIGHBOURS = 8
FEWEST_LETTERS = 4  # of a word whose neighbours are shown


def examples(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: EncodedText,
    written_tokens: TokensBetween,
    losses: np.ndarray,
    ranks: np.ndarray,
    embedding: np.ndarray,
) -> dict[str, Any]:
    """What can be looked at, as it stands in examples.json.

    Args:
        model: made the losses and ranks.
        vocabulary: of the model.
        text: what was measured.
        written_tokens: the tokens between two places of `text` as they stand there.
        losses: float [targets], nats, in the order of `text`.
        ranks: int32 [targets], from 1, of the right word; very high where unknown.
        embedding: float32 [vocabulary, dimensions].

    Returns:
        "best", "worst", "missed_words" and "neighbours".
    """
    best, worst = best_and_worst(vocabulary, text, losses)
    explainer = Explainer(model, vocabulary, text, written_tokens, losses)
    shown = {it: explainer.of(it) for it in sorted([*best, *worst])}
    return {
        "best": [shown[it] for it in best],
        "worst": [shown[it] for it in worst],
        "missed_words": missed_words(vocabulary, text, ranks),
        "neighbours": neighbours(vocabulary, embedding),
    }


def missed_words(
    vocabulary: Vocabulary, text: EncodedText, ranks: np.ndarray
) -> list[dict[str, Any]]:
    """The words that were not among the first five most often, and of how many times.

    Args:
        vocabulary: only its words count.
        text: what was measured.
        ranks: int32 [targets], from 1.
    """
    ids = np.asarray(text.ids)
    tokens = np.bincount(ids, minlength=vocabulary.size)
    missed = np.bincount(ids[ranks > MISSED_AFTER], minlength=vocabulary.size)
    missed[~vocabulary.is_word] = 0
    order = np.argsort(-missed, kind="stable")[:MISSED_WORDS]
    return [
        {
            "word": vocabulary.written[it],
            "missed": int(missed[it]),
            "tokens": int(tokens[it]),
        }
        for it in order.tolist()
        if missed[it]
    ]


def neighbours(vocabulary: Vocabulary, embedding: np.ndarray) -> list[dict[str, Any]]:
    """Words with those whose vectors point most nearly in the same direction.

    Shown are content words of at least four letters, the most frequent one of the
    training text, the 4th, the 9th, and so on up to the 64th: some of every kind.

    Args:
        vocabulary: the words.
        embedding: float32 [vocabulary, dimensions].
    """
    written = vocabulary.written
    lengths = np.linalg.norm(embedding, axis=1)
    directions = embedding / np.maximum(lengths, 1e-12)[:, None]
    is_word = vocabulary.is_word & (lengths > 0)
    content = np.flatnonzero(is_word & is_content_word(vocabulary)).tolist()
    frequent = [it for it in content if len(written[it]) >= FEWEST_LETTERS]
    squares = [number * number for number in range(1, WORDS_WITH_NEIGHBOURS + 1)]
    shown = [frequent[it - 1] for it in squares if it <= len(frequent)]
    return [
        {
            "word": written[it],
            "neighbours": _nearest(vocabulary, directions, is_word, it),
        }
        for it in shown
    ]


def _nearest(
    vocabulary: Vocabulary, directions: np.ndarray, is_word: np.ndarray, token_id: int
) -> list[dict[str, Any]]:
    """The nearest to one id among the words, with the cosines."""
    cosines = directions @ directions[token_id]
    is_other = is_word.copy()
    is_other[token_id] = False
    others = np.flatnonzero(is_other)
    best = others[np.argsort(-cosines[others], kind="stable")[:NEIGHBOURS]]
    return [
        {"word": vocabulary.written[it], "similarity": round(float(cosines[it]), 4)}
        for it in best.tolist()
    ]
