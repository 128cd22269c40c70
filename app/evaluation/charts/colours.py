"""What charts and pages are painted with, on light and on dark paper: its only home.

Contrasts were computed (WCAG 2.2): text reaches 4.5 to 1 on `paper` and on `raised`,
lines and marks that carry meaning reach 3 to 1. Colours are told apart by lightness
too, for those who see no hues and for a printer without ink of any colour.
"""

from __future__ import annotations

import re
from typing import Literal

Scheme = Literal["light", "dark"]
"""What the paper is like."""

# name -> on light paper, on dark paper
COLOURS = {
    "paper": ("#fdfdfb", "#14171c"),
    "raised": ("#f3f3ee", "#1e232a"),
    "ink": ("#1b1f24", "#e9ebee"),
    "muted": ("#555d68", "#a9b2be"),
    "line": ("#d9d9d1", "#363d47"),
    "edge": ("#868c94", "#7d8793"),
    "ours": ("#1a5fb4", "#7ab2f9"),
    "ours-soft": ("#a9c8ec", "#2f5788"),
    "other": ("#757c86", "#9aa4b1"),
    "rival": ("#a3480b", "#f2a55d"),
    "good": ("#186a3b", "#78cf9a"),
    # How surprising a word was, from hardly to very: paper under ink.
    "surprise-1": ("#fbf0d5", "#2b2820"),
    "surprise-2": ("#f9dfae", "#40341d"),
    "surprise-3": ("#f6c58a", "#5a3c1a"),
    "surprise-4": ("#f0a679", "#77401f"),
    "surprise-5": ("#e88a75", "#8f3d2e"),
}

# How the parts of every chart look. The names stand for the colours above.
CHART_STYLE = """\
text { font: 13px system-ui, "Segoe UI", Roboto, Helvetica, Arial, "DejaVu Sans",
  "Liberation Sans", "Noto Sans", sans-serif;
  fill: var(--muted); font-variant-numeric: tabular-nums }
.title { font-size: 17px; font-weight: 600; fill: var(--ink) }
.name, .value { fill: var(--ink); stroke: var(--paper);
  stroke-width: 5px; stroke-linejoin: round; paint-order: stroke }
.note { font-size: 12px; fill: var(--muted) }
.value { font-weight: 600 }
.up, .value { text-anchor: end } .across { text-anchor: middle }
.grid { stroke: var(--line) } .axis { stroke: var(--edge) }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
.ours { fill: var(--ours); stroke: none } .soft { fill: var(--ours-soft) }
.other { fill: var(--other) }
.whisker { stroke: var(--ink); stroke-width: 1.5; fill: none }
.mark { stroke: var(--rival); stroke-width: 3 } .roof { stroke: var(--ink);
  stroke-width: 2; stroke-dasharray: 2 2 }
.best { fill: var(--ours); stroke: var(--paper); stroke-width: 2 }
.curve.training { stroke: var(--other) } .curve.validation { stroke: var(--ours) }
.curve.rate, .curve.rival { stroke: var(--rival) } .curve.ours { fill: none;
  stroke: var(--ours) }
.curve.other, .curve.good, .curve.rival, .curve.ink { fill: none }
.curve.other { stroke: var(--other) } .curve.good { stroke: var(--good) }
.curve.ink { stroke: var(--ink) } .rival { fill: var(--rival) }
.good { fill: var(--good) }
.ring { fill: var(--paper); stroke: var(--ink); stroke-width: 2 }
.paper { fill: var(--paper) }
.head { fill: var(--ink) } .frame { stroke: var(--line); fill: none }
.against { fill: var(--rival) }
.band { stroke: var(--paper); stroke-width: 0.5; stroke-linejoin: round }
.band-0 { fill: var(--ours) } .band-1 { fill: var(--ours-soft) }
.band-2 { fill: var(--other) }
.carried { fill: var(--ink); font-size: 12px }
"""


def page_colours() -> str:
    """A rule of CSS that declares them, for a page that follows `color-scheme`."""
    declared = (
        f"  --{name}: light-dark({light}, {dark});\n"
        for name, (light, dark) in COLOURS.items()
    )
    return f":root {{\n{''.join(declared)}}}\n"


def picture_style(scheme: Scheme | None = None) -> str:
    """The style of a picture that stands alone.

    Colours stand in it as numbers: many programs that show SVG know no variables.

    Args:
        scheme: its paper; None: light, and dark where the reader prefers it.
    """
    light, dark = (_painted(CHART_STYLE, place) for place in (0, 1))
    if scheme is not None:
        return light if scheme == "light" else dark
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _painted(style: str, place: int) -> str:
    return re.sub(r"var\(--([\w-]+)\)", lambda it: COLOURS[it[1]][place], style)
