"""`python -m app report`: the page about a model, from what lies in its folder."""

from __future__ import annotations

from pathlib import Path

from app.evaluation.report.facts import Facts
from app.evaluation.report.report import report_html
from app.files.results import REPORT, read_results
from app.files.whole_file import check_place, whole_file
from app.files.whole_folder import read_json
from app.model_folder import CONFIG, load_model_folder
from app.text.vocabulary import Vocabulary


def page_of(folder: Path, vocabulary: Vocabulary) -> str:
    """The page about the model whose files lie in `folder`, HTML.

    Args:
        folder: need not have its final name yet.
        vocabulary: of the model.

    Raises:
        UserError: a file of the model is missing or damaged.
    """
    results = read_results(folder)
    facts = Facts(
        config={"name": folder.name, **read_json(folder / CONFIG)},
        vocabulary=vocabulary,
        metrics=results.metrics,
        examples=results.examples,
        history=results.history,
    )
    return report_html(facts)


def write_report(folder: Path, to: Path | None = None) -> Path:
    """Writes the page whole, or leaves the one that is there as it is.

    Args:
        folder: of the model.
        to: the file, in a folder that exists. None: report.html in `folder`.

    Returns:
        The file that was written.

    Raises:
        UserError: a file of the model is missing or damaged, or `to` is no place for
            a file.
        OSError: the page cannot be written.
    """
    target = to or folder / REPORT
    check_place(target)
    model = load_model_folder(folder, verify=False)  # the weights are not looked at
    page = page_of(folder, model.vocabulary)
    with whole_file(target) as file:
        file.write(page.encode())
    return target
