"""The WebSocket's protocol in words: OpenAPI has none for it."""

from __future__ import annotations

from typing import NamedTuple

from app.serving.server.api_types import SessionOptions
from app.serving.server.documentation_schemas import Entry, Schemas


class SessionDescribed(NamedTuple):
    """What a session is told and tells.

    Attributes:
        examples: messages that may follow each other.
        message: the fields of a message.
        options: those of its options.
        answers: the fields that tell what an answer is.
        closes: how it may end.
    """

    examples: list[str]
    message: list[Entry]
    options: list[Entry]
    answers: list[Entry]
    closes: list[Entry]


def describe_session() -> SessionDescribed:
    """The protocol of /api/session."""
    schema = SessionOptions.model_json_schema()
    options = Schemas(schema.get("$defs", {})).asked(schema)
    return SessionDescribed(_EXAMPLES, _MESSAGE, options, _ANSWERS, _CLOSES)


_EXAMPLES = [
    '{"id": 1, "text": "The clouds are in the s", "options": {"top": 3}}',
    '{"id": 2, "edit": [23, 23, "k"]}',
    '{"id": 3, "caret": 10}',
]

_MESSAGE = [
    Entry("id", "whole number", "required", "the answer repeats it"),
    Entry(
        "text",
        "text",
        "or an edit, or neither",
        "all of the text; the first message has it",
    ),
    Entry(
        "edit",
        "[start, end, text]",
        "or all of the text, or neither",
        "what stands now for what stood from start to end; counted in Unicode code "
        "points, as everywhere here",
    ),
    Entry(
        "caret",
        "whole number",
        "the end of the text if not given",
        "how many characters stand before the caret",
    ),
    Entry("options", "object", "optional", "those that change"),
]

_ANSWERS = [
    Entry(
        "suggestions",
        "list of objects",
        "",
        "words with their probabilities, the likeliest first; each would stand for "
        "what stands from begin to end, the letters typed so far; model tells who "
        "has answered",
    ),
    Entry(
        "outdated",
        "true",
        "",
        "a newer message came before the work on this one began; its edit and its "
        "options count all the same",
    ),
    Entry(
        "error",
        "text",
        "",
        "nothing of the message took effect. If it had text or an edit, the next "
        "message must have all of the text",
    ),
]

_CLOSES = [
    Entry("403", "instead of a session", "", "the origin or the token is not known"),
    Entry("1001", "close code", "", "the server stops; all messages are answered"),
    Entry("1009", "close code", "", "a message is too large"),
    Entry("1013", "close code", "", "too many sessions are open; try again later"),
]
