"""How long a key inside a word takes, and how many keys are saved.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.half_typed MODEL FILE

Words of the text are typed letter by letter after what stands in front of them. A key
is timed from the letters to the answer; the next-word log-probabilities are there
already, as they are while somebody types. A word is accepted, for one key, as soon as
it is among the first three; the space behind it comes with it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import app
from app.language.contract import read
from app.suggestion.decoding import read_context
from app.suggestion.half_typed import Finisher
from app.suggestion.unknown_words import UnknownWords

SLOTS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("file", type=Path)
    parser.add_argument("--words", type=int, default=300)
    arguments = parser.parse_args()
    predictor = app.load(arguments.model)
    text = arguments.file.read_text(encoding="utf-8", errors="replace")[-500_000:]
    predictor.offers.starting_with("a")  # sorts the words, once
    times, pressed, needed = type_words(predictor, text.split(), arguments.words)
    milliseconds = 1000 * np.array(times)
    print(
        f"{predictor.vocabulary.size:,} words in the vocabulary; "
        f"{len(times):,} keys inside words\n"
        f"a key: {np.median(milliseconds):.3f} ms in the median, "
        f"{np.percentile(milliseconds, 99):.3f} ms at the 99th percentile\n"
        f"keys saved with {SLOTS} suggestions: {1 - pressed / needed:.1%}"
    )


def type_words(predictor, pieces, num_words):
    """Seconds of every key, keys pressed, keys needed without suggestions."""
    times, pressed, needed = [], 0, 0
    tokens: list[str] = []
    states = read_context(predictor.model, np.zeros(0, np.int32))
    for piece in pieces[:num_words]:
        ids = predictor.vocabulary.encode(tokens)
        unknown = UnknownWords.of(tokens, ids)
        finisher = Finisher(predictor.model, predictor.offers, states, unknown)
        finisher.finish("", SLOTS)
        pressed += keys_of(finisher, piece, times)
        needed += len(piece) + 1
        new = predictor.tokenizer.tokenize(piece)
        tokens += new
        new_ids = predictor.vocabulary.encode(new)
        states = read(predictor.model, states, new_ids[None])
    return times, pressed, needed


def keys_of(finisher, piece, times):
    """Keys for one word with its space; appends to `times`."""
    for typed in range(len(piece)):
        prefix = piece[:typed]
        started = time.perf_counter()
        found = finisher.finish(prefix, SLOTS)
        if typed:
            times.append(time.perf_counter() - started)
        if piece.lower() in (it.word.lower() for it in found):
            return typed + 1
    return len(piece) + 1


if __name__ == "__main__":
    main()
