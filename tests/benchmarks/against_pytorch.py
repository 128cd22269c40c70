"""Nextword against PyTorch: same network, same batch, exact loss, two threads each.

    python -m tests.benchmarks.against_pytorch --torch-python ENVIRONMENT/bin/python

ENVIRONMENT holds tests/benchmarks/requirements.txt. The programs take turns; prints a
table: tokens a second, how many times as quick, and how close our matrix products are
to the rate of a product of 2,048 squared that was measured in the same process.
"""

from __future__ import annotations

import argparse
import sys

from tests.benchmarks.measuring import (
    Case,
    Rounds,
    add_options,
    median,
    program,
    ratio,
    take_turns,
)

LAYER_CASES = [
    Case(units=units, batch_size=batch_size)
    for units in (64, 256, 512)
    for batch_size in (32, 64, 128)
]
NETWORK_CASES = [
    Case(units=units, vocabulary_size=vocabulary_size, batch_size=batch_size)
    for units in (64, 256, 512)
    for vocabulary_size in (10_000, 50_000)
    for batch_size in (32, 128)
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch-python", default=sys.executable)
    add_options(parser)
    parser.add_argument("--first", type=int, help="only so many cases of either task")
    options = parser.parse_args()
    print(f"{'':42}{'Nextword':>10}{'PyTorch':>10}{'ratio':>7}{'of GEMM':>9}")
    for task, cases in (("layer", LAYER_CASES), ("network", NETWORK_CASES)):
        for case in cases[: options.first]:
            figures = take_turns(
                {
                    "ours": program("nextword", task, case),
                    "theirs": program(
                        "pytorch", task, case, python=options.torch_python
                    ),
                },
                options,
            )
            print(f"{task:8}{case!s:34}{row(task, case, **figures)}", flush=True)


def row(
    task: str,
    case: Case,
    *,
    ours: Rounds,
    theirs: Rounds,
) -> str:
    """Tokens a second of both, the ratio, and our share of the roof."""
    operations = case.layer_operations if task == "layer" else case.network_operations
    share = operations / median(ours, "seconds") / median(ours, "gemm")
    return (
        f"{case.tokens / median(ours, 'seconds'):>10,.0f}"
        f"{case.tokens / median(theirs, 'seconds'):>10,.0f}"
        f"{ratio(ours, theirs):>7.2f}{share:>9.0%}"
    )


if __name__ == "__main__":
    main()
