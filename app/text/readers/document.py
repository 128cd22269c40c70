"""What every reader speaks of: a document, what was asked for, and why not.

Plain values enter and leave; nothing is opened here.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import UserError


@dataclass(frozen=True)
class Document:
    """One text that belongs together: a file, an article, a message, a row, a line.

    Attributes:
        name: where it came from, for messages.
        paragraphs: plain text, white space folded, none of them empty.
    """

    name: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class ReadOptions:
    """How sources are to be read.

    Attributes:
        file_format: a name of `app.settings.FORMATS`; "auto": by name and content.
        field: the column, key or header that holds the text, several with commas
            between them; None: the one that looks most like text.
        encoding: of texts that do not say theirs; None: UTF-8, else guessed.
        pretokenized: each line that is not empty is one document, kept as it stands.
    """

    file_format: str = "auto"
    field: str | None = None
    pretokenized: bool = False
    encoding: str | None = None


class Unreadable(UserError):
    """One file that cannot be read: refused where it was named, else counted.

    Attributes:
        name: of the file.
        reason: what is wrong with it, the same words for all files alike; what is
            particular to one, its `detail`, is in the message only.
    """

    def __init__(self, name: str, reason: str, cure: str, detail: str = "") -> None:
        super().__init__(f"{name}: {reason}{detail}. {cure}")
        self.name = name
        self.reason = reason
