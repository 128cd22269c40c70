"""What a section of the page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.evaluation.explain.score import Score
from app.evaluation.report.blocks import Table


class Shown(NamedTuple):
    """A score with its numbers.

    Attributes:
        title: above it; may be empty.
        score: the pictures.
        numbers: a row a word.
        larger: the same with a row a unit, where it is not so already.
        first: the column of the first row of the numbers.
    """

    title: str
    score: Score
    numbers: Table | None
    larger: Score | None = None
    first: int = 0


class Section(NamedTuple):
    """A section of the page.

    Attributes:
        key: its place in addresses.
        title: its heading.
        told: what is to be seen, in plain words.
        shown: the scores.
        template: a file in templates/explain/, for what comes above the scores.
        content: for the template.
    """

    key: str
    title: str
    told: str
    shown: Sequence[Shown] = ()
    template: str = ""
    content: Any = None
