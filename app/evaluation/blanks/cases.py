"""Blanks at random places of a text, with the word that stood there and four others.

Documents as people write them enter; cases leave, to be answered by whoever can. The
same text and seed give the same blanks, in whatever order its documents come and
however they are dealt out: every place has a random number made from the seed and its
document's text, and the places with the smallest ones are taken (a bottom-k sample:
Cohen and Kaplan 2007, Summarizing data using bottom-k sketches).

A blank is one word: a mark, a clitic and what a clitic follows ("do" of "don't") are
none. Words that the vocabulary lacks are blanks like all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.evaluation.word_classes import WordClass, word_class
from app.suggestion.blank_candidates import Given
from app.text.tokenizer import BOUND_HOSTS, CLITICS, Tokenizer
from app.text.vocabulary import OOV, Vocabulary

# A sentence or two; a heading tells nothing about the words that it lacks.
FEWEST_TOKENS = 8  # of a paragraph

CANDIDATES = 5
NEAREST = 10  # words in frequency, of which the wrong candidates are drawn

_NO_WORDS = frozenset(CLITICS + BOUND_HOSTS)


class BlankCase(NamedTuple):
    """A word of a text, and what stands around it in its paragraph.

    Attributes:
        word: as it is usually written, or as in the text where it is unknown.
        word_class: what kind of word it is.
        left: int32 [tokens].
        right: int32 [tokens].
        candidates: the word and others of like frequency, in a random order.
        document: of which it is; the same number for the same text.
        paragraph: its number in the document.
    """

    word: str
    word_class: WordClass
    left: np.ndarray
    right: np.ndarray
    candidates: tuple[Given, ...]
    document: int
    paragraph: int


class _Place(NamedTuple):
    """Where a blank could be: the paragraph of a document, the token in it."""

    priority: float
    key: int  # of the document's text
    document: int
    paragraph: int
    token: int


def draw_cases(
    documents: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    tokenizer: Tokenizer,
    count: int,
    seed: int,
) -> list[BlankCase]:
    """`count` blanks, or as many as there are places for one.

    Args:
        documents: the paragraphs of each.
        vocabulary: which words are known, and how frequent they are.
        tokenizer: cuts a paragraph as the training text was cut.
        count: how many.
        seed: another one, other blanks and other candidates.
    """
    places: list[_Place] = []
    limit = 1.0  # what has a higher priority number is not among the first `count`
    for number, paragraphs in enumerate(documents):
        key = _key(paragraphs)
        generator = np.random.default_rng([seed, key])
        for paragraph, text in enumerate(paragraphs):
            blanks = _possible_blanks(tokenizer.tokenize(text), vocabulary)
            priorities = generator.random(len(blanks))
            for at in np.flatnonzero(priorities <= limit).tolist():
                where = number, paragraph, int(blanks[at])
                places.append(_Place(float(priorities[at]), key, *where))
        if len(places) > count:
            places = sorted(places)[:count]
            limit = places[-1].priority if places else -1.0
    return [
        _case(place, documents, vocabulary, tokenizer, seed) for place in sorted(places)
    ]


def draw_candidates(
    vocabulary: Vocabulary, word: Given, generator: np.random.Generator
) -> tuple[Given, ...]:
    """A word and others of like frequency, in a random order.

    They are drawn from the `NEAREST` that are next to it in the order of frequency; to
    a word that is not known those are the rarest.
    """
    (word_id,), written = word.token_ids, vocabulary.written
    words = np.flatnonzero(vocabulary.is_suggestable)  # by falling frequency
    place = len(words) if word_id == OOV else int(np.searchsorted(words, word_id))
    first = min(max(0, place - NEAREST // 2), max(0, len(words) - NEAREST - 1))
    others = [
        Given(written[it], (it,))
        for it in words[first : first + NEAREST + 1].tolist()
        if written[it].lower() != word.word.lower()
    ]
    wrong = min(CANDIDATES - 1, len(others))
    drawn = generator.choice(len(others), wrong, replace=False).tolist()
    candidates = [word, *(others[it] for it in drawn)]
    return tuple(candidates[it] for it in generator.permutation(len(candidates)))


def _possible_blanks(tokens: Sequence[str], vocabulary: Vocabulary) -> np.ndarray:
    """int64 [blanks]: the places of words, none in a short paragraph."""
    if len(tokens) < FEWEST_TOKENS:
        return np.zeros(0, np.int64)
    ids = vocabulary.encode(tokens)
    is_blank = vocabulary.is_suggestable[ids]
    for place in np.flatnonzero(ids == OOV).tolist():
        is_blank[place] = _is_word(tokens[place], vocabulary.pretokenized)
    if not vocabulary.pretokenized:
        is_clitic = np.array([token.lower() in CLITICS for token in tokens])
        is_blank[:-1] &= ~is_clitic[1:]
    return np.flatnonzero(is_blank)


def _is_word(token: str, pretokenized: bool) -> bool:
    """What `Vocabulary.is_suggestable` says of known tokens, of one that is not."""
    if pretokenized:
        return token[:1].isalnum()
    return token.lstrip("'#@")[:1].isalnum() and token.lower() not in _NO_WORDS


def _case(
    place: _Place,
    documents: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    tokenizer: Tokenizer,
    seed: int,
) -> BlankCase:
    paragraph = documents[place.document][place.paragraph]
    tokens = tokenizer.tokenize(paragraph)
    ids = vocabulary.encode(tokens)
    token, token_id = tokens[place.token], int(ids[place.token])
    word = token if token_id == OOV else vocabulary.written[token_id]
    generator = np.random.default_rng([seed, place.key, place.paragraph, place.token])
    return BlankCase(
        word,
        word_class(token),
        ids[: place.token],
        ids[place.token + 1 :],
        draw_candidates(vocabulary, Given(word, (token_id,)), generator),
        place.key,
        place.paragraph,
    )


def _key(paragraphs: Sequence[str]) -> int:
    """64 bits of the text of a document."""
    digest = hashlib.blake2b(digest_size=8)
    for paragraph in paragraphs:
        digest.update(paragraph.encode("utf-8", "surrogatepass") + b"\n")
    return int.from_bytes(digest.digest(), "little")
