"""Requests as JSON: one object a line, checked; the rest is as the command line says.

A line enters, the arguments of `Predictor.answer` or `write_on` leave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.errors import UserError


def read_request(line: str, usual: Mapping[str, Any]) -> dict[str, Any]:
    """The request in one JSON line; what it does not say is as usual.

    Args:
        line: an object with a "text" and some of the keys of `usual`.
        usual: what the command line asks for.

    Raises:
        UserError: it is no JSON object, or a key has a value of another type.
    """
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f'This is no JSON: {error}. Give an object like {{"text": "It is"}}.'
        ) from error
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        raise UserError('A line must be a JSON object with a "text" that is a string.')
    if unknown := request.keys() - {"text", *usual} | request.keys() & {"forgiving"}:
        raise UserError(
            f"Unknown key {min(unknown)!r}. Known are text, "
            f"{', '.join(sorted(usual.keys() - {'forgiving'}))}."
        )
    _check_numbers(request)
    if type(request.get("typing", False)) is not bool:
        raise UserError(
            f'"typing" is {request["typing"]!r}, but must be true or false.'
        )
    words = request.get("candidates")
    if words is not None and not (
        isinstance(words, list) and all(isinstance(word, str) for word in words)
    ):
        raise UserError('"candidates" must be a list of strings.')
    return {**usual, **request}


def _check_numbers(request: dict[str, Any]) -> None:
    """Refuses numbers of another type or out of their range."""
    for key, lowest in (("top", 1), ("words", 1), ("seed", 0)):
        value = request.get(key, lowest)
        if type(value) is not int or value < lowest:  # True is an int to isinstance
            raise UserError(
                f'"{key}" is {value!r}, but must be a whole number from {lowest} on.'
            )
    confidence = request.get("confidence", 0)
    if type(confidence) not in (int, float) or not 0 <= confidence <= 1:
        raise UserError(
            f'"confidence" is {confidence!r}, but is a probability: 0 to 1.'
        )
