"""Whoever reads towards a prediction: one reader, or one from each side of a blank.

    BOS the clouds are on the -> ?           one side
    BOS the clouds -> ? <- on the sky        two sides, the right one reads backwards

Each side is a reader, the states it began with, the tokens it read, and everything it
did on the way. What both show last goes to one head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.language.layers import Head, Reader
from app.language.trace import Trace, trace


@dataclass(frozen=True, eq=False)
class Side:
    """A reader and what it read.

    Attributes:
        name: what people call it; empty where there is but one.
        reader: the layers.
        before: its states before the first token.
        token_ids: int32 [steps], in the order of reading.
        columns: int64 [steps], where in the text each stands.
        read: what happened.
        after: its states at the end.
    """

    name: str
    reader: Reader
    before: tuple[Any, ...]
    token_ids: np.ndarray
    columns: np.ndarray
    read: Trace
    after: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        name: str,
        reader: Reader,
        before: tuple[Any, ...],
        token_ids: np.ndarray,
        columns: np.ndarray,
    ) -> Side:
        """The side that reads these tokens, at least one."""
        read, after = trace(reader, before, token_ids)
        return cls(name, reader, before, token_ids, columns, read, after)

    @property
    def output(self) -> np.ndarray:
        """What it shows at the end, float32 [units]."""
        return self.reader.output(self.after)[0]

    def outputs_of(self, token_ids: np.ndarray) -> np.ndarray:
        """What it would show after other tokens, int32 [rows, steps]: [rows, units]."""
        states, _ = self.reader.run(self.before, token_ids)
        return self.reader.output(states)


@dataclass(frozen=True, eq=False)
class Sides:
    """All sides of a prediction, and the head that makes it.

    Attributes:
        sides: one or two.
        head: reads what they show, one beside the other.
    """

    sides: tuple[Side, ...]
    head: Head

    def log_probabilities(self, shown: list[np.ndarray]) -> np.ndarray:
        """Of every token, from what each side shows, float32 [rows, units] each."""
        return self.head.log_probabilities(self.head.hidden(np.concatenate(shown, 1)))
