"""`python -m app evaluate`: a model, held against the baselines on given texts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.evaluation.baselines import evaluate_all
from app.evaluation.table import baselines_table
from app.language.ngram import NGramModel
from app.settings import check_reading
from app.suggestion.predictor import Predictor
from app.text.corpus import read_tokens
from app.text.encoding import encode
from app.text.readers import ReadOptions


def evaluate_files(
    predictor: Predictor,
    paths: Sequence[str],
    *,
    file_format: str = "auto",
    field: str | None = None,
    encoding: str | None = None,
    as_json: bool = False,
    ngrams: NGramModel | None = None,
) -> str:
    """The figures of a model on texts, counted as they are given, copies and all.

    Args:
        predictor: what predicts, with the tokenizer and vocabulary of its training.
        paths: files, folders, globs, "-" for standard input.
        file_format: see `ReadOptions`.
        field: see `ReadOptions`.
        encoding: see `ReadOptions`.
        as_json: one JSON object, as in metrics.json, instead of a table.
        ngrams: the n-gram model of the same training text, where there is one.

    Raises:
        UserError: a path holds no text that can be read.
    """
    vocabulary, pretokenized = predictor.vocabulary, predictor.tokenizer.pretokenized
    check_reading(file_format, field, encoding, pretokenized=pretokenized)
    options = ReadOptions(file_format, field, pretokenized, encoding)
    with tempfile.TemporaryDirectory(prefix="nextword-") as folder:
        tokens = read_tokens(paths, options)
        text = encode(tokens.all(), vocabulary, Path(folder), "test")
        figures = evaluate_all(predictor.model, vocabulary, text, ngrams)
    if as_json:
        return json.dumps(figures, allow_nan=False)
    return baselines_table(figures)
