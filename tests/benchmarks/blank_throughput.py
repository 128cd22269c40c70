"""How fast sentences with a blank and five candidates are answered through --jsonl.

    python -m tests.benchmarks.blank_throughput MODEL
    python -m tests.benchmarks.blank_throughput MODEL --sentences 1000 --seed 3

Sentences of the novels under `NEXTWORD_DATA`, 8 to 40 tokens long, with one word each
blanked out; the candidates are that word and four of like frequency, as in
`app.evaluation.blanks.cases`. One process of predict.py gets them all through a pipe;
its start is part of the time. The goal is 10,000 in 180 s with two cores. On a busy
machine the processor time tells more than the wall time.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np

import app
from app.console import run
from app.evaluation.blanks.cases import draw_candidates
from app.suggestion.blank_candidates import Given
from tests.benchmarks.shuffled_novels import read_sentences

SENTENCES = 10_000
SHORTEST, LONGEST = 8, 40  # tokens


def draw_requests(
    model: str, count: int, seed: int
) -> list[tuple[dict[str, Any], str]]:
    """Lines for --jsonl, each with the word that was taken out."""
    generator = np.random.default_rng(seed)
    sentences, predictor = list(read_sentences()), app.load(model)
    vocabulary, tokenizer = predictor.vocabulary, predictor.tokenizer
    requests: list[tuple[dict[str, Any], str]] = []
    while len(requests) < count:
        words = sentences[generator.integers(len(sentences))].split()
        place = int(generator.integers(len(words)))
        (word,) = vocabulary.encode([words[place]])
        num_tokens = len(tokenizer.tokenize(" ".join(words)))
        if vocabulary.is_suggestable[word] and SHORTEST <= num_tokens <= LONGEST:
            right = Given(vocabulary.written[word], (int(word),))
            drawn = draw_candidates(vocabulary, right, generator)
            candidates = [it.word for it in drawn]
            text = " ".join([*words[:place], "___", *words[place + 1 :]])
            request = {"text": text, "candidates": candidates}
            requests.append((request, right.word))
    return requests


def answers(command: list[str], requests: list[dict[str, Any]]) -> Iterator[str]:
    """The best word for every request."""
    lines = "".join(json.dumps(it) + "\n" for it in requests)
    done = subprocess.run(
        command, input=lines, stdout=subprocess.PIPE, text=True, check=True
    )
    for line in done.stdout.splitlines():
        yield json.loads(line)["blanks"][0]["suggestions"][0]["word"]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--network-only", action="store_true")
    options = parser.parse_args()

    def command() -> int:
        drawn = draw_requests(options.model, options.sentences, options.seed)
        requests, right = zip(*drawn, strict=True)
        command = [sys.executable, "predict.py", "--jsonl", "--model", options.model]
        began = perf_counter()
        found = list(
            answers(command + ["--network-only"] * options.network_only, list(requests))
        )
        seconds = perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        worked = used.ru_utime + used.ru_stime
        num_right = sum(a == b for a, b in zip(found, right, strict=True))
        print(
            f"{len(found):,} sentences in {seconds:.1f} s: "
            f"{1000 * seconds / len(found):.1f} ms each "
            f"({1000 * worked / len(found):.1f} ms of one core), "
            f"{100 * num_right / len(found):.1f} % right"
        )
        return 0

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
