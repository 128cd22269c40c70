"""The messages of a session: what a client sends, what it is answered, as JSON.

    {"id": 1, "text": "The clo"}                    all of the text
    {"id": 2, "edit": [7, 7, "u"]}                  "u" for what stands from 7 to 7
    {"id": 3, "caret": 3, "options": {"top": 3}}    the caret and options alone

    {"id": 1, "suggestions": [{"word": ..., "probability": ...}], "begin": 4, "end": 7,
     "model": {"name": ..., "version": 1}}
    {"id": 2, "outdated": true}
    {"id": 3, "error": ...}

Places are counted in code points. A frame enters; a message of known form leaves, or
it is refused. What the text is, is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.serving.server.errors import ServerError
from app.suggestion.decoding import Suggestion

_KEYS = {"id", "text", "edit", "caret", "options"}

# Whole numbers that every language can hold.
_MOST = 2**53


class Edit(NamedTuple):
    """A change of a text.

    Attributes:
        start: characters in front of it.
        end: where the old text goes on.
        inserted: what stands between them then.
    """

    start: int
    end: int
    inserted: str


class Message(NamedTuple):
    """What a client sends; None where it says nothing.

    Attributes:
        number: its id, which the answer repeats.
        text: all of the text.
        edit: or what has changed in it.
        caret: characters in front of it.
        options: those that change.
    """

    number: int
    text: str | None
    edit: Edit | None
    caret: int | None
    options: dict[str, Any] | None


class NoMessage(ServerError):
    """A frame that is none.

    Args:
        problem: what is wrong with it.
        number: its id, where it has one.
        has_text: whether it can have been meant to change the text.
    """

    def __init__(self, problem: str, number: int | None, has_text: bool) -> None:
        super().__init__(422, problem)
        self.number = number
        self.has_text = has_text


def read_message(frame: str) -> Message:
    """The message in a frame.

    Raises:
        NoMessage: the frame holds none.
    """
    try:
        given = json.loads(frame)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        problem = 'A message is a JSON object: {"id": 1, "text": "The clo"}.'
        raise NoMessage(problem, None, has_text=True)
    number = given.get("id")
    if type(number) is not int or not 0 <= number < _MOST:
        number = None
    if problem := _problem(number, given):
        has_text = "text" in given or "edit" in given
        raise NoMessage(problem, number, has_text)
    edit = Edit(*given["edit"]) if "edit" in given else None
    text, caret, options = map(given.get, ("text", "caret", "options"))
    return Message(number or 0, text, edit, caret, options)


def _problem(number: int | None, given: dict[str, Any]) -> str:
    """What is wrong with the form of a message; nothing if nothing is."""
    if number is None:
        return 'A message has an "id", which is a whole number from 0 to 2^53 - 1.'
    if not given.keys() <= _KEYS:
        return f"A message has no other keys than {', '.join(sorted(_KEYS))}."
    if "text" in given and "edit" in given:
        return 'A message has a "text" or an "edit", not both.'
    if "text" in given and type(given["text"]) is not str:
        return 'The "text" of a message is a string, and all of the text.'
    if "edit" in given and not _is_edit(given["edit"]):
        return 'An "edit" is [start, end, "inserted"], in code points of the text.'
    if "caret" in given and type(given["caret"]) is not int:
        return 'The "caret" is a whole number, of the code points in front of it.'
    if "options" in given and type(given["options"]) is not dict:
        return 'The "options" are an object, as {"top": 5}.'
    return ""


def _is_edit(given: Any) -> bool:
    return type(given) is list and [type(it) for it in given] == [int, int, str]


def suggesting(
    number: int,
    suggestions: Sequence[Suggestion],
    begin: int,
    end: int,
    model: dict[str, Any],
) -> str:
    """The answer to a message.

    Args:
        number: its id.
        suggestions: the likeliest first.
        begin: where the letters begin whose place they take,
        end: and where these end.
        model: who says so.
    """
    offered = [{"word": word, "probability": share} for word, share in suggestions]
    return _written(
        {
            "id": number,
            "suggestions": offered,
            "begin": begin,
            "end": end,
            "model": model,
        }
    )


def outdated(number: int) -> str:
    """The answer to a message that was followed by another before its turn came."""
    return f'{{"id":{number},"outdated":true}}'


def refusing(number: int | None, content: dict[str, Any]) -> str:
    """The answer to a message that is not answered as asked."""
    return _written({"id": number, **content})


# ASCII alone: an error may name a key that holds half a character.
_written = json.JSONEncoder(separators=(",", ":")).encode
