"""Where the work is done: off the event loop, in few threads, in two lanes.

Functions that take milliseconds enter; their results leave. The event loop only reads
and writes, so that one long explanation delays nobody's keys:

    quick    next words, keys of a session                  some 2 ms each
    slow     blanks, phrases, texts written on, pictures    up to seconds

Who finds all threads of a lane busy waits in line, as many as `Limits.waiting`; what
nobody waits for any more when its turn comes is not begun.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

from app.serving.server.errors import Outdated, ServerError
from app.settings import Limits

Lane = Literal["quick", "slow"]
Result = TypeVar("Result")

# A text of so many characters and more belongs in the other lane: 40 ms and more.
LONG = 20_000

# More would not be faster: most of the work holds Python's one lock.
_THREADS: dict[Lane, int] = {"quick": 2, "slow": 1}

# Who is one too many is told after so long (s): clients that ask again at once would
# otherwise take the machine from those whose turn it is. 256 of them left a twentieth
# of the answers, where 128 could wait.
_BREATH = 0.5


class Workers:
    """The threads of a server.

    Args:
        limits: how many may wait, and how long.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lanes = {
            lane: _Lane(f"nextword-{lane}", threads)
            for lane, threads in _THREADS.items()
        }

    async def run(
        self,
        lane: Lane,
        function: Callable[[], Result],
        *,
        is_outdated: Callable[[], Awaitable[bool]] | None = None,
    ) -> Result:
        """What `function` returns, computed in a thread of a lane.

        Args:
            lane: its kind of work.
            function: knows nothing of threads and does not wait for anything.
            is_outdated: asked when its turn comes, if it had to wait for it.

        Raises:
            ServerError: too many wait already (429), or it took too long (503).
            Outdated: nobody wanted it any more.
        """
        async with self.in_time():
            waiting, most = self._lanes[lane], self._limits.waiting
            if waiting.num_waiting >= most:
                await asyncio.sleep(_BREATH)
                raise ServerError(
                    429, f"{most} requests wait already. Try again.", "waiting", most
                )
            had_to_wait = await waiting.acquire()
            try:
                if had_to_wait and is_outdated is not None and await is_outdated():
                    raise Outdated
            except BaseException:
                waiting.release()
                raise
            return await waiting.start(function)

    @contextlib.asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Refuses what takes longer than the limit, all together.

        Whoever has much to do lets others have their turn between its parts, and within
        this begins no more of them once the time is over.

        Raises:
            ServerError: 503.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                yield
        except TimeoutError as error:
            seconds = self._limits.seconds
            message = (
                f"There was no answer within {seconds} s. Ask for less at a time, or "
                "again later if others have asked for much."
            )
            raise ServerError(503, message, "seconds", seconds) from error

    def close(self) -> None:
        """Waits for what is running."""
        for lane in self._lanes.values():
            lane.close()


class _Lane:
    """A few threads and those who wait for one of them."""

    def __init__(self, name: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = asyncio.Semaphore(threads)
        self.num_waiting = 0

    async def acquire(self) -> bool:
        """Takes a thread; whether there was a line to stand in."""
        if not self._free.locked():
            await self._free.acquire()
            return False
        self.num_waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.num_waiting -= 1
        return True

    def release(self) -> None:
        """Gives back a thread that was acquired and not used."""
        self._free.release()

    async def start(self, function: Callable[[], Result]) -> Result:
        """Runs a function in the thread that was acquired, which it gives back.

        Who stops waiting does not stop the thread: it is given back when it is done.
        """
        future = asyncio.wrap_future(self._pool.submit(function))
        future.add_done_callback(self._give_back)
        return await asyncio.shield(future)

    def _give_back(self, future: asyncio.Future[Any]) -> None:
        self.release()
        if not future.cancelled():
            future.exception()  # or asyncio logs it where nobody waits any more

    def close(self) -> None:
        self._pool.shutdown(wait=True)
