"""Reads a GloVe text of 400,000 words, 300 dimensions: time and peak memory.

python -m tests.benchmarks.vector_reading [--words N] [--folder DIR]

Makes the file (1 GB, and packed with gzip and bzip2), then reads each in a process of
its own for a vocabulary of 20,000 words, and once more from what was kept. Wall time
counts from a running interpreter, imports included; memory is what the process held at
most (VmHWM) beyond an interpreter that has done nothing.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.peak_memory import own_peak_memory

NUM_WORDS = 400_000
DIM = 300
VOCABULARY_SIZE = 20_000
PACKINGS = (".gz", ".bz2")
_REPEAT = 2_000  # rows of numbers that differ; far beyond what gzip looks back


def generate(path: Path, num_words: int) -> None:
    """Writes GloVe text: `w0` to `wN`, numbers with five digits as GloVe has them."""
    import numpy as np

    rng = np.random.default_rng(0)
    rows = [
        " ".join(f"{value:.5g}" for value in rng.normal(0, 0.4, DIM)).encode() + b"\n"
        for _ in range(_REPEAT)
    ]
    gz, bz2_file = (path.with_name(path.name + ending) for ending in PACKINGS)
    with (
        path.open("wb") as file,
        gzip.open(gz, "wb", compresslevel=1) as gzipped,
        bz2.open(bz2_file, "wb") as bzipped,
    ):
        for start in range(0, num_words, _REPEAT):
            lines = b"".join(b"w%d " % (start + i) + row for i, row in enumerate(rows))
            for written in (file, gzipped, bzipped):
                written.write(lines)


def measure(path: Path, num_words: int, folder: Path) -> None:
    """Reads `path` and prints what it took; run in a fresh interpreter."""
    before = own_peak_memory()
    began, cpu = time.perf_counter(), time.process_time()
    import numpy as np

    from app.text.counting import TypeCounts
    from app.text.tokenizer import Tokenizer
    from app.text.vectors import read_vectors
    from app.text.vocabulary import Vocabulary

    step = num_words // VOCABULARY_SIZE
    words = [f"w{i * step}" for i in range(VOCABULARY_SIZE - 100)] + ["unheard"]
    once = np.ones(len(words) + 1, np.int64)  # the end of the paragraph, too
    counts = TypeCounts(("\n", *words), once, 0 * once, num_documents=1)
    vocabulary = Vocabulary.build(counts, Tokenizer(), size=VOCABULARY_SIZE)
    vectors = read_vectors(str(path), vocabulary, seed=0, store=folder)
    print(
        f"{path.name:22} {time.perf_counter() - began:6.1f} s "
        f"({time.process_time() - cpu:5.1f} s of processor), "
        f"{(own_peak_memory() - before) / 2**20:4.0f} MiB beyond the interpreter, "
        f"{vectors.types_found:,} of {vectors.num_types:,} words, "
        f"TensorFlow {'' if 'tensorflow' in sys.modules else 'not '}imported"
    )


def main() -> int:
    """Makes the files and measures each twice: read, and kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=NUM_WORDS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", type=Path)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.words, options.folder)
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder, f"glove.{DIM}d.txt")
        generate(path, options.words)
        for file in (path, *(path.with_name(path.name + end) for end in PACKINGS)):
            command = [sys.executable, "-m", "tests.benchmarks.vector_reading"]
            command += ["--words", str(options.words), "--measure", str(file)]
            for _ in ("read", "kept"):
                subprocess.run([*command, "--folder", folder], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
