"""Tables and figures, as the templates set them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.evaluation.charts.svg import Picture


@dataclass(frozen=True)
class Cell:
    """What stands in a cell of a table, and whether it is the best of its kind."""

    text: str
    is_best: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows.

    Attributes:
        caption: what it shows.
        header: of every column.
        rows: cells; the first one of a row is its name.
        words: numbers of the columns that hold words; the others hold numbers.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: Sequence[int] = ()


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: Sequence[int] = (),
) -> Table:
    """A table of texts, none of which is the best."""
    cells = [[Cell(text) for text in row] for row in rows]
    return Table(caption, header, cells, words)


@dataclass(frozen=True)
class Figure:
    """A picture, drawn for a wide page and for a narrow one, or once for both.

    Attributes:
        picture: for a page that is wide enough.
        numbers: the same as a table.
        caption: what is to be seen, in a sentence or two; may be empty.
        narrow: the same picture for a phone, where the first is too wide for it.
    """

    picture: Picture
    numbers: Table | None = None
    caption: str = ""
    narrow: Picture | None = None


@dataclass(frozen=True)
class Passage:
    """A section of sentences, figures and tables, in this order.

    Attributes:
        sentences: paragraphs.
        points: of a list.
        figures: side by side, as many as have room.
        tables: below them.
        notes: small, at the end.
    """

    sentences: Sequence[str] = ()
    points: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
