"""Runs `rollouts-router serve` for a test: started on entry, answering, ended on exit."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.hosts.driver import Plugin

MEMORY: Final = "VmRSS:"
READY: Final = 60.0  # seconds to listen; it takes one, and more on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that listens."""

    address: str
    pid: int

    def resident(self) -> int:
        """The resident set in kibibytes, by Linux's /proc."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(MEMORY))


@contextlib.asynccontextmanager
async def serving(plugin: Plugin, name: str, *arguments: str) -> AsyncIterator[Server]:
    """A server on a socket of this name in the plugin's home."""
    folder = Path(plugin.environment["HOME"])
    path = folder / f"{name}.sock"
    command = Command(
        name=name,
        program=Path(plugin.command[0]),
        arguments=(*plugin.command[1:], "serve", "--listen", f"unix://{path}", *arguments),
        log=folder / f"{name}.log",
        folder=folder,
        environment=plugin.environment,
    )

    async def listens() -> bool | None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_unix_connection(path)
            writer.close()
            return True
        return None

    async with Process(command) as server:
        await server.until(listens, within=READY, what=f"{path} is listened at")
        yield Server(address=f"unix://{path}", pid=server.pid)
