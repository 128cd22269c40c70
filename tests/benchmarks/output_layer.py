"""What the output layer costs in training: exact by size of the chunks, and sampled.

    python -m tests.benchmarks.output_layer

Forward and backward for 1,600 tokens of width 128; the variants take turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from app.network import losses, weighing
from app.settings import PRESETS

ROUNDS = 7
NUM_TOKENS, WIDTH = 1600, 128
VOCABULARY_SIZES = (2_000, 4_000, 10_000, 20_000, 50_000)
CHUNKS = (64, 100, 160, 400)


def step(vocabulary_size: int, chunk_tokens: int | None) -> Callable[[], object]:
    """Loss and gradients as a compiled function; sampled without `chunk_tokens`."""
    generator = np.random.default_rng(0)
    options = PRESETS["standard"].fit_options
    hidden = tf.constant(generator.normal(size=(NUM_TOKENS, WIDTH)), tf.float32)
    kernel = tf.constant(generator.normal(size=(WIDTH, vocabulary_size)), tf.float32)
    bias = tf.zeros(vocabulary_size)
    targets = tf.constant(generator.integers(1, vocabulary_size, NUM_TOKENS), tf.int32)

    def compute() -> object:
        with tf.GradientTape() as tape:
            tape.watch([hidden, kernel, bias])
            if chunk_tokens is None:
                loss = losses.sampled_loss(
                    hidden,
                    kernel,
                    bias,
                    targets,
                    head_size=options.head_size,
                    sample_size=options.sample_size,
                    seed=tf.constant([1, 2]),
                )
            else:
                weighing.CHUNK_TOKENS = [chunk_tokens]
                loss = losses.exact_loss(hidden, kernel, bias, targets)
        return tape.gradient(loss, [hidden, kernel, bias])

    compiled = tf.function(compute, autograph=False)
    compiled()
    return compiled


def main() -> None:
    variants = [(size, chunk) for size in VOCABULARY_SIZES for chunk in (None, *CHUNKS)]
    steps = {variant: step(*variant) for variant in variants}
    times: dict[tuple[int, int | None], list[float]] = {v: [] for v in variants}
    for _ in range(ROUNDS):
        for variant, run in steps.items():
            began = time.perf_counter()
            run()
            times[variant].append(1000 * (time.perf_counter() - began))
    print(f"vocabulary  {'loss':<16}median of {ROUNDS}, ms")
    for (size, chunk), measured in times.items():
        name = "sampled" if chunk is None else f"exact by {chunk}"
        print(f"{size:>10,}  {name:<16}{statistics.median(measured):>8.0f}")


if __name__ == "__main__":
    main()
