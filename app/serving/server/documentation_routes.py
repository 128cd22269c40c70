"""An OpenAPI description as a reader wants it: routes with fields, examples, answers.

What FastAPI makes of the routes enters; plain words leave, which a template only has to
set. Nothing here knows what the routes are for.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from app.serving.server.documentation_schemas import Entry, Schema, Schemas


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
        self._paths = description["paths"]
        self._schemas = Schemas(description["components"]["schemas"])
        self._address = address
        self._names = names
        self._headers = headers

    def groups(self) -> dict[str, list[Route]]:
        """All routes by their tag."""
        found: dict[str, list[Route]] = {}
        for path, methods in self._paths.items():
            for method, operation in methods.items():
                route = self._route(method.upper(), path, operation)
                found.setdefault(operation["tags"][0], []).append(route)
        return found

    def _route(self, method: str, path: str, operation: Schema) -> Route:
        asked = operation.get("requestBody", {}).get("content", {})
        problems = dict(operation["responses"])
        fine = problems.pop("200")
        words = f"{method} {path}".lower()
        return Route(
            method=method,
            path=path,
            key="".join(it if it.isalnum() else "-" for it in words).strip("-"),
            told=operation["description"],
            parameters=[self._parameter(it) for it in operation.get("parameters", [])],
            asked=self._bodies(asked, self._schemas.asked),
            example=self._example(path, asked),
            answers=self._bodies(fine["content"], self._schemas.answered),
            problems=sorted((it, problems[it]["description"]) for it in problems),
        )

    def _parameter(self, parameter: Schema) -> Entry:
        name, kind = parameter["name"], self._schemas.kind(parameter["schema"])
        told = f"as {self._names[name]!r}" if name in self._names else ""
        return Entry(name, kind, "", parameter.get("description", told))

    def _bodies(
        self, content: Schema, entries_of: Callable[[Schema], list[Entry]]
    ) -> list[Body]:
        """A body for each form; one that several media types share stands once."""
        kinds: dict[str, list[str]] = {}
        found: dict[str, Body] = {}
        for kind, media in content.items():
            for schema in self._schemas.alternatives(media["schema"]):
                told, entries = schema.get("description", ""), entries_of(schema)
                # Without fields, as pictures, each kind is a form of its own.
                form = repr(entries) if entries else kind
                kinds.setdefault(form, []).append(kind)
                found[form] = Body(" or ".join(kinds[form]), told, entries)
        return list(found.values())

    def _example(self, path: str, content: Schema) -> str:
        """A command line that asks it."""
        for name, value in self._names.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        parts = ["curl", f"{self._address}{path}"]
        headers = list(self._headers)
        if content:
            headers.append("Content-Type: application/json")
            body = self._schemas.example(content["application/json"]["schema"])
            parts += ["-d", json.dumps(body, ensure_ascii=False)]
        for header in headers:
            parts += ["-H", header]
        return shlex.join(parts)
