"""Runs `rollouts-router serve` for a test: started on entry, answering, ended on exit."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.hosts.driver import Plugin

READY: Final = 60.0  # seconds to listen; it takes one, and more on a busy machine


@contextlib.asynccontextmanager
async def serving(plugin: Plugin, name: str, *arguments: str) -> AsyncIterator[str]:
    """A server on a socket of this name in the plugin's home; gives its address."""
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
        yield f"unix://{path}"
