"""What a person sees around a command: errors, remarks, progress; all on stderr.

In go functions that do the work, out come exit statuses and plain sentences. Data
goes to stdout and never through here. Modules of the package remark with
`logging.getLogger(__name__)`; the scripts use the logger "app.train" and the like.
This module refuses to know what is being done, and imports nothing heavy.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Protocol, TextIO

from app.errors import UserError
from app.standard_streams import replace_closed_streams

USER_MISTAKE = 2
INTERRUPTED = 130  # 128 + SIGINT, what a shell reports for Ctrl-C

# A pipe or a log file gets a line this often (s): five minutes make ten lines.
PLAIN_INTERVAL = 30.0

# What a person can mend about the machine; any other OSError is our own mistake
# and keeps its traceback.
_CURES = {
    errno.ENOSPC: "Free some space, or write to another disk.",
    errno.EDQUOT: "Free some space, or write to another disk.",
    errno.EFBIG: "Raise the largest size of a file (`ulimit -f`).",
    errno.EACCES: "Change its permissions, or choose another place.",
    errno.EPERM: "Change its permissions, or choose another place.",
    errno.EROFS: "Choose a place that can be written to.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EEXIST: "Something else has this name; move it, or choose another place.",
    errno.ENOTDIR: "A file stands where a folder was expected; choose another place.",
    errno.EISDIR: "A folder stands where a file was expected; choose another place.",
    errno.EMFILE: "Close other programs, or raise `ulimit -n`.",
    errno.EIO: "The disk or the connection to it fails; try another one.",
}

_CLOSED_OUTPUT = (
    "Standard output is closed, so the answer would be lost. Send it to a file, or to "
    "/dev/null."
)
_NO_MEMORY = (
    "There is not enough memory. Close other programs, or ask for less at a time."
)


class Report(Protocol):
    """What `progress_bar` gives: call it with how much is done, and a remark."""

    def __call__(self, done: float, remark: str = "") -> None:
        """Shows that `done` of the total is done."""


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever `sys.stderr` is now: a progress bar or a test swaps it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def run(function: Callable[[], int], *, closed_pipe: int = 0) -> int:
    """The exit status of `function`, with every mistake told in one sentence.

    Args:
        function: the command; returns its own status. UserError, Ctrl-C, a reader
            who closed the pipe and a disk that refuses are told here; anything
            else is a mistake of the program and passes through.
        closed_pipe: status when the reader of the output has left (`| head`): 0
            where the output is all there is to do.

    Returns:
        What `function` returned; 2 after a user's mistake; 130 after Ctrl-C.
    """
    # For matrices of our size a second thread mostly waits for the first: on a busy
    # machine with two cores a suggestion took 20 ms with two threads, 2 ms with one.
    # numpy reads this when it is imported; TensorFlow has threads of its own.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    has_output = replace_closed_streams()
    with _remarks_on_stderr():
        if not has_output:
            return _fail(_CLOSED_OUTPUT)
        try:
            status = function()
            sys.stdout.flush()  # here, so that a closed pipe is noticed here
            return status
        except UserError as error:
            return _fail(str(error))
        except KeyboardInterrupt:
            return INTERRUPTED
        except BrokenPipeError:
            return _leave_closed_pipe(closed_pipe)
        except MemoryError:
            return _fail(_NO_MEMORY)
        except OSError as error:
            if error.errno not in _CURES:
                raise
            return _fail(_describe(error))


@contextlib.contextmanager
def progress_bar(description: str, total: float) -> Iterator[Report]:
    """A bar with the time left on a terminal, a line now and then elsewhere.

    Args:
        description: what is being done, "Training".
        total: how much there is to do, in any unit.

    Yields:
        `report(done, remark="")`: how much is done of `total` since the beginning,
        and a few words for the end of the line, "loss 4.31".
    """
    if not _is_live_terminal():
        yield _plain_reporter(description, total)
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("{task.fields[remark]}", markup=False),
    )
    console = Console(stderr=True)  # rich itself obeys NO_COLOR
    with progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(description, total=total, remark="")

        def report(done: float, remark: str = "") -> None:
            bar.update(task, completed=done, remark=remark)

        yield report


@contextlib.contextmanager
def catch_interrupt() -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a question that long work asks when it can stop.

    A second Ctrl-C interrupts as usual, for whoever will not wait.

    Yields:
        A function that says whether Ctrl-C was pressed.
    """
    pressed = False

    def note(number: int, frame: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        logging.getLogger(__name__).info("Stopping; what was learned is being saved.")

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def without_chatter() -> Iterator[None]:
    """Drops what C++ libraries write to stderr, for the time of importing them.

    TensorFlow's first dozen lines (which instructions it uses, that there is no GPU)
    come before any of its own settings is read. Python's exceptions still pass.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def _remarks_on_stderr() -> Iterator[None]:
    """Sends the remarks of "app" to stderr as they are, and those of no library.

    Everything is put back at the end: commands are also called by tests.
    """
    logger = logging.getLogger("app")
    before = logger.level, logger.propagate
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # libraries hang handlers of their own on the root
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
        logger.setLevel(logger.level)  # forgets the levels that loggers remembered


def _fail(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return USER_MISTAKE


def _leave_closed_pipe(status: int) -> int:
    """`status`, with stdout led into nothing.

    Python flushes stdout once more on its way out and would complain there.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _describe(error: OSError) -> str:
    code = error.errno or 0
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{os.strerror(code)}. {_CURES[code]}"


def _is_live_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _plain_reporter(description: str, total: float) -> Report:
    """A report that logs at most one line each PLAIN_INTERVAL seconds."""
    logger = logging.getLogger(__name__)
    last = time.monotonic()
    first: tuple[float, float] | None = None  # a resumed run does not begin at 0

    def report(done: float, remark: str = "") -> None:
        nonlocal last, first
        now = time.monotonic()
        first = first or (now, done)
        began, before = first
        if now - last < PLAIN_INTERVAL or not before < done <= total:
            return
        last = now
        left = (now - began) * (total - done) / (done - before)
        line = f"{description}: {done / total:.0%}, {_duration(left)} left"
        logger.info("%s", f"{line}, {remark}" if remark else line)

    return report


def _duration(seconds: float) -> str:
    """Minutes and seconds in words.

    >>> _duration(131.4)
    '2 min 11 s'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
