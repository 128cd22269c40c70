"""What the benchmarks of training share: cases, and programs that take turns.

Each program is a process of its own with as many threads as the others, so that
libraries do not get in each other's way; each measures the machine's matrix product in
the same run. On a busy machine wall times say little, and threads that wait for each
other less: `--threads 1 --processor-time` counts what one core works. Needs nothing but
Python.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias

GEMM_SIZE = 2048
TUTORIAL_TARGETS = 4 * 2048  # of one call of its `fit`
SECONDS_PER_PROGRAM = 4.0
STEPS_PER_VALIDATION = 100
LEARNING_RATE = 1e-3

# Every library asks for its number of threads under a name of its own.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_CLOCK = "NEXTWORD_BENCHMARK_CLOCK"

Batch: TypeAlias = Any  # inputs and targets, as the program's library has them
Rounds: TypeAlias = list[dict[str, float]]  # what a program printed, round by round


@dataclass(frozen=True)
class Case:
    """A network and a batch; what is measured is one step of training on it."""

    units: int = 64
    dense_units: int = 64
    vocabulary_size: int = 10_000
    batch_size: int = 32
    window_length: int = 50
    embedding_dim: int = 100
    sampled_softmax: bool = False

    @property
    def tokens(self) -> int:
        return self.batch_size * self.window_length

    @property
    def layer_operations(self) -> float:
        """Of an LSTM's matrix products, forward and backward, inputs frozen."""
        forward = 2.0 * self.tokens * 4 * self.units
        return forward * (2 * self.embedding_dim + 3 * self.units)

    @property
    def network_operations(self) -> float:
        """The same with both dense layers and the exact softmax."""
        dense = self.units * self.dense_units
        output = self.dense_units * self.vocabulary_size
        return self.layer_operations + 3 * 2.0 * self.tokens * (dense + output)

    def __str__(self) -> str:
        return (
            f"E{self.embedding_dim} H{self.units} D{self.dense_units} "
            f"V{self.vocabulary_size:,} B{self.batch_size} T{self.window_length}"
        )


def case_from(argument: str) -> Case:
    """Reads what `take_turns` hands to a program."""
    return Case(**json.loads(argument))


def measure(step: Callable[[], object], multiply: Callable[[], object]) -> None:
    """A program's work: prints its figures as one line of JSON.

    Args:
        step: one step of training; waits until it is done.
        multiply: a product of two float32 matrices of GEMM_SIZE squared.
    """
    clock = chosen_clock()
    gemm = min(_times(multiply, clock, seconds=0.5))
    times = _times(step, clock, seconds=SECONDS_PER_PROGRAM)
    gemm = min(gemm, *_times(multiply, clock, seconds=0.5))
    figures = {
        "seconds": statistics.median(times),
        "gemm": 2.0 * GEMM_SIZE**3 / gemm,
        "peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(figures))


def chosen_clock() -> Callable[[], float]:
    """The clock that `take_turns` wants its programs to read, in seconds."""
    return time.process_time if os.environ[_CLOCK] == "processor" else perf_counter


def _times(
    call: Callable[[], object], clock: Callable[[], float], seconds: float
) -> list[float]:
    """What each call took, after two that warm up."""
    call()
    call()
    times: list[float] = []
    while sum(times) < seconds or len(times) < 5:
        began = clock()
        call()
        times.append(clock() - began)
    return times


def fit(
    batches: Sequence[Batch],
    step: Callable[[Batch], object],
    perplexity: Callable[[], float],
    *,
    wanted: float,
    limit: float,
) -> None:
    """Another program's work: goes round the batches until the perplexity is reached.

    Prints as JSON the seconds of fitting, the steps, and the best perplexity.
    """
    step(batches[0])  # compiled, and not counted
    seconds, steps, best = 0.0, 0, float("inf")
    while best > wanted and seconds < limit:
        began = perf_counter()
        for _ in range(STEPS_PER_VALIDATION):
            step(batches[steps % len(batches)])
            steps += 1
        seconds += perf_counter() - began
        best = min(best, perplexity())
    print(json.dumps({"seconds": seconds, "steps": steps, "perplexity": best}))


def program(
    name: str, task: str, case: Case, *, python: str = sys.executable
) -> list[str]:
    """The command that measures one program on one case."""
    settings = json.dumps(dataclasses.asdict(case))
    return [python, "-m", f"tests.benchmarks.programs.{name}", task, settings]


def add_options(parser: ArgumentParser) -> None:
    """The options that every benchmark of training has."""
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--processor-time", action="store_true")


def take_turns(commands: dict[str, list[str]], options: Namespace) -> dict[str, Rounds]:
    """What each command printed, round by round; a command that fails ends it all."""
    threads = dict.fromkeys(_THREAD_VARIABLES, str(options.threads))
    clock = "processor" if options.processor_time else "wall"
    environment = {**os.environ, **threads, _CLOCK: clock}
    printed: dict[str, Rounds] = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True
            )
            if done.returncode:
                raise SystemExit(f"{name} failed:\n{done.stderr}")
            printed[name].append(json.loads(done.stdout.splitlines()[-1]))
    return printed


def median(figures: Rounds, key: str) -> float:
    """Over the rounds."""
    return statistics.median(figure[key] for figure in figures)


def ratio(ours: Rounds, theirs: Rounds) -> float:
    """How many times as quick we are: the median over the rounds."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(their["seconds"] / our["seconds"] for our, their in pairs)
