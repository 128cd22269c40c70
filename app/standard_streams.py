"""Standard streams that whoever started the program has closed (`<&-`, `>&-`).

Python has None in their place, which nothing that prints or reads expects.
"""

from __future__ import annotations

import io
import os
import sys

from app.errors import UserError


class _ClosedInput(io.RawIOBase):
    """Stands where a standard input was closed, and says so to whoever reads it."""

    def readable(self) -> bool:
        """True, or nobody would try and be told."""
        return True

    def readinto(self, buffer: object) -> int:
        """Refuses.

        Raises:
            UserError: always.
        """
        raise UserError(
            "Standard input is closed. Give a text or a file, or pipe one in."
        )


def replace_closed_streams() -> bool:
    """Puts something in the place of each standard stream that is closed.

    Left alone, their numbers would go to the next files that are opened, and what a
    library writes to number 2 would land in a checkpoint.

    Returns:
        Whether there was a standard output.
    """
    has_output = sys.stdout is not None
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _occupy_first_descriptors()
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_ClosedInput()))
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8")
    return has_output


def _occupy_first_descriptors() -> None:
    """Leads those of 0, 1 and 2 that are free into nothing."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor < 3:  # the system gives the lowest free number
        descriptor = os.dup(descriptor)
    os.close(descriptor)
