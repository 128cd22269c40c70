"""Why a word is suggested, told at once: what `explanation` says of it, and no more.

What stands in front of a word and the word enter; its probability leaves, what each
part of the mixture adds to it, and the bits that every word read is worth. It takes
some 10 ms where a whole explanation takes several times as long, so that a page can ask
while somebody writes.

What is explained is one step of the model. Of a contraction ("do", "n't") or a phrase
that is its first token; of a half-typed word, the word after what stands in front of
its letters. The probability is that among all tokens, an unknown word and the end of
the paragraph among them, while a list of suggestions shares these out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.errors import UserError
from app.evaluation.explain.attribution import taken_out
from app.evaluation.explain.beliefs import shares_of_parts
from app.evaluation.explain.explanation import network_of
from app.evaluation.explain.sides_of import next_sides
from app.evaluation.explain.text import Text
from app.suggestion.answers import shown
from app.suggestion.decoding import context_start, read_context
from app.suggestion.predictor import Predictor
from app.text.characters import check_characters
from app.text.vocabulary import OOV

MOST_WEIGHED = 60
"""Tokens that are taken out, the last ones; each costs reading those behind it anew."""


class Weighed(NamedTuple):
    """A token that was read.

    Attributes:
        token: as written.
        bits: that the network's log-probability of the word loses without it; below 0
            where it speaks against the word.
    """

    token: str
    bits: float


class Why(NamedTuple):
    """Why a word is predicted.

    Attributes:
        token: what is explained, as written: the word or the first token of it.
        probability: of the token.
        parts: what each part of the model adds to it; they sum to `probability`.
        words: the last tokens that were read, in the order of the text.
        remarks: what is not told, as sentences.
    """

    token: str
    probability: float
    parts: dict[str, float]
    words: list[Weighed]
    remarks: list[str]


def why(predictor: Predictor, text: str, word: str) -> Why:
    """Tells why a word may come next.

    Args:
        predictor: the model.
        text: what stands in front of the word, without any letter of it; underscores
            are mere characters, and it may be empty.
        word: as suggested.

    Raises:
        UserError: the vocabulary lacks the word, or its first token; what is given
            holds no word, or what is no character.
    """
    tokens = _tokens(predictor, text)
    asked = _tokens(predictor, word)
    if not asked:
        raise UserError(f"{shown(word)} has no word in it. Name the word to explain.")
    [token_id] = predictor.vocabulary.encode(asked[:1])
    if token_id == OOV:
        raise UserError(_told_unknown(asked[0], tokens))
    read = _what_is_read(predictor, tokens)
    states = read_context(predictor.model, read.left_ids)
    shares = shares_of_parts(predictor.model, states, np.array([token_id]))
    parts = {name: float(share[0]) for name, share in shares.items()}
    words = _weighed(predictor, read, int(token_id))
    remarks = _remarks(asked, len(read.left), len(words))
    return Why(asked[0], sum(parts.values()), parts, words, remarks)


def _tokens(predictor: Predictor, text: str) -> list[str]:
    check_characters(text)
    return predictor.tokenizer.tokenize(text)


def _what_is_read(predictor: Predictor, tokens: list[str]) -> Text:
    """As much of the text as the suggestions come from."""
    left = tokens[context_start(len(tokens)) :]
    ids = predictor.vocabulary.encode(left)
    return Text(left, None, ids, ids[:0], len(tokens), MOST_WEIGHED)


def _weighed(predictor: Predictor, read: Text, token_id: int) -> list[Weighed]:
    """The last tokens that the network reads, each with its worth."""
    sides = next_sides(network_of(predictor), read)
    bits = taken_out(sides, [token_id], len(read.columns))[:, 0]
    [side] = sides.sides
    return [
        Weighed(read.columns[column], float(bits[column]))
        for column in side.columns.tolist()
        if column > 0  # the start of the text is no word
    ]


def _told_unknown(word: str, tokens: list[str]) -> str:
    """Why nothing can be told of a word that the vocabulary lacks."""
    if word.lower() in (it.lower() for it in tokens):
        return (
            f"{shown(word)} stands outside the vocabulary: the model expects just any "
            "unknown word, and this one is finished because the text has it."
        )
    return (
        f"{shown(word)} stands outside the vocabulary, so the model never expects it. "
        "Name a word that was suggested."
    )


def _remarks(asked: list[str], num_read: int, num_weighed: int) -> list[str]:
    found = []
    if len(asked) > 1:
        rest = " ".join(asked[1:])
        found.append(
            f"The model reads this as several tokens; what is told is why "
            f"{shown(asked[0])} comes, with {shown(rest)} still to follow."
        )
    if num_weighed < num_read:
        found.append(
            f"Of {num_read:,} words and marks read, the last {num_weighed:,} are "
            "weighed."
        )
    return found
