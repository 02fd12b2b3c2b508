"""Requests are counted in the window that was open when they were asked, and each way to its number."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from demo.load import NOBODY, Counts, Load
from demo.scenes import WAYS, Way
from demo.service import Version, running

FEW = replace(WAYS[0], requests=5, pause=0)
MORE = replace(WAYS[2], requests=9, pause=0)


async def good() -> tuple[str, bool]:
    await asyncio.sleep(0)
    return "v1", True


async def with_workers(
    load: Load, asks: dict[Way, Callable[[], Awaitable[tuple[str, bool]]]]
) -> dict[Way, Counts]:
    """The first full window."""
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(load.keep_asking(way, ask)) for way, ask in asks.items()]
        counted = await load.counted()
        for worker in workers:
            worker.cancel()
    return counted


async def test_a_window_has_exactly_its_requests_and_waits_for_the_slowest_way() -> None:
    load = Load([FEW, MORE])
    counted = await with_workers(load, {FEW: good, MORE: good})
    assert (counted[FEW].total, counted[MORE].total) == (5, 9)
    assert load.overall[FEW].total >= 9


async def test_a_request_that_was_under_way_belongs_to_no_window() -> None:
    load, asked, answered = Load([FEW]), asyncio.Event(), asyncio.Event()

    async def ask() -> tuple[str, bool]:
        if asked.is_set():
            return await good()
        asked.set()
        await answered.wait()
        return "v2", True

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        worker = group.create_task(load.keep_asking(FEW, ask))
        await asked.wait()
        load.open_window()
        answered.set()
        counted = await load.counted()
        worker.cancel()
    assert counted[FEW].answered == {"v1": 5}
    assert load.overall[FEW].answered["v2"] == 1


async def test_who_gets_no_answer_is_counted_as_failed() -> None:
    async def refused() -> tuple[str, bool]:
        raise ConnectionRefusedError

    counted = await with_workers(Load([FEW]), {FEW: refused})
    assert (counted[FEW].answered, counted[FEW].failures) == ({NOBODY: 5}, 5)


async def test_a_bad_version_says_so_over_both_protocols() -> None:
    async with running(Version("v2", bad=True)) as ports:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports["http"])
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
        answers = [await reader.readuntil(b"failed\n"), await reader.readuntil(b"failed\n")]
        writer.close()
        over_tcp, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
        line = await over_tcp.read()
        writer.close()
    assert all(answer.startswith(b"HTTP/1.1 500 ") for answer in answers)
    assert line == b"v2 failed\n"
