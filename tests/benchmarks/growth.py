"""How a step of training grows with vocabulary, units and window: time and memory.

    python -m tests.benchmarks.growth

One size changes at a time; exact loss and sampled loss. Memory is what the process held
at most, TensorFlow included. The corpus does not appear: a step does not know it, its
ids take four bytes a token.
"""

from __future__ import annotations

import argparse
import dataclasses

from tests.benchmarks.measuring import Case, add_options, median, program, take_turns

BASE = Case(units=256, dense_units=128, vocabulary_size=20_000)
SIZES = {
    "vocabulary_size": (5_000, 10_000, 20_000, 50_000, 100_000),
    "units": (64, 128, 256, 512, 1024),
    "window_length": (25, 50, 100, 200),
    "batch_size": (16, 32, 64, 128),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    print(f"{BASE!s}; one size at a time")
    print(f"{'':26}{'exact: ms':>10}{'tokens/s':>10}{'MiB':>7}", end="")
    print(f"{'sampled: ms':>13}{'tokens/s':>10}{'MiB':>7}")
    for name, sizes in SIZES.items():
        for size in sizes:
            exact = dataclasses.replace(BASE, **{name: size})
            cases = [exact, dataclasses.replace(exact, sampled_softmax=True)]
            commands = {
                str(case.sampled_softmax): program("nextword", "network", case)
                for case in cases
            }
            figures = take_turns(commands, options)
            print(f"{name:18}{size:>8,}", end="")
            for width, measured in zip((10, 13), figures.values(), strict=True):
                seconds = median(measured, "seconds")
                print(f"{1e3 * seconds:>{width}.0f}", end="")
                print(f"{exact.tokens / seconds:>10,.0f}", end="")
                print(f"{median(measured, 'peak_bytes') / 2**20:>7,.0f}", end="")
            print(flush=True)


if __name__ == "__main__":
    main()
