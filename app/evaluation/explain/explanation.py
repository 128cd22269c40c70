"""All that is told about one prediction: found once, for a page, a picture or a file.

A model and a text enter. What leaves knows nothing of pictures.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from app.errors import UserError
from app.evaluation.explain.attribution import Attribution, attribute
from app.evaluation.explain.beliefs import (
    Following,
    follow,
    likeliest,
    shares_of_parts,
)
from app.evaluation.explain.sides import Sides
from app.evaluation.explain.sides_of import blank_beliefs, blank_sides, next_sides
from app.evaluation.explain.text import MOST_SHOWN, Text, read_text
from app.language.mixture import Mixture
from app.language.network import Network
from app.suggestion.answers import shown
from app.suggestion.both_sides import SHARE
from app.suggestion.memory_model import Remembering
from app.suggestion.predictor import Predictor
from app.text.vocabulary import EOS, OOV, Vocabulary

SUGGESTIONS = 5
ALTERNATIVES = 5
_PARAGRAPH = "\N{PILCROW SIGN}"


class Word(NamedTuple):
    """A column of the pictures.

    Attributes:
        token: as written.
        is_unknown: whether the vocabulary lacks it.
        probability: that the model gave it; None where nothing was predicted.
        alternatives: what it held likeliest there, with their probabilities.
    """

    token: str
    is_unknown: bool
    probability: float | None
    alternatives: Sequence[tuple[str, float]]


class Predicted(NamedTuple):
    """A word that is suggested.

    Attributes:
        word: as written.
        token_id: its id.
        probability: of it.
        parts: what each part of the mixture adds to it; they sum to `probability`.
    """

    word: str
    token_id: int
    probability: float
    parts: dict[str, float]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a model did with a text.

    Attributes:
        cell: "lstm", "gru" or "rnn".
        text: what was read.
        words: one a column.
        probabilities: of every token in front that was scored, float32: of all that
            were read, or of those that are drawn.
        predicted: the suggestions, the likeliest first; a word that was asked for
            stands first.
        belief: their probabilities after each column was read, float64 [columns,
            predicted]; nan where nothing was believed yet.
        sides: whoever read.
        remarks: what is not shown, as sentences.
    """

    cell: str
    text: Text
    words: Sequence[Word]
    probabilities: np.ndarray
    predicted: Sequence[Predicted]
    belief: np.ndarray
    sides: Sides
    remarks: Sequence[str] = field(default_factory=tuple)

    @property
    def likeliest(self) -> Predicted:
        """The suggestion that is offered first."""
        return max(self.predicted, key=lambda it: it.probability)

    @functools.cached_property
    def attributions(self) -> Sequence[Attribution]:
        """Which words mattered for each of `predicted`; no picture pays for it."""
        token_ids = [it.token_id for it in self.predicted]
        return attribute(self.sides, token_ids, len(self.words))


def explain(
    predictor: Predictor,
    cell: str,
    text: str,
    word: str | None = None,
    *,
    most_shown: int = MOST_SHOWN,
    score_all: bool = True,
) -> Explanation:
    """Looks inside a model while it reads a text.

    Args:
        predictor: the model.
        cell: its kind of cell.
        text: with one blank, or none.
        word: a prediction to explain besides the likeliest.
        most_shown: words and marks that are drawn at most.
        score_all: whether those in front of them are scored, for the curve of a page.

    Raises:
        UserError: see `read_text`; `word` is not one known token.
    """
    it = read_text(text, predictor.tokenizer, predictor.vocabulary, most_shown)
    asked = _asked(predictor, word)
    followed = follow(predictor.model, it.left_ids, it.shown_left, score_all=score_all)
    network = network_of(predictor)
    remarks = it.remarks()
    if it.right and predictor.two_sided is not None:
        sides = blank_sides(predictor.two_sided, it)
        belief, predicted = _of_blank(predictor, sides, it, asked)
        remarks.append(
            "What is explained is the network that reads both sides of a blank, alone; "
            f"in an answer of predict.py it has a share of {SHARE:.0%}, beside how "
            "well a word goes on from the left to the right."
        )
    else:
        if it.right:
            remarks.append(
                "This model has no network that reads both sides of a blank (train one "
                "with --blanks), so what stands behind the blank is not explained."
            )
        sides = next_sides(network, it)
        belief, predicted = _of_next(predictor, followed, it, asked)
    if not network.carries_states:
        remarks.append(
            f"This network reads the last {network.context_length} words and marks "
            "anew for every prediction: the gates are those of its last reading."
        )
    words = _words(predictor.vocabulary, it, followed)
    return Explanation(
        cell, it, words, followed.probabilities, predicted, belief, sides, remarks,
    )  # fmt: skip


