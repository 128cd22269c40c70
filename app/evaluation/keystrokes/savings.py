"""Keystroke savings: the share of keys that suggestions make superfluous.

A predictor and documents enter, the part "keystrokes" of metrics.json leaves.

    savings = (characters - keystrokes) / characters

Characters are all keys without help: every character of the text, words that no model
can know included, and the keys that end paragraphs. Beside the savings stand those of
two typists who cannot be beaten: a perfect predictor offers each word in the first
list, a limited one does so with the words that the vocabulary holds.

Source: Trnka and McCoy 2008, Evaluating word prediction: framing keystroke savings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from app.evaluation.bootstrap import standard_error_of_ratio
from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.seconds import seconds_figures
from app.evaluation.keystrokes.typist import Typist
from app.evaluation.keystrokes.words import TypedDocument, TypedWord
from app.evaluation.latency import latency_ms
from app.settings.typist import CHARACTERS
from app.suggestion.predictor import Predictor

# A document longer than this share of the sample is not typed to its end, so that the
# sample has several authors even where documents are books.
_LARGEST_SHARE = 0.2

Documents = Sequence[Sequence[str]]


def measure_keystrokes(
    predictor: Predictor,
    documents: Documents,
    rules: TypistRules | None = None,
    *,
    characters: int = CHARACTERS,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
) -> dict[str, Any] | None:
    """The part "keystrokes" of metrics.json.

    Args:
        predictor: what helps.
        documents: each a sequence of paragraphs as people write them.
        rules: what the typist keeps to.
        characters: to be typed at most; see `sample`.
        seed: of the sample, and of the standard errors.
        report: is called after each document with the number of characters typed so
            far, without the keys that end paragraphs.

    Returns:
        The figures; None where there is no word to type.
    """
    typist = Typist(predictor, rules)
    typed, done = [], 0
    for document in sample(documents, characters, seed):
        typed.append(typist.type(document))
        done += sum(map(len, document))
        if report:
            report(done)
    typed = [document for document in typed if document.characters]
    if not any(document.words for document in typed):
        return None
    return figures(typed, typist.rules, seed) | machine_figures(typist)


def sample(documents: Documents, characters: int, seed: int) -> Iterator[list[str]]:
    """Yields whole documents in random order, together up to a number of characters.

    Where there are more, the last document, and any with more than a fifth of that
    number, ends where a paragraph does, or a word of its first paragraph.
    """
    longest = characters
    if sum(len(text) for document in documents for text in document) > characters:
        longest = int(characters * max(_LARGEST_SHARE, 1 / len(documents)))
    for index in np.random.default_rng(seed).permutation(len(documents)):
        whole = [paragraph for paragraph in documents[index] if paragraph.strip()]
        length, room = sum(map(len, whole)), characters
        document = _beginning(whole, min(longest, room))
        characters -= sum(map(len, document))
        if document:
            yield document
        if length >= room <= longest:  # another would end after some letters
            return


def _beginning(document: Sequence[str], characters: int) -> list[str]:
    """The first paragraphs of a document, up to a number of characters."""
    kept: list[str] = []
    for paragraph in document:
        if len(paragraph) > characters:
            if not kept:
                head = paragraph[: characters + 1].rpartition(" ")[0]
                kept = [head or paragraph[:characters]]
            break
        kept.append(paragraph)
        characters -= len(paragraph)
    return [paragraph for paragraph in kept if paragraph]


def figures(
    typed: Sequence[TypedDocument], rules: TypistRules, seed: int = 0
) -> dict[str, Any]:
    """All of the part "keystrokes" that is no matter of the machine."""
    characters = np.array([document.characters for document in typed], np.float64)
    saved = np.array(
        [
            [sum(word.saved_by(slot) for word in document.words) for document in typed]
            for slot in range(len(rules.slots))
        ],
        np.float64,
    )  # [slots, documents]
    total = characters.sum()
    words = [word for document in typed for word in document.words]
    return {
        "rules": rules.as_json(),
        "characters": int(total),
        "documents": len(typed),
        "words": len(words),
        "savings": _by_slots(rules, (saved.sum(axis=1) / total).tolist()),
        "standard_errors": _by_slots(
            rules, [standard_error_of_ratio(row, characters, seed) for row in saved]
        ),
        "ceilings": ceilings(words, int(total), rules),
        "by_document": [
            {
                "characters": document.characters,
                "savings": _by_slots(rules, (column / document.characters).tolist()),
            }
            for document, column in zip(typed, saved.T, strict=True)
        ],
        "seconds": seconds_figures(words, int(total), rules),
    }


def ceilings(
    words: Sequence[TypedWord], characters: int, rules: TypistRules
) -> dict[str, dict[str, float]]:
    """The savings of who has each word in the first list, or each that it can have."""

    def savings(words: Sequence[TypedWord]) -> dict[str, float]:
        saved = sum(max(0, word.saved(rules.first_look)) for word in words)
        return _by_slots(rules, [saved / characters] * len(rules.slots))

    known = [word for word in words if word.in_vocabulary]
    return {"perfect": savings(words), "vocabulary": savings(known)}


def machine_figures(typist: Typist) -> dict[str, Any]:
    """How long its lists took, and the most memory of this process so far, in bytes."""
    latency = {
        "word": latency_ms(typist.word_seconds),
        "letter": latency_ms(typist.letter_seconds),
    }
    return {"latency_ms": latency, "peak_memory_bytes": _peak_memory()}


def _peak_memory() -> int | None:
    """Bytes; None where nobody knows."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _by_slots(rules: TypistRules, values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(map(str, rules.slots), values, strict=True))
