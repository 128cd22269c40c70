"""`python -m app evaluate`: a model against the baselines, or models against models."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from app.errors import UserError
from app.evaluation.comparison import charged, compare
from app.evaluation.measuring import measure, measure_alone
from app.evaluation.metrics import Target
from app.evaluation.report.comparison import comparison_page, comparison_picture
from app.evaluation.report.facts import Facts
from app.evaluation.report.report import report_html
from app.evaluation.subject import Subject
from app.evaluation.table import compared_text, measured_text
from app.files.whole_file import check_place, whole_file
from app.settings import Amounts, EvaluateSettings, check_reading
from app.text.corpus import read_tokens
from app.text.encoding import EncodedText, encode
from app.text.readers import ReadOptions

logger = logging.getLogger(__name__)


class Found(NamedTuple):
    """What was found out, in the three ways in which it can be given.

    Attributes:
        metrics: JSON values.
        shown: lines of text.
        page: HTML, or SVG.
    """

    metrics: dict[str, Any]
    shown: str
    page: str


def evaluate_files(
    subjects: Mapping[str, Subject],
    configs: Mapping[str, Mapping[str, Any]],
    paths: Sequence[str],
    settings: EvaluateSettings,
) -> str:
    """The figures of models on texts, counted as they are given, copies and all.

    Args:
        subjects: by the names that people gave; one is held against the baselines,
            several against the first of them.
        configs: config.json of each.
        paths: files, folders, globs, "-" for standard input.
        settings: how the texts are read, what is measured, how it is given.

    Raises:
        UserError: a path holds no text that can be read; models cut texts in different
            ways, so that they have no tokens in common.
    """
    page = Path(settings.page) if settings.page else None
    if page:
        check_place(page)
    with tempfile.TemporaryDirectory(prefix="nextword-") as folder:
        texts = _read(subjects, paths, settings, Path(folder))
        if len(subjects) == 1:
            ((name, subject),) = subjects.items()
            facts = Facts(configs[name], subject.vocabulary, texts=paths)
            found = _of_one(subject, facts, texts[0], settings)
        else:
            found = _of_several(subjects, texts, settings)
    if page:
        with whole_file(page) as file:
            file.write(found.page.encode())
    return json.dumps(found.metrics, allow_nan=False) if settings.json else found.shown


def _of_one(
    subject: Subject, facts: Facts, text: EncodedText, settings: EvaluateSettings
) -> Found:
    if settings.has_picture:
        raise UserError(
            f"--page {settings.page}: of one model there is a report, FILE.html; the "
            "picture is of several."
        )
    metrics, examples = measure(subject, text, settings.amounts)
    page = report_html(replace(facts, metrics=metrics, examples=examples))
    return Found(metrics, measured_text(metrics, examples), page)


def _of_several(
    subjects: Mapping[str, Subject],
    texts: Sequence[EncodedText],
    settings: EvaluateSettings,
) -> Found:
    metrics = compare_models(subjects, texts, settings.amounts)
    models, comparisons = metrics["models"], metrics["comparisons"]
    page = (
        comparison_picture(models)
        if settings.has_picture
        else comparison_page(models, comparisons)
    )
    return Found(metrics, compared_text(metrics), page)


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
    check_reading(
        settings.format, settings.field, settings.encoding, pretokenized=pretokenized
    )
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
        target = Target.all_of(text, subject.vocabulary)
        figures[name], outcomes = measure_alone(subject, text, target, amounts)
        found[name] = charged(outcomes, target, subject.vocabulary)
    return {
        "models": figures,
        "comparisons": compare(next(iter(found)), found, target),
    }
