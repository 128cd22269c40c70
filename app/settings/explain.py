"""The settings of `python -m app explain`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from app.errors import UserError
from app.settings.flags import option

# What can be written, by the ending of the file.
EXPLANATIONS = {
    ".html": "a page to look around in",
    ".png": "the main picture",
    ".svg": "the same, sharp at any size",
    ".json": "every number",
    ".h5": "the states for LSTMVis, with its dictionary and lstm.yml beside it",
}


@dataclass(frozen=True)
class ExplainSettings:
    """`python -m app explain`: what the network did with a text, word by word."""

    model: str = option(
        "", "name or path of the model", positional=True, metavar="MODEL"
    )
    text: str = option(
        "",
        "a text; the next word is explained, or the one blank (___) in it; - for "
        "standard input",
        positional=True,
        metavar="TEXT",
    )
    to: str = option(
        "",
        "file to write; its ending says what: "
        + "; ".join(f"{ending} {what}" for ending, what in EXPLANATIONS.items()),
        required=True,
        metavar="FILE",
    )
    word: str | None = option(
        None,
        "a word to explain: why is it predicted, or why not? (default: the likeliest)",
        metavar="WORD",
    )
    over: str | None = option(
        None,
        "a longer text file, on which single units are tested for what they know "
        "(default: TEXT itself, which must be long)",
        metavar="FILE",
    )

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: the ending of the file says nothing.
        """
        ending = PurePath(self.to).suffix.lower()
        if ending not in EXPLANATIONS:
            raise UserError(
                f"--to is {self.to!r}, whose ending says nothing. It can be one of "
                f"{', '.join(EXPLANATIONS)}."
            )
