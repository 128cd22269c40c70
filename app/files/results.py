"""What was found out about a model: the files in its folder that prediction ignores.

Each of them may be missing: older programs did not write all of them, and a person may
take away examples.json, which holds words of the text.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.files.whole_folder import damaged, read_json

METRICS = "metrics.json"
EXAMPLES = "examples.json"
HISTORY = "history.csv"
REPORT = "report.html"


class Results(NamedTuple):
    """What the files hold.

    Attributes:
        metrics: numbers, and no word of anybody's text.
        examples: sentences and words of the text.
        history: a row an epoch.
    """

    metrics: Mapping[str, Any]
    examples: Mapping[str, Any]
    history: Sequence[Mapping[str, float]]


def read_results(folder: Path) -> Results:
    """The results in a model's folder; what is missing is empty.

    Raises:
        UserError: naming a file that is damaged.
    """
    metrics, examples = (
        read_json(path) if path.is_file() else {}
        for path in (folder / METRICS, folder / EXAMPLES)
    )
    history = folder / HISTORY
    return Results(metrics, examples, _rows(history) if history.is_file() else ())


def _rows(path: Path) -> list[dict[str, float]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            return [{key: float(it) for key, it in row.items()} for row in rows]
    except (ValueError, TypeError) as error:  # no numbers, not even text, a short row
        raise damaged(path, str(error)) from error
