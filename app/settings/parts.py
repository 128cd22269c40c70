"""Which parts of a model answer: the settings that commands which predict share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from app.settings.flags import option


@dataclass(frozen=True)
class Parts:
    """What answers together with the network, where the model has it.

    Attributes:
        ngrams: the counts of the training text.
        cache: what stood in the text at hand.
        two_sided: the network for blanks.
    """

    ngrams: bool = True
    cache: bool = True
    two_sided: bool = True

    @classmethod
    def of(cls, settings: LeavesOut) -> Parts:
        """All but those that a command leaves out."""
        return cls(
            ngrams=not (settings.network_only or settings.no_ngrams),
            cache=not (settings.network_only or settings.no_cache),
            two_sided=not settings.network_only,
        )


class LeavesOut(Protocol):
    """The settings of a command that predicts."""

    @property
    def network_only(self) -> bool:
        """Leaves out everything else."""
        ...

    @property
    def no_ngrams(self) -> bool:
        """Leaves out the n-grams."""
        ...

    @property
    def no_cache(self) -> bool:
        """Leaves out the cache."""
        ...


def network_only_option() -> Any:
    """The field `network_only` of a command's settings."""
    return option(False, "let the network answer alone, as the exported model does")


def no_ngrams_option() -> Any:
    """The field `no_ngrams` of a command that predicts."""
    return option(False, "leave out the n-grams of the training text")


def no_cache_option() -> Any:
    """The field `no_cache` of a command's settings."""
    return option(False, "do not look back at what the text at hand said before")
