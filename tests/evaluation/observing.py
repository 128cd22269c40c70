"""One model on one text, as every contender is measured."""

from __future__ import annotations

from typing import Any

from app.evaluation.contenders import DOCUMENTS_AT_ONCE, TEST, Contenders, observe
from app.evaluation.metrics import Target, figures


def evaluate(
    model, vocabulary, text, batch=DOCUMENTS_AT_ONCE, report=None
) -> dict[str, Any]:
    """The figures of `model`, as under "test" in metrics.json."""
    found = observe(Contenders({TEST: model}), vocabulary, text, batch, report)
    return figures(found[TEST], Target.all_of(text, vocabulary), vocabulary)
