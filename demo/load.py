"""Requests through the gateway without end, counted by the version that answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import aiohttp

from demo.errors import DemoError
from demo.objects import LOOPBACK, Ports
from demo.scenes import Way

ANSWER_WITHIN: Final = 10.0  # seconds; an answer takes two milliseconds
WARM_WITHIN: Final = 30.0  # seconds from Traefik's start to good answers; it takes three
COUNT_WITHIN: Final = 90.0  # seconds for the requests of a step; they take five
IN_A_ROW: Final = 5  # good answers after which a way counts as warm
NOBODY: Final = "nobody"
OK: Final = 200

Ask: TypeAlias = Callable[[], Awaitable[tuple[str, bool]]]
"""One request: which version answered, and whether well."""


@dataclass(slots=True)
class Counts:
    """What came of some requests."""

    answered: Counter[str] = field(default_factory=Counter)  # by version
    failed: Counter[str] = field(default_factory=Counter)  # of these, by version too

    def add(self, version: str, *, well: bool) -> None:
        """One more."""
        self.answered[version] += 1
        self.failed[version] += not well

    @property
    def total(self) -> int:
        """How many requests."""
        return self.answered.total()

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return self.failed.total()


class Load:
    """The load on every way, and the window of requests that is being counted."""

    def __init__(self, ways: Iterable[Way]) -> None:
        """Asks nothing yet."""
        self.ways = tuple(ways)
        self.overall = {way: Counts() for way in self.ways}
        self.window = {way: Counts() for way in self.ways}
        self._full = asyncio.Event()

    def open_window(self) -> None:
        """Counts anew. Requests that are under way already belong to no window."""
        self.window = {way: Counts() for way in self.ways}
        self._full = asyncio.Event()

    async def counted(self) -> dict[Way, Counts]:
        """The window, once every way has all its requests in it. Raises DemoError when that takes too long."""
        try:
            async with asyncio.timeout(COUNT_WITHIN):
                await self._full.wait()
        except TimeoutError as error:
            asked = ", ".join(f"{way}: {self.window[way].total} of {way.requests}" for way in self.ways)
            raise DemoError(f"requests took over {COUNT_WITHIN:.0f} s ({asked})") from error
        return self.window

    async def keep_asking(self, way: Way, ask: Ask) -> None:
        """One worker of a way; never ends by itself."""
        while True:
            window = self.window
            version, well = await _outcome(ask)
            self.overall[way].add(version, well=well)
            if window is self.window and window[way].total < way.requests:
                window[way].add(version, well=well)
                self._look_whether_full()
            await asyncio.sleep(way.pause)

    def _look_whether_full(self) -> None:
        if all(counts.total >= way.requests for way, counts in self.window.items()):
            self._full.set()


@asynccontextmanager
async def flowing(ways: Iterable[Way], listeners: Ports) -> AsyncIterator[Load]:
    """A load on all ways for as long as the block runs; each of them is warm by then."""
    load = Load(ways)
    limit = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=limit, connector=connector) as session:
        asks = {way: asking(way, listeners, session) for way in load.ways}
        for way, ask in asks.items():
            await _warm(way, ask)
        async with working(load, [(way, ask) for way, ask in asks.items() for _ in range(way.workers)]):
            yield load


@asynccontextmanager
async def working(load: Load, asks: Iterable[tuple[Way, Ask]]) -> AsyncIterator[None]:
    """A worker for each of these for as long as the block runs."""
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(load.keep_asking(way, ask)) for way, ask in asks]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()


def asking(way: Way, listeners: Ports, session: aiohttp.ClientSession) -> Ask:
    """How one request is made on a way."""
    if way.protocol == "tcp":
        return lambda: _over_tcp(listeners["tcp"])
    return lambda: _over_http(session, listeners["http"], way.host)


async def _over_http(session: aiohttp.ClientSession, port: int, host: str) -> tuple[str, bool]:
    async with session.get(f"http://{LOOPBACK}:{port}/", headers={"Host": host}) as answer:
        return _said(await answer.text(), well=answer.status == OK)


async def _over_tcp(port: int) -> tuple[str, bool]:
    """A connection is the request: the service speaks first."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        line = await reader.readline()
    finally:
        writer.close()
    return _said(line.decode(errors="replace"), well=True)


def _said(text: str, *, well: bool) -> tuple[str, bool]:
    """A version's line; anything else came from the gateway, so nobody of ours has answered."""
    match text.split():
        case [version, ("ok" | "failed") as word]:
            return version, well and word == "ok"
        case _:
            return NOBODY, False


async def _outcome(ask: Ask) -> tuple[str, bool]:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await ask()
    except (aiohttp.ClientError, OSError, EOFError, TimeoutError):
        return NOBODY, False


async def _warm(way: Way, ask: Ask) -> None:
    """Returns when a way has given good answers in a row."""
    good = 0
    try:
        async with asyncio.timeout(WARM_WITHIN):
            while good < IN_A_ROW:
                good = good + 1 if (await _outcome(ask))[1] else 0
                await asyncio.sleep(way.pause)
    except TimeoutError as error:
        raise DemoError(f"{way} gave no good answers within {WARM_WITHIN:.0f} s") from error
