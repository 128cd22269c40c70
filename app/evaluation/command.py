"""`python -m app evaluate`: a model, held against the baselines on given texts."""

from __future__ import annotations

import json
import logging
import sys

from app.console import progress_bar
from app.errors import UserError
from app.evaluation.baselines import evaluate_baselines
from app.evaluation.metrics import evaluate
from app.evaluation.table import baselines_table
from app.language.network import Network
from app.model_folder import find_model, load_model_folder
from app.settings import EvaluateSettings, check_reading
from app.text.corpus import Document, read_documents
from app.text.duplicates import without_copies
from app.text.encoding import encode_documents

logger = logging.getLogger(__name__)


def evaluate_command(settings: EvaluateSettings) -> None:
    """Measures a model on the texts of `settings`; prints a table or JSON to stdout.

    Raises:
        UserError: no such model, or no text that can be read.
    """
    folder = load_model_folder(find_model(settings.model))
    try:
        model = Network(folder.architecture, folder.weights)
    except ValueError as error:
        raise UserError(f"{folder.path} is damaged: {error}.") from error
    pretokenized = folder.tokenizer.pretokenized
    check_reading(settings.format, settings.field, pretokenized=pretokenized)
    documents = list(
        read_documents(
            settings.paths,
            pretokenized=pretokenized,
            file_format=settings.format,
            field=settings.field,
        )
    )
    if not settings.keep_duplicates:
        documents = _once_each(documents)
    text = encode_documents(documents, folder.tokenizer, folder.vocabulary)
    with progress_bar(f"Evaluating {folder.path.name}", text.num_tokens) as report:
        test = evaluate(model, folder.vocabulary, text, report=report)
    baselines = evaluate_baselines(folder.vocabulary, text)
    if settings.json:
        shown = json.dumps({"test": test, "baselines": baselines}, allow_nan=False)
    else:
        shown = baselines_table(test, baselines)
    sys.stdout.write(shown + "\n")


def _once_each(documents: list[Document]) -> list[Document]:
    """The documents without copies of each other; says how many are left out."""
    different = without_copies(documents)
    if len(different) < len(documents):
        logger.info(
            "%d of %d documents repeat another one and are left out "
            "(--keep-duplicates counts them).",
            len(documents) - len(different),
            len(documents),
        )
    return different
