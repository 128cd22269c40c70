"""Which phrases are worth showing: how to rank them, and from which probability on.

    python -m tests.benchmarks.phrases MODEL PATH [POSITIONS]

At words of a held-out text, evenly spaced, phrases of up to four words are searched,
and each rule below picks from the same ones. A person takes a phrase only if all of it
is right. Printed: the characters that the longest right one among the first 1, 3 and 5
saves, per position, less the key that takes it, and how often any is shown and the
first is right.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import app
from app.suggestion.decoding import read_context
from app.suggestion.offers import Offers
from app.suggestion.phrases import Phrase, best_phrases, find_phrases
from app.text.corpus import read_tokens
from app.text.encoding import encode
from app.text.readers import ReadOptions
from app.text.vocabulary import Vocabulary

NUM_WORDS = 4
LOWEST = 0.003
SHOWN = (1, 3, 5)


def wu(alpha: float) -> Callable[[Phrase], float]:
    """The length penalty of Wu et al. 2016, equation 14."""
    return lambda it: it.log_probability / ((5 + len(it.units)) / 6) ** alpha


RULES: dict[str, Callable[[Phrase], float]] = {
    "probability": lambda it: it.log_probability,
    "Wu et al., 0.6": wu(0.6),
    "Wu et al., 1.0": wu(1.0),
    "mean per unit": lambda it: it.log_probability / len(it.units),
    "expected units": lambda it: it.score,
}


def main() -> None:
    """Prints a line per rule and threshold."""
    model, path, *rest = sys.argv[1:]
    predictor = app.load(model)
    vocabulary = predictor.vocabulary
    options = ReadOptions(pretokenized=vocabulary.pretokenized)
    with tempfile.TemporaryDirectory() as folder:
        tokens = read_tokens([path], options).all()
        ids = np.array(encode(tokens, vocabulary, Path(folder), "test").ids)
    offers = Offers.of(vocabulary)
    following = Offers.of(vocabulary, punctuation=True)
    words = np.flatnonzero(vocabulary.is_suggestable[ids])
    places = words[:: max(1, len(words) // int(rest[0] if rest else 500))]
    found = []
    for place in places.tolist():
        states = read_context(predictor.model, ids[max(0, place - 300) : place])
        phrases = find_phrases(
            predictor.model,
            states,
            offers,
            following,
            num_words=NUM_WORDS,
            threshold=LOWEST,
        )
        found.append((ids[place : place + 20].tolist(), phrases))
    print(f"{len(found)} positions{'':>22}saved at 1     3     5   shown   right")
    for threshold in (LOWEST, 0.01, 0.02, 0.03, 0.05, 0.1):
        for name, rank in {"single words": wu(0), **RULES}.items():
            longest = 1 if name == "single words" else NUM_WORDS
            line = measure(found, vocabulary, rank, threshold, longest)
            print(f"{threshold:<6} {name:<25}{line}", flush=True)


def measure(
    found: list[tuple[list[int], list[Phrase]]],
    vocabulary: Vocabulary,
    rank: Callable[[Phrase], float],
    threshold: float,
    longest: int,
) -> str:
    """Characters saved, and the shares shown and right."""
    saved, shown, right = np.zeros(len(SHOWN)), 0, 0
    clitics = set(vocabulary.clitic_ids.tolist())
    for text, phrases in found:
        likely = [
            it
            for it in phrases
            if it.log_probability >= math.log(threshold) and len(it.units) <= longest
        ]
        offered = best_phrases(likely, SHOWN[-1], rank)
        gains = [gain(it, text, clitics, vocabulary) for it in offered]
        saved += [max(gains[:n], default=0) for n in SHOWN]
        shown += bool(offered)
        right += bool(gains and gains[0])
    table = "".join(f"{it:6.2f}" for it in saved / len(found))
    return (
        f"{table} {100 * shown / len(found):6.1f}% {100 * right / max(1, shown):5.1f}%"
    )


def gain(
    phrase: Phrase, text: list[int], clitics: set[int], vocabulary: Vocabulary
) -> int:
    """The keys that a phrase saves where the text goes on with it, else 0."""
    length = len(phrase.token_ids)
    if text[:length] != phrase.token_ids or text[length : length + 1][:1] in [
        [it] for it in clitics
    ]:
        return 0
    # A space behind each unit; the mark's own is a character of the word before it.
    letters = sum(len(vocabulary.written[i]) for i in phrase.token_ids)
    return letters + phrase.num_words - 1


if __name__ == "__main__":
    main()
