"""Everything that a report shows about one model; any part of it may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.evaluation.contenders import NETWORK_ONLY, TEST
from app.text.vocabulary import Vocabulary

Figures = Mapping[str, Any]  # what `evaluate` gives for one model; see metrics.py


@dataclass(frozen=True)
class Facts:
    """What is known about a model.

    Attributes:
        config: config.json.
        vocabulary: the words it knows.
        metrics: metrics.json; empty where nothing was measured.
        examples: examples.json; empty where the words may not be shown.
        history: a row an epoch.
        texts: paths of what was measured, where that is not its own test part.
    """

    config: Mapping[str, Any]
    vocabulary: Vocabulary
    metrics: Mapping[str, Any] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, float]] = ()
    texts: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.config.get("name") or "model")

    @property
    def contenders(self) -> dict[str, Figures]:
        """Name -> figures of all that were measured on the same tokens, ours first."""
        found = {
            name: self.metrics[name]
            for name in (TEST, NETWORK_ONLY)
            if self.metrics.get(name)
        }
        baselines = self.metrics.get("baselines", {})
        return {**found, **{name: it for name, it in baselines.items() if it}}


def dig(value: Any, *keys: str) -> Any:
    """`value[key][key]...`, or None where a part is missing.

    >>> dig({"test": {"words_only": {"tokens": 3}}}, "test", "words_only", "tokens")
    3
    >>> dig({"test": None}, "test", "words_only") is None
    True
    """
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
