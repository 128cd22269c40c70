"""Nextword against the tutorial's script: targets a second.

    python -m tests.benchmarks.against_tutorial

The same vectors, LSTM and dense layers over the tutorial's 13,677 words. The script
trains on one target for each window of 50 words and updates its weights after 2,048 of
them; Nextword trains on every position of 128 streams, 6,400 targets an update, once
with the exact loss and once with the sampled one. The programs take turns.
"""

from __future__ import annotations

import argparse
import dataclasses

from tests.benchmarks.measuring import (
    TUTORIAL_TARGETS,
    Case,
    add_options,
    median,
    program,
    ratio,
    take_turns,
)

CASE = Case(vocabulary_size=13_677, batch_size=128)
SAMPLED = dataclasses.replace(CASE, sampled_softmax=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    figures = take_turns(
        {
            "the tutorial's script": program("tutorial", "network", CASE),
            "Nextword, exact loss": program("nextword", "network", CASE),
            "Nextword, sampled loss": program("nextword", "network", SAMPLED),
        },
        options,
    )
    script = figures["the tutorial's script"]
    print(f"{CASE!s:34}{'targets/s':>10}{'ratio':>7}{'GEMM, GFLOP/s':>15}")
    for name, measured in figures.items():
        targets = TUTORIAL_TARGETS if measured is script else CASE.tokens
        times = targets / TUTORIAL_TARGETS * ratio(measured, script)
        rate = targets / median(measured, "seconds")
        gemm = median(measured, "gemm") / 1e9
        print(f"{name:34}{rate:>10,.0f}{times:>7.1f}{gemm:>15,.0f}")


if __name__ == "__main__":
    main()
