"""`python -m app distance` without a model: the generated language is learned."""

from __future__ import annotations

import os
from typing import Any

from app.console import progress_bar
from app.errors import UserError
from app.evaluation.distance.generated import CHANCE, shares_beyond
from app.run.kept import Kept
from app.run.recalling import Course, architecture_of, recall
from app.settings import DistanceSettings


def generated_language(settings: DistanceSettings, kept: Kept) -> dict[str, Any]:
    """What every kind of network remembers, with every seed.

    Args:
        settings: which kinds, how long they learn, what they are asked.
        kept: results of an earlier, interrupted run, and of this one.

    Returns:
        "distances", "chance", "runs": what `recall` gives, one each.

    Raises:
        UserError: a network so small has no equal of another kind.
    """
    course = Course(
        settings.chosen("units"), settings.chosen("steps"), settings.chosen_distances
    )
    for kind in settings.chosen_kinds:
        _check_size(kind, course)
    seeds = range(settings.seed, settings.seed + settings.chosen("seeds"))
    runs = [
        kept.result(f"{kind}-{seed}", lambda: _run(kind, seed, course))  # noqa: B023
        for kind in settings.chosen_kinds
        for seed in seeds
    ]
    return {
        "distances": list(course.distances),
        "chance": CHANCE,
        "steps": course.steps,
        "met_in_training": shares_beyond(course.distances, course.pairs),
        "runs": runs,
    }


def _run(kind: str, seed: int, course: Course) -> dict[str, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with progress_bar(f"{kind}, seed {seed}", course.steps) as bar:
        return recall(kind, seed, course, bar)


def _check_size(kind: str, course: Course) -> None:
    try:
        architecture_of(kind, course)
    except ValueError as error:
        raise UserError(
            f"--units {course.units}: for {kind}, {error}. Give a larger number."
        ) from error
