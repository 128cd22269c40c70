"""Lines answered by several processes, in their order.

    line 1  3  5  ->  worker 1  ->  answer 1  3  5
                                                     answers 1 2 3 4 5 6
    line 2  4  6  ->  worker 2  ->  answer 2  4  6

Lines are dealt out in turns and answers collected in turns; what is ahead waits in the
pipes. The workers are forks of this process, so what it has loaded is theirs as well.
An answer is handed on as soon as it is there: nobody waits for lines to come. This
module does not know what is asked.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from app.errors import UserError

# Lines with their numbers; and where each answer, a single line, goes.
NumberedLines = Iterable[tuple[int, str]]
Write = Callable[[str], object]
Work = Callable[[NumberedLines, Write], int]


@dataclass(frozen=True)
class _Worker:
    """A process, what it reads and what it writes."""

    process_id: int
    lines: IO[str]
    answers: IO[str]


def can_share_out() -> bool:
    """Whether this system can copy a running process."""
    return hasattr(os, "fork")


def share_out(lines: NumberedLines, work: Work, write: Write, num_workers: int) -> int:
    """Has lines answered by processes; returns the largest of their exit statuses.

    Args:
        lines: are read as they come.
        work: answers the lines that a worker gets, one line for each, and returns an
            exit status; runs in the workers.
        write: takes the answers in the order of the lines, in a thread of its own.
        num_workers: at least 1.

    Raises:
        UserError: a worker was ended from the outside.
        Exception: what `write` raised.
    """
    workers: list[_Worker] = []
    for _ in range(num_workers):
        workers.append(_start(work, workers))
    collector = _Collector(workers, write)
    collector.start()
    try:
        with contextlib.suppress(BrokenPipeError):  # told below, by who knows why
            _deal_out(lines, workers)
        collector.join()
    except BaseException:  # Ctrl-C: nobody wants what is still in the pipes
        for worker in workers:
            os.kill(worker.process_id, signal.SIGTERM)
        collector.join()
        raise
    finally:
        statuses = [os.waitpid(worker.process_id, 0)[1] for worker in workers]
    if collector.error is not None:
        raise collector.error
    return max(map(_exit_status, statuses))


class _Collector(threading.Thread):
    """Hands on the answers in turns, until the worker whose turn it is has ended.

    Attributes:
        error: what the hand that takes the answers raised.
    """

    def __init__(self, workers: Sequence[_Worker], write: Write) -> None:
        super().__init__(daemon=True)
        self.error: Exception | None = None
        self._workers = workers
        self._write = write

    def run(self) -> None:
        """Until the end; then no worker can write any more, and each ends."""
        turn = 0
        try:
            while answer := self._workers[turn].answers.readline():
                self._write(answer.removesuffix("\n"))
                turn = (turn + 1) % len(self._workers)
        except Exception as error:  # is raised again where it can be told
            self.error = error
        finally:
            for worker in self._workers:
                worker.answers.close()


def _deal_out(lines: NumberedLines, workers: Sequence[_Worker]) -> None:
    """Gives each line to the next worker in turn; at the end closes their pipes."""
    try:
        for turn, (number, line) in enumerate(lines):
            _put(workers[turn % len(workers)].lines, f"{number}\t{line}")
    finally:
        for worker in workers:
            with contextlib.suppress(BrokenPipeError):
                worker.lines.close()


def _start(work: Work, others: Sequence[_Worker]) -> _Worker:
    """A new worker. It keeps no end of the others' pipes, so that they can close."""
    lines_out, lines_in = os.pipe()
    answers_out, answers_in = os.pipe()
    process_id = os.fork()
    if process_id:
        os.close(lines_out)
        os.close(answers_in)
        return _Worker(process_id, _text(lines_in, "w"), _text(answers_out, "r"))
    status = 1
    try:
        for other in others:
            os.close(other.lines.fileno())
            os.close(other.answers.fileno())
        os.close(lines_in)
        os.close(answers_out)
        with _text(lines_out, "r") as lines, _text(answers_in, "w") as answers:
            status = work(_numbered(lines), lambda answer: _put(answers, answer))
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # whoever asked has left, or tells the first process the same
    except BaseException:
        traceback.print_exc()
    finally:
        # Not sys.exit: what waits in the buffers of the first process is its own.
        os._exit(status)


def _text(descriptor: int, mode: str) -> IO[str]:
    """A pipe's end for text; bytes that are no UTF-8 go through as they are."""
    return open(
        descriptor, mode, encoding="utf-8", errors="surrogateescape", newline="\n"
    )


def _put(file: IO[str], line: str) -> None:
    file.write(line + "\n")
    file.flush()


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The lines and numbers that `_deal_out` wrote."""
    for line in lines:
        number, text = line.removesuffix("\n").split("\t", 1)
        yield int(number), text


def _exit_status(status: int) -> int:
    """Of a process that has ended."""
    if os.WIFSIGNALED(status):
        raise UserError(
            f"A process that answered was ended by signal {os.WTERMSIG(status)}, so "
            "answers are missing. If memory ran out, close other programs."
        )
    return os.waitstatus_to_exitcode(status)
