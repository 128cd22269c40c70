"""Which numbers the flags of `train.py` may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import UserError

if TYPE_CHECKING:
    from app.settings.train import TrainSettings

# Every step of every layer is spelled out in the graph, which takes time and memory.
_MOST_LAYERS = 100


def check_numbers(settings: TrainSettings) -> None:
    """Refuses numbers that are out of their range.

    Raises:
        UserError: says which flag, and what it may be.
    """
    at_least = dict.fromkeys(
        ("layers", "units", "dense_units", "epochs", "patience", "batch_size"), 1
    )
    for name, least in {**at_least, "min_count": 1, "vocabulary_size": 7}.items():
        value = getattr(settings, name)
        if value is not None and value < least:
            raise UserError(f"{_flag(name)} is {value}, but must be {least} or more")
    for name in ("dropout", "recurrent_dropout"):
        value = getattr(settings, name)
        if value is not None and not 0 <= value < 1:
            raise UserError(
                f"{_flag(name)} is {value:g}, but a share to drop is at least 0 "
                "and less than 1"
            )
    for name in ("minutes", "learning_rate"):
        value = getattr(settings, name)
        if value is not None and not 0 < value < float("inf"):
            raise UserError(f"{_flag(name)} is {value:g}, but must be more than 0")
    if settings.layers is not None and settings.layers > _MOST_LAYERS:
        raise UserError(
            f"--layers is {settings.layers}, but at most {_MOST_LAYERS} are built, "
            "and more than 3 hardly ever help"
        )
    if not 0 <= settings.seed < 2**31:
        raise UserError(f"--seed is {settings.seed}, but must be from 0 to 2147483647")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
