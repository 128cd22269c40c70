"""`python -m app report`: the page about a model, from what lies in its folder."""

from __future__ import annotations

from pathlib import Path

from app.evaluation.report.facts import Facts
from app.evaluation.report.report import report_html
from app.files.results import REPORT, read_results
from app.files.whole_file import whole_file
from app.model_folder import load_model_folder


def write_report(folder: Path, to: Path | None = None) -> Path:
    """Writes the page whole, or leaves the one that is there as it is.

    Args:
        folder: of the model.
        to: the file; its folder must exist. None: report.html in `folder`.

    Returns:
        The file that was written.

    Raises:
        UserError: a file of the model is missing or damaged.
        OSError: the page cannot be written.
    """
    model = load_model_folder(folder, verify=False)  # the weights are not looked at
    results = read_results(folder)
    page = report_html(
        Facts(
            config={"name": folder.name, **model.config},
            vocabulary=model.vocabulary,
            metrics=results.metrics,
            examples=results.examples,
            history=results.history,
        )
    )
    target = to or folder / REPORT
    with whole_file(target) as file:
        file.write(page.encode())
    return target
