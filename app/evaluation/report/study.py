"""An experiment as a folder: its page, its pictures, its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.evaluation.report.blocks import Cell, Passage, Table
from app.evaluation.report.page import render
from app.evaluation.table import align
from app.files.whole_file import whole_file
from app.files.whole_folder import write_json


@dataclass(frozen=True)
class Study:
    """What was found out, in the ways in which it can be given.

    Attributes:
        name: of the files, and of the command that made it.
        heading: of the page.
        lead: below it, in a sentence.
        sections: by their headings.
        shown: lines of text for a terminal.
        figures: JSON values.
    """

    name: str
    heading: str
    lead: str
    sections: Mapping[str, Passage]
    shown: str
    figures: Mapping[str, Any]

    def page(self) -> str:
        """HTML, complete in itself."""
        return render(
            "study.html",
            title=self.heading,
            heading=self.heading,
            lead=self.lead,
            sections=self.sections,
            command=f"python -m app {self.name}",
        )

    def write(self, folder: Path) -> Path:
        """Writes NAME.html, NAME.json and a picture for each figure into `folder`.

        Returns:
            The page.

        Raises:
            OSError: the disk refuses.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / f"{self.name}.json", self.figures)
        for section in self.sections.values():
            for figure in section.figures:
                picture = figure.picture
                with whole_file(folder / f"{picture.name}.svg") as file:
                    file.write(picture.document().encode())
        page = folder / f"{self.name}.html"
        with whole_file(page) as file:
            file.write(self.page().encode())
        return page


def shown(tables: Sequence[Table]) -> str:
    """Tables one below the other, for a terminal; the best of a column is starred."""
    return "\n\n".join(
        "\n".join(
            [
                it.caption,
                *align(
                    [list(it.header), *([_cell(c) for c in row] for row in it.rows)]
                ),
            ]
        )
        for it in tables
    )


def _cell(cell: Cell) -> str:
    return cell.text + ("*" if cell.is_best else "")
