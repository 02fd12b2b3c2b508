"""A conversation from the listening socket to the exit status; signals and hangs are tests/process' matter."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from tests.transports.fake_host import NIL, RST, TRUE, WINDOW_UPDATE, FakeHost, frame
from tests.transports.serving import Lines

from rollouts_router.app.process import CRASHED, conduct
from rollouts_router.transports.limits import Limits
from rollouts_router.transports.netrpc_server import serve
from rollouts_router.wire.gob.records import Kind, Typed


@dataclass(slots=True)
class Plugin:
    """Remembers what was done with it."""

    closed: int = 0
    works: bool = False
    warm: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def type_name(self, _argument: object) -> Typed:
        """Says a name."""
        return Typed(Kind.STRING, "GatewayAPI")

    async def warm_up(self) -> None:
        """Says so, and waits for a cluster if there is none."""
        self.warm.set()
        await self.reached.wait()

    async def work(self) -> None:
        """Goes on until it is stopped."""
        self.works = True
        try:
            await asyncio.Event().wait()
        finally:
            self.works = False

    async def aclose(self) -> None:
        """Counts."""
        self.closed += 1


@dataclass(slots=True)
class Conducted:
    """A conversation under way."""

    path: Path
    task: asyncio.Task[int]
    plugin: Plugin
    log: Lines
    statuses: list[int]

    async def end(self) -> int:
        """Wait for the exit status."""
        async with asyncio.timeout(10):
            return await self.task


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Leave the garbage collector as it was."""
    yield
    gc.unfreeze()
    gc.enable()


@asynccontextmanager
async def conducted(folder: Path, limits: Limits | None = None) -> AsyncIterator[Conducted]:
    """Conduct a conversation on a socket in `folder`."""
    path, plugin, log, statuses = folder / "socket", Plugin(), Lines(), list[int]()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        async with asyncio.TaskGroup() as tasks:
            converse = partial(serve, listener, {"Type": plugin.type_name}, log=log)
            task = tasks.create_task(
                conduct(plugin, converse, log=log, end_soon=statuses.append, limits=limits or Limits())
            )
            yield Conducted(path, task, plugin, log, statuses)


async def test_quit_is_status_zero_and_everything_is_closed(tmp_path: Path) -> None:
    async with conducted(tmp_path) as conversation:
        async with FakeHost.connected(conversation.path) as host:
            await host.call(await host.greeted(), "Plugin.Type", NIL)
            assert conversation.plugin.works
            await host.call(1, "Control.Quit", TRUE)

        assert await conversation.end() == 0
        assert conversation.plugin.warm.is_set()
        assert not conversation.plugin.works
        assert conversation.plugin.closed == 1
        assert conversation.statuses == [0]
        assert conversation.log.said == []


async def test_a_broken_conversation_is_a_crash_and_one_line(tmp_path: Path) -> None:
    async with conducted(tmp_path) as conversation, FakeHost.connected(conversation.path) as host:
        stream = await host.greeted()
        host.writer.write(frame(WINDOW_UPDATE, RST, stream, 0))

        assert await conversation.end() == CRASHED
        assert conversation.plugin.closed == 1
        assert conversation.statuses == [CRASHED]
        assert [(level, event) for level, event, _ in conversation.log.said] == [("error", "the plugin ends")]


async def test_nobody_connecting_is_a_crash(tmp_path: Path) -> None:
    async with conducted(tmp_path, Limits(connect=0.001)) as conversation:
        assert await conversation.end() == CRASHED
        assert conversation.statuses == [CRASHED]


async def test_a_cancelled_conversation_is_in_order(tmp_path: Path) -> None:
    """SIGTERM comes as a cancellation."""
    async with conducted(tmp_path) as conversation, FakeHost.connected(conversation.path) as host:
        await host.greeted()
        conversation.task.cancel()

        assert await conversation.end() == 0
        assert conversation.plugin.closed == 1


async def test_warming_up_goes_on_beside_the_conversation_and_then_the_collector_works(
    tmp_path: Path,
) -> None:
    gc.disable()
    frozen = gc.get_freeze_count()
    async with conducted(tmp_path) as conversation, FakeHost.connected(conversation.path) as host:
        await host.greeted()
        await host.call(1, "Control.Ping", TRUE)
        warming = not gc.isenabled()
        conversation.plugin.reached.set()
        await host.call(1, "Control.Ping", TRUE)

        assert warming
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
        await host.call(1, "Control.Quit", TRUE)