def network_of(predictor: Predictor) -> Network:
    """The network that takes part in a predictor's answers.

    Raises:
        ValueError: its model has none.
    """
    model = predictor.model
    if isinstance(model, Remembering):
        model = model.model
    if isinstance(model, Mixture):
        return model.network
    if isinstance(model, Network):
        return model
    raise ValueError(f"a {type(model).__name__} has no recurrent network inside")


def _asked(predictor: Predictor, word: str | None) -> list[int]:
    """The id of the word that somebody asked for, if any."""
    if word is None:
        return []
    ids = predictor.vocabulary.encode(predictor.tokenizer.tokenize(word))
    if len(ids) != 1 or ids[0] == OOV:
        raise UserError(
            f"{shown(word)} is not one word that this model knows, so nothing can be "
            "told about it. Choose a word of its vocabulary."
        )
    return [int(ids[0])]


def _choose(table: np.ndarray, asked: list[int]) -> list[int]:
    """The likeliest tokens of float32 [vocabulary], those asked for in front."""
    best = [int(it) for it in likeliest(table, SUGGESTIONS) if it not in asked]
    return [*asked, *best][:SUGGESTIONS]


def _of_next(
    predictor: Predictor, followed: Following, text: Text, asked: list[int]
) -> tuple[np.ndarray, list[Predicted]]:
    """What is predicted at the end, and the belief in it after each column."""
    chosen = _choose(followed.tables[-1], asked)
    belief = np.full((len(text.columns), len(chosen)), np.nan)
    belief[: len(followed.tables)] = np.exp(followed.tables[:, chosen])
    parts = shares_of_parts(predictor.model, followed.states, np.array(chosen))
    final = belief[len(followed.tables) - 1]
    return belief, _predicted(predictor.vocabulary, chosen, final, parts)


def _of_blank(
    predictor: Predictor, sides: Sides, text: Text, asked: list[int]
) -> tuple[np.ndarray, list[Predicted]]:
    """The same of a blank between two sides."""
    blank = text.shown_left + 1
    tables = blank_beliefs(sides, text)
    chosen = _choose(tables[blank], asked)
    belief = np.exp(tables[:, chosen].astype(np.float64))
    parts = {"both sides": belief[blank]}
    return belief, _predicted(predictor.vocabulary, chosen, belief[blank], parts)


def _predicted(
    vocabulary: Vocabulary,
    chosen: list[int],
    probabilities: np.ndarray,
    parts: dict[str, np.ndarray],
) -> list[Predicted]:
    write = _writer(vocabulary)
    return [
        Predicted(
            write(token_id),
            token_id,
            float(probabilities[place]),
            {name: float(share[place]) for name, share in parts.items()},
        )
        for place, token_id in enumerate(chosen)
    ]


def _words(vocabulary: Vocabulary, text: Text, followed: Following) -> list[Word]:
    """A word a column; behind a blank nothing is predicted word by word."""
    write = _writer(vocabulary)
    first = len(text.left) - text.shown_left
    probabilities = followed.probabilities[-text.shown_left :]
    words = [Word(text.columns[0], False, None, ())]
    for place in range(text.shown_left):
        table = followed.tables[place]
        best = likeliest(table, ALTERNATIVES).tolist()
        chances = np.exp(table[best].astype(np.float64)).tolist()
        word = Word(
            text.left[first + place],
            bool(text.left_ids[first + place] == OOV),
            float(probabilities[place]),
            list(zip(map(write, best), chances, strict=True)),
        )
        words.append(word)
    behind = text.columns[1 + text.shown_left :]
    unknown = [False, *(text.right_ids == OOV)]
    return words + [
        Word(token, bool(is_unknown), None, ())
        for token, is_unknown in zip(behind, unknown[: len(behind)], strict=True)
    ]


def _writer(vocabulary: Vocabulary) -> Callable[[int], str]:
    written: Any = vocabulary.written
    return lambda token_id: _PARAGRAPH if token_id == EOS else written[token_id]
