"""A server in the test's own event loop, with handlers of the test's choice."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rollouts_router.transports.limits import Limits
from rollouts_router.transports.netrpc_server import Handler, serve


@dataclass(slots=True)
class Lines:
    """A log that only remembers."""

    said: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def debug(self, event: str, /, **values: object) -> None:
        """Remember a debugging line."""
        self.said.append(("debug", event, values))

    def info(self, event: str, /, **values: object) -> None:
        """Remember a line."""
        self.said.append(("info", event, values))

    def warning(self, event: str, /, **values: object) -> None:
        """Remember a warning."""
        self.said.append(("warning", event, values))

    def error(self, event: str, /, **values: object) -> None:
        """Remember an error."""
        self.said.append(("error", event, values))


@dataclass(slots=True)
class Served:
    """A running server as its owner sees it."""

    path: Path
    task: asyncio.Task[None]
    ended: list[str]
    log: Lines

    async def end(self) -> str:
        """Wait for the server's end; return what it said was wrong."""
        async with asyncio.timeout(10):
            await self.task
        (reason,) = self.ended
        return reason


@asynccontextmanager
async def serving(
    folder: Path, plugin: Mapping[str, Handler], limits: Limits | None = None
) -> AsyncIterator[Served]:
    """Serve on a socket in `folder` until the block ends."""
    path = folder / "socket"
    ended: list[str] = []
    log = Lines()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(
                serve(listener, plugin, log=log, over=ended.append, limits=limits or Limits())
            )
            yield Served(path, task, ended, log)
            task.cancel()
