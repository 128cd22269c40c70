"""How quickly a model is measured; prints a table, asserts nothing.

    python -m tests.benchmarks.evaluation_speed
    python -m tests.benchmarks.evaluation_speed MODEL PATH

Without MODEL: the standard network, a 5-gram model and a cache of random numbers in the
shape of trained ones, over 20,000 words, on random words. Measured are the targets a
second of the full mixture with all of its parts beside it, of 100 documents and of a
single one, and the characters and blanks a second of a person's real questions.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# As every command does before numpy is there: two threads of ours read texts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from app.console import run
from app.evaluation.blanks.sampled import evaluate_sampled_blanks
from app.evaluation.contenders import TEST, Contenders, observe
from app.evaluation.keystrokes.savings import measure_keystrokes
from app.loading import predictor_of
from app.model_folder import load_model_folder
from app.model_names import find_model
from app.text.corpus import read_tokens
from app.text.encoding import EncodedText, encode
from app.text.readers import ReadOptions
from tests.benchmarks.random_model import random_text, write_random_model

DOCUMENTS, WORDS = 100, 200
ROUNDS = 3
CHARACTERS, BLANKS = 20_000, 40


def write_random_texts(model: Path, folder: Path) -> Path:
    """Documents of random words, in sentences."""
    words = random_text(model, DOCUMENTS * WORDS).split()
    for number in range(DOCUMENTS):
        some = words[number * WORDS : (number + 1) * WORDS]
        (folder / f"{number}.txt").write_text(" ".join(some))
    return folder


def measure(model: Path, path: Path) -> Iterator[str]:
    """Lines of figures."""
    folder = load_model_folder(model)
    predictor = predictor_of(folder)
    options = ReadOptions(pretokenized=folder.tokenizer.pretokenized)
    with tempfile.TemporaryDirectory() as scratch:
        part = read_tokens([str(path)], options).all()
        text = encode(part, folder.vocabulary, Path(scratch), "t", keep_written=True)
        one = EncodedText(text.ids, text.document_ends[-1:])
        contenders = Contenders({TEST: predictor.model})

        def reading(of: EncodedText) -> Callable[[], object]:
            return lambda: observe(contenders, folder.vocabulary, of)

        ends = [0, *text.document_ends.tolist()]
        pretokenized = folder.vocabulary.pretokenized
        documents = [
            list(text.written.paragraphs(begin, end, pretokenized=pretokenized))
            for begin, end in zip(ends, ends[1:], strict=False)
        ]
        tokens = text.num_tokens
        yield f"{folder.vocabulary.size:,} words, {tokens:,} targets"
        for name, amount, unit, work in (
            (f"{len(ends) - 1} documents", tokens, "targets", reading(text)),
            ("one document", tokens, "targets", reading(one)),
            (
                "typing",
                CHARACTERS,
                "characters",
                lambda: measure_keystrokes(predictor, documents, characters=CHARACTERS),
            ),
            (
                "blanks",
                BLANKS,
                "blanks",
                lambda: evaluate_sampled_blanks(predictor, documents, BLANKS),
            ),
        ):
            wall, busy = (amount / median(it) for it in _seconds(work))
            yield f"{name:16} {wall:10,.1f} {unit}/s {busy:10,.1f} a second of one core"


def _seconds(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """By the clock on the wall, and of the processor."""
    clocks = perf_counter, process_time
    times: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS):
        began = [clock() for clock in clocks]
        work()
        for some, clock, start in zip(times, clocks, began, strict=True):
            some.append(clock() - start)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?")
    parser.add_argument("path", nargs="?", type=Path)
    options = parser.parse_args()

    def command() -> int:
        with tempfile.TemporaryDirectory() as scratch:
            texts = Path(scratch, "texts")
            if options.model is None:
                texts.mkdir()
                model = Path(scratch, "random")
                write_random_model(model)
                path = write_random_texts(model, texts)
            else:
                model, path = find_model(options.model), options.path
            for line in measure(model, path):
                print(line, flush=True)
        return 0

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
