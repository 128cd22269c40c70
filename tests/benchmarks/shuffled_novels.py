"""A text of any size with real sentences: those of the novels, in random order.

    python -m tests.benchmarks.shuffled_novels big.txt                   220 MB
    python -m tests.benchmarks.shuffled_novels big.txt.gz --megabytes 50
    python -m tests.benchmarks.shuffled_novels big.txt --wrapped

220 MB are about 41 million words. Sentences are drawn anew each time, so every one
comes about fifteen times; what is measured on it is speed and memory, not quality.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import IO, cast

from app.text.readers import ReadOptions, read_sources

MEGABYTES = 220
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')]))\s+(?=[\"'(]*[A-Z])")
_DRAWN = 10_000  # sentences at a time
_PARAGRAPH = 5  # sentences in a wrapped one
_PAGE_WIDTH = 70


def write_shuffled_novels(
    path: Path, num_bytes: int, *, seed: int = 0, is_wrapped: bool = False
) -> int:
    """Writes sentences of the 36 novels in random order; returns how many words.

    Args:
        path: of the file; packed where its name ends in .gz.
        num_bytes: the least size of the text, before it is packed.
        seed: of the order.
        is_wrapped: paragraphs of five sentences on a page of 70 characters, blank
            lines between them; else one sentence a line.
    """
    sentences = list(read_sentences())
    random = Random(seed)
    opener = gzip.open if path.suffix == ".gz" else open
    size = num_words = 0
    with cast(IO[bytes], opener(path, "wb")) as file:
        while size < num_bytes:
            drawn = random.choices(sentences, k=_DRAWN)
            lines = _paragraphs(drawn) if is_wrapped else drawn
            data = ("\n".join(lines) + "\n").encode()
            file.write(data)
            size += len(data)
            num_words += sum(len(sentence.split()) for sentence in drawn)
    return num_words


def read_sentences() -> Iterator[str]:
    """Yields the sentences of the novels under `NEXTWORD_DATA`, one line each."""
    novels = Path(os.environ.get("NEXTWORD_DATA", "../shared/data"), "novels")
    for document in read_sources([str(novels)], ReadOptions()):
        for paragraph in document.paragraphs:
            yield from _SENTENCE_END.split(paragraph)


def _paragraphs(sentences: list[str]) -> Iterator[str]:
    for start in range(0, len(sentences), _PARAGRAPH):
        paragraph = " ".join(sentences[start : start + _PARAGRAPH])
        yield textwrap.fill(paragraph, _PAGE_WIDTH, break_on_hyphens=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wrapped", action="store_true")
    options = parser.parse_args()
    num_words = write_shuffled_novels(
        options.path,
        options.megabytes * 10**6,
        seed=options.seed,
        is_wrapped=options.wrapped,
    )
    print(f"{num_words:,} words in {options.path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
