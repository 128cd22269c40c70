"""Frozen dataclasses as command lines: a field's name, type, default and help, once."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import field
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def option(default: Any, help: str, **argparse_options: Any) -> Any:
    """A dataclass field that is also a flag; `argparse_options` go to argparse.

    Fields whose default is False become switches; a field with `positional=True`
    becomes a positional argument. `flag` gives a flag another name than its field,
    for words that Python keeps for itself.
    """
    metadata = {"help": help, **argparse_options}
    return field(default=default, metadata=metadata)


def add_flags(parser: argparse.ArgumentParser, settings_class: type) -> None:
    """Adds one flag per field of `settings_class` to `parser`."""
    for spec in dataclasses.fields(settings_class):
        options = {k: v for k, v in spec.metadata.items() if k != "flag"}
        positional = options.pop("positional", False)
        flag = flag_of(spec)
        if positional:
            parser.add_argument(spec.name, **options)
        elif spec.default is False:
            parser.add_argument(flag, dest=spec.name, action="store_true", **options)
        else:
            parser.add_argument(flag, dest=spec.name, default=spec.default, **options)


def flag_of(spec: dataclasses.Field[Any]) -> str:
    """The flag of a field, `--vocabulary-size` of `vocabulary_size`."""
    return str(spec.metadata.get("flag") or "--" + spec.name.replace("_", "-"))


def from_flags(
    settings_class: type[Settings], namespace: argparse.Namespace
) -> Settings:
    """The settings that a parsed command line holds.

    Raises:
        UserError: a value is out of its range, or two contradict each other.
    """
    names = [spec.name for spec in dataclasses.fields(settings_class)]  # type: ignore[arg-type]
    values = {name: getattr(namespace, name) for name in names}
    return settings_class(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    )
