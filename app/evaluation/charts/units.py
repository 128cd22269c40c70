"""How values are written: in a table or beside a bar, and shorter on an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_PER_CENT = "\N{NO-BREAK SPACE}%"
MISSING = "–"  # what was not measured, or is infinite


class Unit(NamedTuple):
    """What a number counts.

    Attributes:
        write: a value as text, with what follows it.
        sign: what follows it.
        mark: a round value as the text of a mark on an axis.
    """

    write: Callable[[float], str]
    mark: Callable[[float], str]
    sign: str = ""

    def show(self, value: float | None) -> str:
        """A value as text, or a dash where there is none."""
        return MISSING if value is None else self.write(value)

    def with_error(self, value: float | None, error: float | None) -> str:
        """A value with its standard error."""
        if value is None or error is None:
            return self.show(value)
        bare = self.write(value).removesuffix(self.sign)
        return f"{bare}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{self.write(error)}"


def _share(value: float) -> str:
    return f"{100 * value:.1f}{_PER_CENT}"


def _probability(value: float) -> str:
    """Two figures of what is nearly nothing, too: how nearly is worth knowing."""
    return _share(value) if value >= 0.01 else f"{100 * value:.2g}{_PER_CENT}"


def _perplexity(value: float) -> str:
    return f"{value:,.1f}" if value < 9999.5 else f"{value:,.0f}"


SHARE = Unit(_share, lambda value: f"{100 * value:.3g}{_PER_CENT}", _PER_CENT)
PROBABILITY = Unit(_probability, SHARE.mark, _PER_CENT)
PERPLEXITY = Unit(_perplexity, lambda value: f"{value:,.10g}")
NATS = Unit(lambda value: f"{value:.3f}", lambda value: f"{value:.3g}")
RANK = Unit(lambda value: f"{value:.3f}", lambda value: f"{value:.3g}")
SECONDS = Unit(lambda value: f"{value:.2f} s", lambda value: f"{value:.3g} s")
MILLISECONDS = Unit(lambda value: f"{value:.2f} ms", lambda value: f"{value:.3g} ms")
COUNT = Unit(lambda value: f"{value:,.0f}", lambda value: f"{value:,.0f}")
