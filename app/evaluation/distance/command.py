"""`python -m app distance MODEL PATH`: what distant words are worth to a model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from app.console import progress_bar
from app.evaluation.distance.context import context_costs, words_to_read
from app.evaluation.subject import Subject
from app.settings import DistanceSettings, check_reading
from app.text.corpus import read_tokens
from app.text.encoding import encode
from app.text.readers import ReadOptions


def text_costs(subject: Subject, settings: DistanceSettings) -> dict[str, Any]:
    """What `context_costs` gives for a model on the texts of the settings.

    Raises:
        UserError: a path holds no text that can be read, or none is long enough.
    """
    vocabulary = subject.vocabulary
    pretokenized = vocabulary.pretokenized
    check_reading(
        settings.format, settings.field, settings.encoding, pretokenized=pretokenized
    )
    options = ReadOptions(
        settings.format, settings.field, pretokenized, settings.encoding
    )
    distances, context = settings.chosen_distances, settings.chosen_context
    targets = settings.chosen("targets")
    with tempfile.TemporaryDirectory(prefix="nextword-") as folder:
        part = read_tokens(settings.paths, options).all()
        text = encode(part, vocabulary, Path(folder), "text")
        total = words_to_read(distances, context, targets)
        with progress_bar("Reading", total) as bar:
            return context_costs(
                subject.predictor.model,
                vocabulary,
                text,
                distances,
                context=context,
                targets=targets,
                seed=settings.seed,
                report=bar,
            )
