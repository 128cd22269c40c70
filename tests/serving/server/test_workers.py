"""Work off the event loop: bounded, in its turn, and not begun for nobody."""

import asyncio
import threading
import time

import pytest

from app.serving.server.errors import Outdated, ServerError
from app.serving.server.workers import Workers
from app.settings import Limits


def in_loop(function):
    """Runs an async test; whatever is left over afterwards would be an error."""
    asyncio.run(function())


def test_the_result_and_the_mistake_come_back():
    async def test():
        workers = Workers(Limits())
        assert await workers.run("quick", lambda: 42) == 42
        with pytest.raises(ZeroDivisionError):
            await workers.run("quick", lambda: 1 / 0)
        workers.close()

    in_loop(test)


def test_slow_work_does_not_hold_up_quick_work():
    async def test():
        workers, may_end = Workers(Limits()), threading.Event()
        slow = [
            asyncio.create_task(workers.run("slow", may_end.wait)) for _ in range(5)
        ]
        assert await workers.run("quick", lambda: "at once") == "at once"
        may_end.set()
        assert await asyncio.gather(*slow) == [True] * 5
        workers.close()

    in_loop(test)


def test_beyond_the_line_nobody_waits():
    async def test():
        workers, may_end = Workers(Limits(waiting=2)), threading.Event()
        ask = [asyncio.create_task(workers.run("slow", may_end.wait)) for _ in range(4)]
        done, _ = await asyncio.wait(ask, return_when=asyncio.FIRST_COMPLETED)
        [refused] = done
        with pytest.raises(ServerError) as error:
            refused.result()
        assert error.value.status == 429
        assert error.value.content["limit"] == "waiting"
        may_end.set()
        assert await asyncio.gather(*(it for it in ask if it is not refused))
        workers.close()

    in_loop(test)


def test_what_takes_too_long_is_given_up_and_its_thread_comes_back():
    async def test():
        workers, may_end = Workers(Limits(seconds=1)), threading.Event()
        with pytest.raises(ServerError) as error:
            await workers.run("slow", may_end.wait)
        assert error.value.status == 503
        assert error.value.content["value"] == 1
        may_end.set()
        assert await workers.run("slow", lambda: "again") == "again"
        workers.close()

    in_loop(test)


def test_who_left_while_waiting_is_not_worked_for():
    async def test():
        workers, may_end, begun = Workers(Limits()), threading.Event(), []

        async def has_left():
            return True

        first = asyncio.create_task(workers.run("slow", may_end.wait))
        await asyncio.sleep(0)
        second = asyncio.create_task(
            workers.run("slow", lambda: begun.append(1), is_outdated=has_left)
        )
        await asyncio.sleep(0.01)
        may_end.set()
        await first
        with pytest.raises(Outdated):
            await second
        assert not begun
        assert await workers.run("slow", lambda: "free") == "free"
        workers.close()

    in_loop(test)


def test_who_stops_waiting_leaves_no_thread_behind():
    async def test():
        workers, may_end = Workers(Limits()), threading.Event()
        running = asyncio.create_task(workers.run("slow", may_end.wait))
        waiting = asyncio.create_task(workers.run("slow", lambda: None))
        await asyncio.sleep(0.01)
        for task in (waiting, running):
            task.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        may_end.set()
        assert await workers.run("slow", lambda: "free") == "free"
        workers.close()

    in_loop(test)


def test_closing_waits_for_what_is_running():
    async def test():
        workers, ended = Workers(Limits()), []

        def work():
            time.sleep(0.1)
            ended.append(True)

        task = asyncio.create_task(workers.run("quick", work))
        await asyncio.sleep(0.01)
        workers.close()
        assert ended
        await task

    in_loop(test)
