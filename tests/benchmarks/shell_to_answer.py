"""How long predict.py takes from the shell to the answer, beside importing TensorFlow.

    python -m tests.benchmarks.shell_to_answer [MODEL]

The commands take turns, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
PYTHON = sys.executable


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    model = ["--model", sys.argv[1]] if len(sys.argv) > 1 else []
    predict = [PYTHON, "predict.py", *model]
    commands = {
        "next word": [*predict, "The clouds are in the"],
        "blank": [*predict, "The clouds are on the ___ ."],
        "train.py --help": [PYTHON, "train.py", "--help"],
        "python -c pass": [PYTHON, "-c", "pass"],
        "import tensorflow": [PYTHON, "-c", "import tensorflow"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(seconds(command))
    print(f"seconds, {ROUNDS} rounds{'':>8}median   slowest")
    for name, measured in times.items():
        print(f"{name:<24}{statistics.median(measured):>8.2f}{max(measured):>10.2f}")


if __name__ == "__main__":
    main()
