"""Simple things that are true of a text word by word, for units to follow.

Tokens enter; one row of numbers a property leaves. A property says something about the
text up to and with each word, which is all that a unit can know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.evaluation.word_classes import WordClass, word_class
from app.text.sentences import SENTENCE_ENDS

_OPENING = {"(": 1, "[": 1, "{": 1, "-lrb-": 1, "-lsb-": 1, "-lcb-": 1}
_CLOSING = {")": 1, "]": 1, "}": 1, "-rrb-": 1, "-rsb-": 1, "-rcb-": 1}
_OPENING_QUOTES = ("``", "\N{LEFT DOUBLE QUOTATION MARK}")
_CLOSING_QUOTES = ("''", "\N{RIGHT DOUBLE QUOTATION MARK}")
_LONGEST_QUOTATION = 200  # tokens: who opens one and never closes it is not quoting
_TOPIC_WORDS = 30  # content words: a paragraph or two
_PERSONS = frozenset(
    "i me my we us our you your he him his she her hers they them their who".split()
)


class Property(NamedTuple):
    """Something that is true of a text to some degree at each word.

    Attributes:
        name: what it says, as it follows "knows": "whether ...", "how far ...".
        values: float64 [tokens]; only 0 and 1 where it is true or false.
    """

    name: str
    values: np.ndarray

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it is true or false, and nothing between."""
        return bool(np.isin(self.values, (0.0, 1.0)).all())


def properties_of(
    tokens: Sequence[str], vectors: np.ndarray | None = None
) -> list[Property]:
    """The properties of a text, given as tokens; those that never change are left out.

    Args:
        tokens: as written.
        vectors: of their words, float32 [tokens, dimensions]; without them nothing is
            known about topics.

    >>> [it.name for it in properties_of(["He", "saw", "(", "a", ")", "3", "."])][:2]
    ['whether it stands in brackets', 'how far into the sentence it is']
    """
    lower = [token.lower() for token in tokens]
    classes = np.array([word_class(token) for token in tokens])
    before = np.concatenate([[WordClass.RESERVED], classes[:-1]])
    found = [
        Property("whether it stands in quotation marks", _in_quotation_marks(lower)),
        Property("whether it stands in brackets", _in_brackets(lower)),
        Property("how far into the sentence it is", _place_in_sentence(lower)),
        Property("whether it is a number", _is(classes == WordClass.NUMBER)),
        Property("whether it is a function word", _is(classes == WordClass.FUNCTION)),
        Property("whether it is a mark", _is(classes == WordClass.PUNCTUATION)),
        Property(
            "whether the word before was a function word",
            _is(before == WordClass.FUNCTION),
        ),
        Property("whether it is about a person", _is(np.isin(lower, list(_PERSONS)))),
        Property("how long the word is", np.array([len(it) for it in tokens], float)),
    ]
    if vectors is not None and len(tokens):
        topic = _topic(vectors, classes == WordClass.CONTENT)
        found.append(Property("which topic the text is at", topic))
    return [it for it in found if len(it.values) and np.ptp(it.values) > 0]


def _topic(vectors: np.ndarray, is_content: np.ndarray) -> np.ndarray:
    """Where the last content words lie on the line along which a text moves most.

    The mean of their vectors, which forgets as an average of thirty does, on its first
    principal component; which end is up says nothing.
    """
    mean, means = np.zeros(vectors.shape[1]), np.zeros(vectors.shape)
    for place, vector in enumerate(vectors):
        if is_content[place]:
            mean += (vector - mean) / _TOPIC_WORDS
        means[place] = mean
    means -= means.mean(axis=0)
    directions = np.linalg.svd(means, full_matrices=False)[2]
    first = directions[0] * np.sign(directions[0, np.argmax(np.abs(directions[0]))])
    return means @ first


def _is(truths: np.ndarray) -> np.ndarray:
    return truths.astype(np.float64)


def _in_quotation_marks(tokens: Sequence[str]) -> np.ndarray:
    """1 from an opening mark to the one before the closing mark."""
    inside, opened = np.zeros(len(tokens)), None
    for place, token in enumerate(tokens):
        if opened is not None and place - opened > _LONGEST_QUOTATION:
            inside[opened:place], opened = 0.0, None
        if token == '"':
            opened = place if opened is None else None
        elif token in _OPENING_QUOTES:
            opened = place
        elif token in _CLOSING_QUOTES:
            opened = None
        inside[place] = opened is not None
    return inside


def _in_brackets(tokens: Sequence[str]) -> np.ndarray:
    """1 from an opening bracket to the word before the closing one."""
    depth, inside = 0, np.zeros(len(tokens))
    for place, token in enumerate(tokens):
        depth = max(0, depth + _OPENING.get(token, 0) - _CLOSING.get(token, 0))
        inside[place] = depth > 0
    return inside


def _place_in_sentence(tokens: Sequence[str]) -> np.ndarray:
    """Tokens since the sentence began."""
    place, places = 0, np.zeros(len(tokens))
    for number, token in enumerate(tokens):
        places[number] = place
        place = 0 if token in SENTENCE_ENDS else place + 1
    return places
