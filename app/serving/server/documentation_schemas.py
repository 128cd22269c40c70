"""JSON Schema in words: what a field may be, whether it must be given, an example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

Schema = dict[str, Any]

# What stands in examples for a text, where a schema has none of its own.
_TEXT = "The clouds are on the"

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}
_BOUNDS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "up to",
    "exclusiveMaximum": "below",
}


class Entry(NamedTuple):
    """A field of a request or an answer.

    Attributes:
        name: with that of the objects around it: "blanks[].suggestions".
        kind: what it may be.
        given: whether it must be given, or what stands for it otherwise.
        told: what it is for.
    """

    name: str
    kind: str
    given: str
    told: str


class Schemas:
    """Schemas that refer to each other.

    Args:
        named: what they refer to, by the last part of the reference.
    """

    def __init__(self, named: dict[str, Schema]) -> None:
        self._named = named

    def alternatives(self, schema: Schema) -> list[Schema]:
        """What a value may be, each without `anyOf`, `oneOf` or a reference at top."""
        while "$ref" in schema:
            schema = self._named[schema["$ref"].rpartition("/")[2]]
        several = schema.get("anyOf") or schema.get("oneOf")
        if several is None:
            return [schema]
        return [it for one in several for it in self.alternatives(one)]

    def asked(self, schema: Schema) -> list[Entry]:
        """The fields of an object that is sent, those that must be given first."""
        fields, required = schema.get("properties", {}), schema.get("required", ())
        return [
            self._entry(name, fields[name])._replace(
                given=_given(fields[name], name in required)
            )
            for name in sorted(fields, key=lambda name: name not in required)
        ]

    def answered(self, schema: Schema) -> list[Entry]:
        """The fields of an object that comes back, and of the objects in it."""
        found = list(self._deep(schema, ""))
        return list(dict.fromkeys(found))  # alternatives may have the same

    def _deep(self, schema: Schema, prefix: str) -> Iterator[Entry]:
        for name, field in schema.get("properties", {}).items():
            yield self._entry(f"{prefix}{name}", field)
            for one in self.alternatives(field):
                if one.get("type") == "array":
                    for item in self.alternatives(one.get("items", {})):
                        yield from self._deep(item, f"{prefix}{name}[].")
                else:
                    yield from self._deep(one, f"{prefix}{name}.")

    def _entry(self, name: str, field: Schema) -> Entry:
        return Entry(name, self.kind(field), "", field.get("description", ""))

    def kind(self, schema: Schema, *, several: bool = False) -> str:
        """What a value, or several of them, may be, in words.

        >>> Schemas({}).kind({"type": "integer", "minimum": 1, "maximum": 50})
        'whole number from 1 to 50'
        >>> Schemas({}).kind({"anyOf": [{"type": "string"}, {"type": "null"}]})
        'text or null'
        """
        kinds = [self._one_kind(it) for it in self.alternatives(schema)]
        return " or ".join(dict.fromkeys(map(_plural, kinds) if several else kinds))

    def _one_kind(self, schema: Schema) -> str:
        if "enum" in schema:
            *others, last = map(json.dumps, schema["enum"])
            return f"{', '.join(others)} or {last}" if others else last
        if "const" in schema:
            return json.dumps(schema["const"])
        kind = schema.get("type")
        if kind == "array":
            return f"list of {self.kind(schema.get('items', {}), several=True)}"
        if kind == "object":
            values = schema.get("additionalProperties")
            if isinstance(values, dict) and values:
                return f"object of {self.kind(values, several=True)} by name"
            return "object"
        return f"{_TYPES.get(kind or '', 'anything')}{_bounds(schema)}"

    def example(self, schema: Schema) -> Any:
        """A value of a schema: its own example, or as little as it must have."""
        schema = self.alternatives(schema)[0]
        if "examples" in schema:
            return schema["examples"][0]
        if schema.get("type") == "object":
            fields = schema.get("properties", {})
            return {it: self.example(fields[it]) for it in schema.get("required", ())}
        if schema.get("type") == "array":
            return [self.example(schema["items"])]
        return _TEXT


def _plural(kind: str) -> str:
    """The first noun of it is the one that there are several of.

    >>> _plural("whole number from 1 to 5"), _plural("list of texts"), _plural("null")
    ('whole numbers from 1 to 5', 'lists of texts', 'null')
    """
    for noun in ("text", "number", "object", "list"):
        if noun in kind.split(" of ")[0]:
            return kind.replace(noun, f"{noun}s", 1)
    return kind


def _given(field: Schema, is_required: bool) -> str:
    if is_required:
        return "required"
    if field.get("default") is None:
        return "optional"
    return f"{json.dumps(field['default'])} if not given"


def _bounds(schema: Schema) -> str:
    """How large a number may be."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {_number(least)} to {_number(most)}"
    told = [
        f"{it} {_number(schema[key])}" for key, it in _BOUNDS.items() if key in schema
    ]
    return f" {' and '.join(told)}" if told else ""


def _number(value: float) -> str:
    """As people write it.

    >>> _number(0.1), _number(50.0), _number(2.0**63)
    ('0.1', '50', '2^63')
    """
    if value > 1e6 and int(value).bit_count() == 1:
        return f"2^{int(value).bit_length() - 1}"
    return f"{value:,g}"
