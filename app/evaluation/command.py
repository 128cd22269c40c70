"""`python -m app evaluate`: a model against the baselines, or models against models."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.evaluation.comparison import charged, compare
from app.evaluation.measuring import measure, measure_alone
from app.evaluation.metrics import Target
from app.evaluation.subject import Subject
from app.evaluation.table import compared_text, measured_text
from app.settings import Amounts, EvaluateSettings, check_reading
from app.text.corpus import read_tokens
from app.text.encoding import EncodedText, encode
from app.text.readers import ReadOptions

logger = logging.getLogger(__name__)


def evaluate_files(
    subjects: Mapping[str, Subject], paths: Sequence[str], settings: EvaluateSettings
) -> str:
    """The figures of models on texts, counted as they are given, copies and all.

    Args:
        subjects: by the names that people gave; one is held against the baselines,
            several against the first of them.
        paths: files, folders, globs, "-" for standard input.
        settings: how the texts are read, what is measured, what is printed.

    Raises:
        UserError: a path holds no text that can be read; models cut texts in different
            ways, so that they have no tokens in common.
    """
    with tempfile.TemporaryDirectory(prefix="nextword-") as folder:
        texts = _read(subjects, paths, settings, Path(folder))
        if len(subjects) == 1:
            (subject,), (text,) = subjects.values(), texts
            metrics = measure(subject, text, settings.amounts)
            shown = measured_text(metrics)
        else:
            metrics = compare_models(subjects, texts, settings.amounts)
            shown = compared_text(metrics)
    return json.dumps(metrics, allow_nan=False) if settings.json else shown


def _read(
    subjects: Mapping[str, Subject],
    paths: Sequence[str],
    settings: EvaluateSettings,
    folder: Path,
) -> list[EncodedText]:
    """The texts in the ids of each model; they are read and cut once."""
    (pretokenized, *others) = {it.vocabulary.pretokenized for it in subjects.values()}
    if others:
        raise UserError(
            "These models cannot be compared: some were trained with --pretokenized "
            "and some were not, so they do not predict the same tokens."
        )
    reading = settings.format, settings.field, settings.encoding
    check_reading(*reading, pretokenized=pretokenized)
    options = ReadOptions(
        settings.format, settings.field, pretokenized, settings.encoding
    )
    part = read_tokens(paths, options).all()
    return [
        encode(part, subject.vocabulary, folder, f"text{number}", keep_written=True)
        for number, subject in enumerate(subjects.values())
    ]


def compare_models(
    subjects: Mapping[str, Subject], texts: Sequence[EncodedText], amounts: Amounts
) -> dict[str, Any]:
    """Models on the same text, each in its own ids.

    Args:
        subjects: by name, at least two; the first is what the others are held against.
        texts: the same one in the ids of each.
        amounts: of what takes long.

    Returns:
        "models": name -> figures as under "test" in metrics.json; "comparisons" of the
        first with each of the others, unknown words charged.
    """
    figures, found = {}, {}
    for (name, subject), text in zip(subjects.items(), texts, strict=True):
        logger.info("%s:", name)
        figures[name], outcomes = measure_alone(subject, text, amounts)
        target = Target.all_of(text, subject.vocabulary)
        found[name] = charged(outcomes, target, subject.vocabulary)
    return {
        "models": figures,
        "comparisons": compare(next(iter(found)), found, target),
    }
