"""Networks of several kinds learn the generated language, and are asked what they know.

A kind of network, a seed and the amount of training enter; how often it is right after
so many words, and how much of the gradient reaches so far back, leave. This is where
TensorFlow is started, so nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from app.console import Report, without_chatter
from app.evaluation.distance.generated import VOCABULARY_SIZE, lesson, questions
from app.language.budget import as_large_as, num_own_parameters
from app.language.network import Network
from app.settings import Architecture, FitOptions
from app.text.vocabulary import BOS, PAD

if TYPE_CHECKING:
    from app.network.forward import Forward
    from app.network.steps import Steps

_WIDTH = 16  # of word vectors and of the dense layer
_ROWS = 32
_LEARNING_RATE = 5e-3
_WARM_UP = 0.05  # share of the run; from then on the rate falls evenly to 0
_ASKED = 400  # questions for each distance
_BEFORE = 10  # names spoken of before the one that is asked for
_GRADIENTS = 64  # texts whose gradients are averaged


class Course(NamedTuple):
    """What is learned, and how.

    Attributes:
        units: width of the LSTM as large as which all kinds are.
        steps: of training.
        distances: asked for, ascending; even.
    """

    units: int
    steps: int
    distances: Sequence[int]

    @property
    def pairs(self) -> int:
        """Names in a text that is learned from: the farthest distance has room."""
        return _BEFORE + self.distances[-1] // 2


def architecture_of(kind: str, course: Course) -> Architecture:
    """A kind of network, as large as the LSTM of the course."""
    lstm = Architecture(
        cell="lstm",
        layers=1,
        units=course.units,
        dense_units=_WIDTH,
        dense_activation="linear",
        embedding_dim=_WIDTH,
        vocabulary_size=VOCABULARY_SIZE,
        trainable_embeddings=True,
    )
    if kind == "attention":  # over all of a text
        alike = replace(lstm, attention_length=2 * course.pairs + 1)
    else:
        alike = replace(lstm, cell=kind)
    return as_large_as(lstm, alike)


def recall(kind: str, seed: int, course: Course, report: Report) -> dict[str, Any]:
    """Trains one network and asks it.

    Args:
        kind: one of `KINDS`.
        seed: of its first weights and of what it reads.
        course: what is learned.
        report: is called with the steps taken and a remark.

    Returns:
        "kind", "seed", "units", "parameters", "seconds"; "loss" at the end, nats;
        "accuracy", a share for each distance; "gradient_before" and "gradient_after"
        training: for 0, 1, ... steps back, the share of the gradient's norm that is
        left there.
    """
    architecture = architecture_of(kind, course)
    vectors = np.random.default_rng(seed).normal(size=(VOCABULARY_SIZE, _WIDTH))
    vectors[PAD] = 0.0
    with without_chatter():  # TensorFlow talks while it starts
        from app.network.model import build_model, named_weights
        from app.network.steps import Steps

        model = build_model(architecture, vectors.astype(np.float32), seed=seed)
        steps = Steps(model, architecture, _options(seed, course))
    before = _gradients(steps.forward, course)
    began = time.monotonic()
    loss = _learn(steps, course, seed, report)
    seconds = time.monotonic() - began
    network = Network(architecture, named_weights(model))
    return {
        "kind": kind,
        "seed": seed,
        "units": architecture.units,
        "parameters": num_own_parameters(architecture),
        "seconds": seconds,
        "loss": loss,
        "accuracy": [_accuracy(network, it) for it in course.distances],
        "gradient_before": before,
        "gradient_after": _gradients(steps.forward, course),
    }


def _options(seed: int, course: Course) -> FitOptions:
    return FitOptions(
        batch_size=_ROWS,
        window_length=2 * course.pairs + 1,
        learning_rate=_LEARNING_RATE,
        decays=True,
        warm_up=_WARM_UP,
        clip_norm=1.0,
        epochs=1,
        minutes=None,
        patience=1,
        seed=seed,
        sampled_softmax=False,
    )


def _learn(steps: Steps, course: Course, seed: int, report: Report) -> float:
    """Trains; the mean loss of the last tenth of the steps, nats a question."""
    from app.network.batches import Batch
    from app.network.schedule import learning_rate

    generator = np.random.default_rng(seed)
    states = steps.zero_states()
    lengths = np.full(_ROWS, 2 * course.pairs + 1, np.int32)
    losses = []
    for number in range(course.steps):
        inputs, targets = lesson(_ROWS, course.pairs, generator)
        rate = learning_rate(steps.options, number / course.steps)
        loss, _ = steps.train(
            Batch(inputs, targets, lengths), states, number=number, learning_rate=rate
        )
        losses.append(loss / np.count_nonzero(targets))
        report(number + 1, f"loss {losses[-1]:.3f}")
    return float(np.mean(losses[-max(1, course.steps // 10) :]))


def _accuracy(network: Network, distance: int) -> float:
    """The share of questions with the right answer first; the same ones for all."""
    asked, answers = questions(
        distance, _ASKED, _BEFORE, np.random.default_rng(distance)
    )
    states = network.read(network.start(len(asked)), asked)
    guesses = network.log_probabilities(states).argmax(axis=1)
    return float((guesses == answers).mean())


def _gradients(forward: Forward, course: Course) -> list[float]:
    """What is left of the gradient 0, 1, ... steps back: means of logarithms."""
    from app.network.state_gradients import state_gradients

    farthest = course.distances[-1]
    asked, answers = questions(farthest, _GRADIENTS, 0, np.random.default_rng(0))
    begun = np.concatenate([np.full((len(asked), 1), BOS, np.int32), asked], axis=1)
    norms = state_gradients(forward, begun, answers)[:, ::-1][:, :farthest]
    tiny = np.finfo(np.float32).tiny  # where float32 ends
    logs = np.log(np.maximum(norms, tiny))
    return np.exp((logs - logs[:, :1]).mean(axis=0)).tolist()
