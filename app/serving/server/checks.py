"""What is more than the limits of the server allow, and is refused with their names."""

from __future__ import annotations

from collections.abc import Sequence

from app.serving.server.errors import ServerError
from app.settings import Limits
from app.suggestion.half_given import BLANK


def check_text(text: str, limits: Limits) -> None:
    """Refuses a text that is too long.

    Raises:
        ServerError: 422.
    """
    most = limits.text_characters
    if len(text) > most:
        raise ServerError(
            422,
            f"The text has {len(text)} characters, but at most {most} are read. Send "
            "what stands right in front of the word.",
            "text_characters",
            most,
        )


def check_blanks(text: str, limits: Limits) -> None:
    """Refuses too many blanks, or so much text between them that it takes too long.

    What stands behind a blank is read for every combination of words that may stand in
    it. 20 blanks in 100,000 characters took 25 s, in which nobody else got a blank
    filled or a word explained.

    Raises:
        ServerError: 422.
    """
    num_blanks, most = len(BLANK.findall(text)), limits.blanks
    if num_blanks > most:
        raise ServerError(
            422,
            f"The text has {num_blanks} blanks, but at most {most} are filled at a "
            "time. Send fewer.",
            "blanks",
            most,
        )
    characters = limits.text_characters
    if num_blanks > 1 and num_blanks * len(text) > characters:
        raise ServerError(
            422,
            f"The text has {len(text)} characters, but with {num_blanks} blanks at "
            f"most {characters // num_blanks} are read. Send what stands around them.",
            "text_characters",
            characters,
        )


def check_candidates(candidates: Sequence[str], limits: Limits) -> None:
    """Refuses too many words to choose from, or too long ones.

    Raises:
        ServerError: 422.
    """
    most = limits.candidates
    if len(candidates) > most:
        raise ServerError(
            422,
            f"There are {len(candidates)} candidates, but at most {most} are ranked.",
            "candidates",
            most,
        )
    characters, most = sum(map(len, candidates)), limits.text_characters
    if characters > most:
        raise ServerError(
            422,
            f"The candidates have {characters} characters together, but at most {most} "
            "are read. Send fewer or shorter ones.",
            "text_characters",
            most,
        )


def check_rows(num_rows: int, limits: Limits) -> None:
    """Refuses too many texts in one request.

    Raises:
        ServerError: 422.
    """
    most = limits.rows
    if num_rows > most:
        raise ServerError(
            422,
            f"There are {num_rows} rows, but at most {most} are answered at a time. "
            "Send fewer.",
            "rows",
            most,
        )
