"""An OpenAPI description as a reader wants it: routes with fields, examples, answers.

What FastAPI makes of the routes enters; plain words leave, which a template only has to
set. Nothing here knows what the routes are for.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

Schema = dict[str, Any]

# What stands in examples for a text, where a route has none of its own.
_TEXT = "The clouds are on the"

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
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


class Body(NamedTuple):
    """One form that a request or an answer may have.

    Attributes:
        kind: its media type.
        told: what it is.
        entries: its fields.
    """

    kind: str
    told: str
    entries: list[Entry]


class Route(NamedTuple):
    """What can be asked under one address.

    Attributes:
        method: "GET" or "POST".
        path: with names in braces.
        key: its place in the page.
        group: of routes that belong together.
        told: what it is for.
        parameters: what stands for the names in braces.
        asked: forms of the request.
        example: a command line.
        answers: forms of the answer.
        problems: status and meaning of every other answer.
    """

    method: str
    path: str
    key: str
    group: str
    told: str
    parameters: list[Entry]
    asked: list[Body]
    example: str
    answers: list[Body]
    problems: list[tuple[str, str]]


class Described:
    """A description, read.

    Args:
        description: of OpenAPI 3.1.
        address: of the server, for the examples.
        names: what stands in examples for the names in paths.
        headers: that every example sends.
    """

    def __init__(
        self,
        description: Schema,
        address: str,
        names: Mapping[str, str],
        headers: tuple[str, ...] = (),
    ) -> None:
        self._description = description
        self._address = address
        self._names = names
        self._headers = headers

    def groups(self) -> dict[str, list[Route]]:
        """All routes, those that belong together beside each other."""
        found: dict[str, list[Route]] = {}
        for path, methods in self._description["paths"].items():
            for method, operation in methods.items():
                route = self._route(method.upper(), path, operation)
                found.setdefault(route.group, []).append(route)
        return found

    def _route(self, method: str, path: str, operation: Schema) -> Route:
        words = f"{method} {path}".lower()
        content = operation.get("requestBody", {}).get("content", {})
        answers = dict(operation["responses"])
        fine = answers.pop("200")
        return Route(
            method=method,
            path=path,
            key="".join(it if it.isalnum() else "-" for it in words).strip("-"),
            group=operation.get("tags", ["others"])[0],
            told=operation.get("description", operation["summary"]),
            parameters=[self._parameter(it) for it in operation.get("parameters", [])],
            asked=self._bodies(content, is_asked=True),
            example=self._example(method, path, content),
            answers=self._bodies(fine.get("content", {}), is_asked=False),
            problems=[(status, it["description"]) for status, it in answers.items()],
        )

    def _parameter(self, parameter: Schema) -> Entry:
        kind = self._kind(parameter["schema"])
        name = parameter["name"]
        told = parameter.get("description", f"for instance {self._names.get(name)}")
        return Entry(name, kind, "in the address", told)

    def _bodies(self, content: Schema, *, is_asked: bool) -> list[Body]:
        """A body for each form; forms of several media types that are alike are one."""
        found: list[Body] = []
        for kind, media in content.items():
            for schema in self._alternatives(media.get("schema", {})):
                entries = list(self._entries(schema, "", is_asked=is_asked))
                told = schema.get("description", "") if entries else self._kind(schema)
                alike = [it for it in found if it[1:] == (told, entries)]
                if alike and entries:
                    place = found.index(alike[0])
                    found[place] = alike[0]._replace(kind=f"{alike[0].kind} or {kind}")
                else:
                    found.append(Body(kind, told, entries))
        return found

    def _alternatives(self, schema: Schema) -> list[Schema]:
        """What a value may be, each without `anyOf`, `oneOf` or a reference at top."""
        schema = self._resolved(schema)
        several = schema.get("anyOf") or schema.get("oneOf")
        if several is None:
            return [schema]
        return [it for one in several for it in self._alternatives(one)]

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            *_, name = schema["$ref"].split("/")
            schema = self._description["components"]["schemas"][name]
        return schema

    def _entries(
        self, schema: Schema, prefix: str, *, is_asked: bool
    ) -> Iterator[Entry]:
        """The fields of an object, and of the objects in it; of a list likewise."""
        required = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            given = self._given(field, name in required) if is_asked else ""
            told = field.get("description", "")
            yield Entry(f"{prefix}{name}", self._kind(field), given, told)
            seen = set()
            for inner in self._alternatives(field):
                dots = "[]." if inner.get("type") == "array" else "."
                inner = self._resolved(inner.get("items", inner))
                for one in self._alternatives(inner):
                    for entry in self._entries(
                        one, f"{prefix}{name}{dots}", is_asked=is_asked
                    ):
                        if entry.name not in seen:
                            seen.add(entry.name)
                            yield entry

    def _given(self, field: Schema, is_required: bool) -> str:
        if is_required:
            return "required"
        if field.get("default") is None:
            return "optional"
        return f"{json.dumps(field['default'])} if not given"

    def _kind(self, schema: Schema) -> str:
        """What a value may be, in words."""
        found = []
        for one in self._alternatives(schema):
            kind = self._one_kind(one)
            if kind not in found:
                found.append(kind)
        return " or ".join(found)

    def _one_kind(self, schema: Schema) -> str:
        if "enum" in schema:
            *others, last = map(json.dumps, schema["enum"])
            return f"{', '.join(others)} or {last}" if others else last
        if "const" in schema:
            return json.dumps(schema["const"])
        kind = schema.get("type")
        if kind == "array":
            items = self._kind(schema["items"]) if schema.get("items") else "anything"
            return f"list of {items}"
        if kind == "object":
            values = schema.get("additionalProperties")
            if isinstance(values, dict) and values:
                return f"object of {self._kind(values)} by name"
            return "object"
        return f"{_TYPES.get(kind or '', 'anything')}{_bounds(schema)}"

    def _example(self, method: str, path: str, content: Schema) -> str:
        """A command line that asks it."""
        for name, value in self._names.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        parts = ["curl", f"{self._address}{path}"]
        for header in self._headers:
            parts += ["-H", header]
        if content:
            body = self._sample(content["application/json"]["schema"])
            parts += ["-H", "Content-Type: application/json"]
            parts += ["-d", json.dumps(body, ensure_ascii=False)]
        elif method != "GET":
            parts += ["-X", method]
        return shlex.join(parts)

    def _sample(self, schema: Schema) -> Any:
        """A value of a schema: its own example, or as little as it must have."""
        schema = self._alternatives(schema)[0]
        if "examples" in schema:
            return schema["examples"][0]
        if schema.get("type") == "object":
            fields = schema.get("properties", {})
            return {it: self._sample(fields[it]) for it in schema.get("required", ())}
        if schema.get("type") == "array":
            return [self._sample(schema["items"])]
        return _TEXT


def _bounds(schema: Schema) -> str:
    """How large a number may be."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {_number(least)} to {_number(most)}"
    words = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "up to",
        "exclusiveMaximum": "below",
    }
    found = [
        f"{word} {_number(schema[key])}" for key, word in words.items() if key in schema
    ]
    return f" {' and '.join(found)}" if found else ""


def _number(value: float) -> str:
    """As people write it.

    >>> _number(0.1), _number(50.0), _number(2.0**63)
    ('0.1', '50', '2^63')
    """
    if value > 1e6 and int(value).bit_count() == 1:
        return f"2^{int(value).bit_length() - 1}"
    return f"{value:,g}"
