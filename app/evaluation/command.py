"""`python -m app evaluate`: a model, held against the baselines on given texts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from app.console import progress_bar
from app.evaluation.baselines import evaluate_baselines
from app.evaluation.metrics import evaluate
from app.evaluation.table import baselines_table
from app.suggestion.predictor import Predictor
from app.text.corpus import read_documents
from app.text.encoding import encode_documents


def evaluate_files(
    predictor: Predictor, paths: Sequence[str], *, as_json: bool = False
) -> str:
    """The figures of a model on texts, counted as they are given, copies and all.

    Args:
        predictor: what predicts, with the tokenizer and vocabulary of its training.
        paths: files, folders, globs, "-" for standard input.
        as_json: one JSON object, as in metrics.json, instead of a table.

    Raises:
        UserError: a path holds no text that can be read.
    """
    tokenizer, vocabulary = predictor.tokenizer, predictor.vocabulary
    documents = read_documents(paths, pretokenized=tokenizer.pretokenized)
    text = encode_documents(documents, tokenizer, vocabulary)
    with progress_bar("Evaluating", text.num_tokens) as report:
        test = evaluate(predictor.model, vocabulary, text, report=report)
    baselines = evaluate_baselines(vocabulary, text)
    if as_json:
        return json.dumps({"test": test, "baselines": baselines}, allow_nan=False)
    return baselines_table(test, baselines)
