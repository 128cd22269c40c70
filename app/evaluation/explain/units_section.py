"""Which unit knows what, as a section of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.evaluation.explain.section import Section
from app.evaluation.explain.units import Place, Units
from app.evaluation.report.blocks import table

_FOUND = "★"


class Known(NamedTuple):
    """A property, the unit that follows it, and where that unit fires."""

    heading: str
    sentence: str
    words: Sequence[tuple[str, int, bool]]


def units_section(units: Units) -> Section:
    """The best unit for each property, and where those that are clear fire."""
    told = (
        "Does any single unit keep track of something simple? For each property the "
        "best unit was chosen on the first half of the text and judged on the second; "
        "what a random unit reaches, and how often chance does as well, stand beside "
        "it."
    )
    header = ["What it tells", "Unit", "Rank correlation", "Area", "Random", "Chance"]
    rows = [
        [
            f"{it.name} {_FOUND if it.is_found else ''}".strip(),
            f"{it.layer} {it.unit}",
            f"{it.correlation:+.2f}",
            "–" if it.area is None else f"{it.area:.2f}",
            f"{it.random_unit:.2f}",
            _chance(it.chance),
        ]
        for it in units.findings
    ]
    caption = (
        f"{units.num_units:,} states asked over {units.num_tokens:,} words and marks; "
        f"{_FOUND} clearly better than chance"
    )
    numbers = table(caption, header, rows) if rows else None
    known = [
        Known(
            f"{it.layer.capitalize()} {it.unit} tells {it.name}",
            f"Rank correlation {it.correlation:+.2f}, of a random unit "
            f"{it.random_unit:.2f}.",
            _fired(place),
        )
        for it, place in zip(units.findings, units.places, strict=True)
        if it.is_found
    ]
    content = {"numbers": numbers, "known": known, "tokens": units.num_tokens}
    return Section("units", "Which unit knows what", told, (), "units", content)


def _chance(chance: float) -> str:
    return f"{chance:.3f}" if chance >= 0.001 else "< 0.001"


def _fired(place: Place) -> list[tuple[str, int, bool]]:
    """Words with how strong the unit is on each, from -5 to 5, and what is true."""
    levels = [round(5 * value) for value in place.values.tolist()]
    return list(zip(place.tokens, levels, place.is_true.tolist(), strict=True))
