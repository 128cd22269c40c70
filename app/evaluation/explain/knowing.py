"""Which unit knows what: units whose state follows a property of the text.

States and properties enter; for each property the unit that follows it best leaves,
with how well, how well a unit taken at random does, and how likely chance would do the
same. What keeps it honest:

- The unit is chosen on the first half of the text and judged on the second: among 256
  units one always fits well by luck where it was chosen.
- Chance is the same unit against the same property, shifted along the text by every
  possible distance (all at once, by a Fourier transform): neighbours in a text are
  alike, so that shuffling single words would call everything significant.
- It counts as found where chance does as well less than once in twenty over all the
  properties asked about (Bonferroni), and a random unit clearly does worse.

Strength is Spearman's rank correlation, and for a property that is true or false the
area under the ROC curve too: how often the unit is higher on a word for which it is
true than on one for which it is not.

Source: Karpathy, Johnson and Fei-Fei 2015, Visualizing and understanding recurrent
networks (cells for quotes and line length); Phipson and Smyth 2010 (p-values of
permutations are never 0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from app.evaluation.explain.properties import Property
from app.evaluation.explain.ranking import standard_ranks

FEWEST_TOKENS = 200  # a half of less has too few sentences to say anything
FEWEST_TRUE = 5  # words in either half for which a property is true, and is not

_LIKELY_BY_CHANCE = 0.05
_CLOSEST_SHIFT = 10  # a text shifted by less is nearly the same text
_CLEARLY_BETTER = 0.1  # in rank correlation, than a unit taken at random


class Finding(NamedTuple):
    """The unit that follows a property best, and whether that means anything.

    Attributes:
        name: of the property.
        layer: what the unit belongs to.
        unit: its number.
        correlation: rank correlation on the second half, negative where it falls as
            the property rises.
        area: under the ROC curve, counted so that 1 is best, 0.5 chance; None where
            the property is no yes or no.
        random_unit: what the median unit reaches on the second half, in size.
        chance: how often a shifted text does as well.
        is_found: see above.
        values: of the unit over the second half, float32 [tokens].
        property_values: of the property over it, float64 [tokens].
    """

    name: str
    layer: str
    unit: int
    correlation: float
    area: float | None
    random_unit: float
    chance: float
    is_found: bool
    values: np.ndarray
    property_values: np.ndarray


def find_units(
    states: Mapping[str, np.ndarray], properties: Sequence[Property]
) -> list[Finding]:
    """The best unit for every property, the clearest first.

    Args:
        states: of each layer, float32 [tokens, units].
        properties: of the same tokens; those that are hardly ever true, or hardly
            ever false, are left out.
    """
    joined = np.concatenate(list(states.values()), axis=1)
    owners = [
        (name, unit) for name, it in states.items() for unit in range(it.shape[1])
    ]
    half = len(joined) // 2
    asked = [it for it in properties if _can_be_judged(it, half)]
    first, second = (_standard_columns(it) for it in (joined[:half], joined[half:]))
    found = []
    for it in asked:
        there, here = standard_ranks(it.values[:half]), standard_ranks(it.values[half:])
        if there is None or here is None:
            continue
        best = int(np.argmax(np.abs(there @ first)))
        everybody = np.abs(here @ second)
        correlation = float(here @ second[:, best])
        chance = _chance(here, second[:, best])
        usual = float(np.median(everybody))
        is_found = chance * len(asked) <= _LIKELY_BY_CHANCE
        is_found &= abs(correlation) >= usual + _CLEARLY_BETTER
        area = _area(correlation, it.values[half:]) if it.is_yes_or_no else None
        finding = Finding(
            it.name,
            *owners[best],
            correlation,
            area,
            usual,
            chance,
            bool(is_found),
            joined[half:, best],
            it.values[half:],
        )
        found.append(finding)
    return sorted(found, key=lambda it: (not it.is_found, -abs(it.correlation)))


def _can_be_judged(one: Property, half: int) -> bool:
    if not one.is_yes_or_no:
        return True
    halves = one.values[:half], one.values[half:]
    return all(min(it.sum(), len(it) - it.sum()) >= FEWEST_TRUE for it in halves)


def _standard_columns(values: np.ndarray) -> np.ndarray:
    """Ranks of each column with mean 0 and length 1; of a constant one zeros."""
    columns = [standard_ranks(column) for column in values.T]
    zeros = np.zeros(len(values))
    return np.stack([zeros if it is None else it for it in columns], axis=1)


def _chance(of_property: np.ndarray, of_unit: np.ndarray) -> float:
    """How often the text shifted against itself is followed as well.

    Both are standard ranks; all shifts but the closest ones are tried.
    """
    spectrum = np.fft.rfft(of_property) * np.conj(np.fft.rfft(of_unit))
    shifted = np.abs(np.fft.irfft(spectrum, len(of_property)))
    tried = shifted[_CLOSEST_SHIFT : len(shifted) - _CLOSEST_SHIFT + 1]
    as_good = np.count_nonzero(tried >= shifted[0] - 1e-9)
    return (1 + as_good) / (1 + len(tried))


def _area(correlation: float, truths: np.ndarray) -> float:
    """The area under the ROC curve, from the rank correlation with truths.

    Both come from the same rank sum (Mann and Whitney): the correlation is that sum,
    centred, over the lengths of both rows of ranks; without ties in the unit's values
    area - 1/2 = correlation * sqrt((n^2 - 1) / (12 * true * false)).
    """
    n, true = len(truths), float(truths.sum())
    return min(
        1.0,
        0.5 + abs(correlation) * float(np.sqrt((n * n - 1) / (12 * true * (n - true)))),
    )
