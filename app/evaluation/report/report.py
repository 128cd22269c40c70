"""report.html: all that is known about a model, section by section, in one file.

Facts enter, a page leaves. A section whose figures were not measured is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.evaluation.charts.learning_curve import best_epoch, learning_curve
from app.evaluation.charts.svg import NARROW, WIDE
from app.evaluation.charts.units import PERPLEXITY, SHARE
from app.evaluation.report import examples
from app.evaluation.report.answer import answer
from app.evaluation.report.blanks import blanks
from app.evaluation.report.blocks import Figure, Passage, Table, table
from app.evaluation.report.confidence import confidence
from app.evaluation.report.contenders import contenders
from app.evaluation.report.facts import Facts
from app.evaluation.report.keystrokes import keystrokes
from app.evaluation.report.page import render
from app.evaluation.report.provenance import lead, provenance, reproduction
from app.evaluation.report.strata import strata

Content = Mapping[str, Any] | Passage


class Section(NamedTuple):
    """A section of the page.

    Attributes:
        key: its place in addresses.
        title: its heading.
        template: in templates/.
        content: what the template shows.
    """

    key: str
    title: str
    template: str
    content: Content


# key, heading, template, what makes the content
_SECTIONS: tuple[tuple[str, str, str, Callable[[Facts], Content | None]], ...] = (
    ("answer", "In short", "answer", answer),
    ("training", "What was trained on what", "provenance", provenance),
    ("learning", "How it learned", "figures", lambda facts: _learning(facts)),
    ("contenders", "Against the others", "figures", contenders),
    ("strata", "Where it is good, and where not", "figures", strata),
    ("confidence", "Can it be believed?", "figures", confidence),
    ("keystrokes", "What it saves who types", "figures", keystrokes),
    ("blanks", "Filling in blanks", "figures", blanks),
    ("sentences", "Sentences, word by word", "sentences", examples.sentences),
    ("missed", "Words most often missed", "figures", examples.missed_words),
    ("neighbours", "Words it takes for alike", "neighbours", examples.neighbours),
    ("again", "Do it again", "reproduction", reproduction),
    ("glossary", "What the words mean", "glossary", lambda _: {}),
)


def report_html(facts: Facts) -> str:
    """The page about a model, complete in itself."""
    sections = []
    for key, title, template, make in _SECTIONS:
        content = make(facts)
        if content is not None:
            section = Section(key, title, f"sections/{template}.html", content)
            sections.append(section)
    return render(
        "report.html",
        title=f"{facts.name}: report",
        name=facts.name,
        lead=lead(facts),
        sections=sections,
    )


def _learning(facts: Facts) -> Passage | None:
    """The content of the section with the learning curve."""
    if not facts.history:
        return None
    wide, narrow = (learning_curve(facts.history, width) for width in (WIDE, NARROW))
    caption = f"{best_epoch(facts.history)}: these weights were kept."
    figure = Figure(wide, _epochs(facts), caption, narrow)
    return Passage(figures=[figure])


def _epochs(facts: Facts) -> Table:
    header = [
        "Epoch",
        "Validation perplexity",
        "Right first",
        "Learning rate",
        "Minutes",
    ]
    rows = [
        [
            f"{row['epoch']:.0f}",
            PERPLEXITY.show(row["validation_perplexity"]),
            SHARE.show(row.get("validation_top_1_accuracy")),
            f"{row['learning_rate']:.2g}",
            f"{row['seconds'] / 60:.1f}",
        ]
        for row in facts.history
    ]
    return table("The run, epoch by epoch", header, rows)
