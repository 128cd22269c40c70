"""How close the recurrent layer alone comes to the machine's matrix products.

    python -m tests.benchmarks.recurrent_layer

Forward and backward of the LSTM over 50 steps, inputs of width 100, for some sizes.
"""

from __future__ import annotations

import argparse

from tests.benchmarks.measuring import Case, add_options, median, program, take_turns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    cases = [Case(units=h, batch_size=b) for h in (64, 256, 512) for b in (32, 64, 128)]
    figures = take_turns(
        {str(case): program("nextword", "layer", case) for case in cases}, options
    )
    print(
        f"{'units':>5}{'batch':>6}{'ms':>8}{'tokens/s':>11}{'GFLOP/s':>9}{'of GEMM':>9}"
    )
    for case in cases:
        measured = figures[str(case)]
        seconds = median(measured, "seconds")
        rate = case.layer_operations / seconds
        print(
            f"{case.units:>5}{case.batch_size:>6}{1e3 * seconds:>8.1f}"
            f"{case.tokens / seconds:>11,.0f}{rate / 1e9:>9.0f}"
            f"{rate / median(measured, 'gemm'):>9.0%}"
        )


if __name__ == "__main__":
    main()
