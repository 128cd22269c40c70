"""What was read, what was left out and why: one screen at the end of reading.

Readers tell while they read; the screen is shown once. Each reason keeps its count
and its first example, so that a corpus of a million rows takes no more room than one
of ten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.errors import UserError
from app.text.readers.document import Document

logger = logging.getLogger(__name__)

_MAX_REASONS = 8  # lines of one kind on the screen
_MAX_EXAMPLE = 100  # characters


@dataclass
class _Tally:
    count: int
    first: str


@dataclass
class Report:
    """Counts of what happened while sources were read.

    Attributes:
        files: how many were read in each format.
        documents: how many came out of each format.
        skipped: reasons for what was left out.
        recoded: encodings that were guessed.
        changed: what was taken away from texts that were kept.
    """

    files: dict[str, int] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    num_paragraphs: int = 0
    num_characters: int = 0
    skipped: dict[str, _Tally] = field(default_factory=dict)
    recoded: dict[str, _Tally] = field(default_factory=dict)
    changed: dict[str, _Tally] = field(default_factory=dict)
    _decided: set[str] = field(default_factory=set)

    @property
    def num_documents(self) -> int:
        """All documents so far, whatever their format."""
        return sum(self.documents.values())

    def read(self, file_format: str, document: Document) -> None:
        """Counts a document."""
        self.documents[file_format] = self.documents.get(file_format, 0) + 1
        self.num_paragraphs += len(document.paragraphs)
        self.num_characters += sum(map(len, document.paragraphs))

    def finished(self, file_format: str) -> None:
        """Counts a file that gave text."""
        self.files[file_format] = self.files.get(file_format, 0) + 1

    def skip(self, kind: str, reason: str, example: str) -> None:
        """Counts what was left out: a "file", a "row", a "message"."""
        _add(self.skipped, f"{kind}: {reason}", example, 1)

    def recode(self, name: str, encoding: str) -> None:
        """Counts a file whose encoding had to be guessed."""
        _add(self.recoded, name, f"{name} as {encoding}", 1)

    def change(self, what: str, name: str, count: int = 1) -> None:
        """Counts what was taken out of a text that was kept; nothing where 0.

        Args:
            what: begins with a noun in the plural: "lines ... were dropped".
            name: where.
            count: how many.
        """
        if count:
            _add(self.changed, what, name, count)

    def decide(self, name: str, decision: str) -> None:
        """Says what was decided about a file; the same for many files is said once."""
        if decision not in self._decided:
            self._decided.add(decision)
            logger.info("%s: %s", name, decision)

    def skips_since(self, before: dict[str, int]) -> str:
        """The reasons counted since `before = counts()`, for a message."""
        new = [
            f"{_counted(tally.count - before.get(reason, 0), reason)}, first "
            f"{_short(tally.first)}"
            for reason, tally in self.skipped.items()
            if tally.count > before.get(reason, 0)
        ]
        return "; ".join(new)

    def counts(self) -> dict[str, int]:
        """How often each reason was counted so far."""
        return {reason: tally.count for reason, tally in self.skipped.items()}

    def show(self, sources: Sequence[str]) -> None:
        """Logs the screen; refuses a corpus without text.

        Raises:
            UserError: not one document was found in `sources`.
        """
        if not self.num_documents:
            reasons = self.skips_since({})
            raise UserError(
                f"No text was found in {', '.join(sources)}"
                + (f" (skipped: {reasons}). " if reasons else ". ")
                + "Name files that hold text, or folders that hold some."
            )
        logger.info("%s", "\n".join([self._totals(), *_lines(self.changed, _told)]))
        if self.recoded:
            first = next(iter(self.recoded.values())).first
            logger.warning(
                "%s not UTF-8; the encoding was guessed (--encoding), the first is %s",
                "1 file is"
                if len(self.recoded) == 1
                else f"{len(self.recoded)} files are",
                _short(first),
            )
        if self.skipped:
            logger.warning(
                "%s", "\n".join(["Skipped:", *_lines(self.skipped, _counted)])
            )

    def _totals(self) -> str:
        parts = []
        for name, documents in self.documents.items():
            files = self.files.get(name, 0)
            of_files = f" in {_counted(files, 'file')}" if files != documents else ""
            parts.append(f"{documents:,} {name}{of_files}")
        return (
            f"Read {_counted(self.num_documents, 'document')} ({', '.join(parts)}): "
            f"{_counted(self.num_paragraphs, 'paragraph')}, "
            f"{_counted(self.num_characters, 'character')}"
        )


def _add(tallies: dict[str, _Tally], key: str, example: str, count: int) -> None:
    tally = tallies.setdefault(key, _Tally(0, example))
    tally.count += count


def _lines(tallies: dict[str, _Tally], say: Callable[[int, str], str]) -> list[str]:
    """One line a reason, the most frequent first, as many as fit on a screen."""
    ranked = sorted(tallies.items(), key=lambda item: -item[1].count)
    lines = [
        f"  {say(tally.count, reason)}; the first is {_short(tally.first)}"
        for reason, tally in ranked[:_MAX_REASONS]
    ]
    if len(ranked) > _MAX_REASONS:
        rest = sum(tally.count for _, tally in ranked[_MAX_REASONS:])
        lines.append(f"  {rest:,} for {len(ranked) - _MAX_REASONS} more reasons")
    return lines


def _counted(count: int, reason: str) -> str:
    """`3 rows: is empty` for "row: is empty"."""
    kind, colon, rest = reason.partition(":")
    return f"{count:,} {kind}{'' if count == 1 else 's'}{colon}{rest}"


def _told(count: int, what: str) -> str:
    """`1 word was joined` for "words were joined", which is what most runs show."""
    if count == 1:
        noun, _, rest = what.partition(" ")
        what = f"{noun.removesuffix('s')} {rest.replace('were ', 'was ', 1)}"
    return f"{count:,} {what}"


def _short(example: str) -> str:
    """`example` on one line, without what a terminal would obey."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in example)
    return shown if len(shown) <= _MAX_EXAMPLE else "..." + shown[3 - _MAX_EXAMPLE :]
