"""What a person sees of an answer, and the live prompt.

Answers become aligned plain text without colours, so there is nothing to switch off
for `NO_COLOR` or a pipe; only the bars are left to a real terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from app.suggestion.predictor import Answer, BlankDict

_BAR_WIDTH = 20
_LONGEST_TEXT = 72  # of a long text only the end is repeated
_PROMPT = "> "


def can_draw(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows bars."""
    return (
        stream.isatty()
        and os.environ.get("TERM") != "dumb"
        and "utf" in (stream.encoding or "").lower()
    )


def table(answer: Answer, *, bars: bool) -> str:
    """The text and, for each of its blanks, a line per word.

    Example:
        >>> print(table({"text": "It is", "blanks": [{"suggestions": [
        ...     {"word": "not", "probability": 0.25},
        ...     {"word": "raining", "probability": 0.125}]}]}, bars=False))
        It is
          not      25.0 %
          raining  12.5 %
    """
    text = " ".join(answer["text"].split())
    if len(text) > _LONGEST_TEXT:
        text = "..." + text[3 - _LONGEST_TEXT :]
    lines = [text]
    blanks = answer["blanks"]
    for number, blank in enumerate(blanks, start=1):
        if len(blanks) > 1:
            lines.append(f" blank {number}")
        lines += _rows(blank, bars)
    return "\n".join(lines)


def _rows(blank: BlankDict, bars: bool) -> list[str]:
    """A line per word, and one about what was not examined."""
    suggestions = blank["suggestions"]
    width = max((len(it["word"]) for it in suggestions), default=0)
    rows = [] if suggestions else ["  (no word fits)"]
    for it in suggestions:
        bar = "  " + "▇" * round(_BAR_WIDTH * it["probability"]) if bars else ""
        row = f"  {it['word']:<{width}}  {100 * it['probability']:4.1f} %{bar}"
        rows.append(row.rstrip())
    if "unexamined" in blank:
        rows.append(f"  (other words, not tried: {100 * blank['unexamined']:.1f} %)")
    return rows


def read_lines() -> Iterator[str]:
    """What a person types, line by line, until Ctrl-D; in a pipe its lines.

    The prompt is shown on a terminal only, and on stderr where stdout is none, so
    that it is never mixed into data.
    """
    if not sys.stdin.isatty():
        for line in sys.stdin:
            yield line.rstrip("\r\n")
        return
    with contextlib.suppress(ImportError):  # some systems have none
        import readline  # noqa: F401  (its import gives `input` arrow keys, history)

    while True:
        try:
            line = _ask()
        except (EOFError, KeyboardInterrupt) as end:
            # Leaves the line of the prompt: the shell's begins on one of its own.
            (sys.stdout if sys.stdout.isatty() else sys.stderr).write("\n")
            if isinstance(end, KeyboardInterrupt):
                raise
            return
        yield line


def _ask() -> str:
    """The next line that a person types."""
    if sys.stdout.isatty():
        return input(_PROMPT)
    sys.stderr.write(_PROMPT)
    return input()
