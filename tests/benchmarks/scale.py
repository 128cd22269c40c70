"""220 MB of text, 41 million words: seconds and memory until it is ids on disk.

    python -m tests.benchmarks.scale
    python -m tests.benchmarks.scale --megabytes 50 --minutes 0

Four runs, each a process of its own: the text becomes ids; it does so again, from the
tokens that were kept; the network learns from it for some minutes; and each line is a
document whose near-duplicates are looked for, which the others leave out. The
processes' own peaks are added up, so that the sum is an upper bound.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.shuffled_novels import write_shuffled_novels

ROOT = Path(__file__).parents[2]

# Runs in a process of its own: what train.py does before it starts TensorFlow.
PREPARE = """
import json, resource, sys
from pathlib import Path
from app.run.preparation import prepare
from app.settings import TrainSettings

settings = TrainSettings(name="scale", **json.loads(sys.argv[1]))
prepared = prepare(settings, [], Path("models/scale"))
own, workers = (
    resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
)
print(json.dumps({
    "tokens": sum(text.num_tokens for text in prepared.texts.values()),
    "processor": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
    "own": own.ru_maxrss / 1024,
    "worker": workers.ru_maxrss / 1024,
}))
"""


def prepare(corpus: Path, **settings: object) -> str:
    """One line: seconds, seconds of processors, tokens, MiB."""
    given = json.dumps({"corpus": [str(corpus)], **settings})
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, given],
        cwd=corpus.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.perf_counter() - began
    facts = json.loads(done.stdout.splitlines()[-1])
    workers = len(os.sched_getaffinity(0)) * facts["worker"]
    return (
        f"{seconds:6.1f} s ({facts['processor']:.0f} s of processors), "
        f"{facts['tokens']:,} tokens, at most {facts['own']:,.0f} MiB"
        + (f" and {workers:,.0f} MiB in its workers" if facts["worker"] else "")
    )


def learn(corpus: Path, minutes: float) -> str:
    """One line: speed and MiB of a training that streams from disk."""
    subprocess.run(
        [sys.executable, str(ROOT / "train.py"), str(corpus), "--keep-duplicates"]
        + ["--name", "scale", "--overwrite", "--minutes", str(minutes)],
        cwd=corpus.parent,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    metrics = json.loads((corpus.parent / "models/scale/metrics.json").read_text())
    speed = metrics["training"]["tokens_per_second"]
    return f"{speed:,.0f} tokens/s, at most {peak:,.0f} MiB, TensorFlow among them"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=220)
    parser.add_argument("--minutes", type=float, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        corpus = Path(folder, "novels.txt")
        num_words = write_shuffled_novels(corpus, options.megabytes * 10**6)
        print(f"{corpus.stat().st_size / 1e6:.0f} MB, {num_words:,} words", flush=True)
        for what in ("text to ids on disk", "again, tokens kept"):
            print(f"{what}: {prepare(corpus, keep_duplicates=True)}", flush=True)
        if options.minutes:
            print(f"training: {learn(corpus, options.minutes)}", flush=True)
        alike = prepare(corpus, format="lines")
        print(f"near-duplicates of two million lines: {alike}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
