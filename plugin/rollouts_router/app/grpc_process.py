"""The process that a go-plugin host launched with `--protocol grpc`: like `process`, with another socket.

The gRPC library makes the socket itself, so it has to be there before the handshake line; nothing else is.
Only the launch with that flag may import this module: the controller's own would wait for the library.
"""

# ruff: noqa: PLC0415 - what can wait for the handshake line is imported after it
import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rollouts_router.settings import Settings
from rollouts_router.transports.go_plugin.server import PluginServer
from rollouts_router.transports.limits import Limits

if TYPE_CHECKING:
    from rollouts_router.log import Logger


class Door(Protocol):
    """Where the host will knock."""

    def place(self, bind: Callable[[str], None]) -> None:
        """Have `bind` listen at a path."""

    def announce(self) -> None:
        """Tell the host where that is."""

    def close(self) -> None:
        """Remove what was made there."""


def run(settings: Settings, door: Door) -> int:
    """Serve the host by gRPC to the end and return the exit status; what `door` raises comes out as it is."""
    runner = asyncio.Runner()
    server = runner.run(_opened(door))
    from rollouts_router.app import process

    log = process.logger(settings)
    return process.watched(runner, _main(settings, server, door.close, log), log)


async def _opened(door: Door) -> PluginServer:
    server = PluginServer()
    door.place(server.bind)
    door.announce()
    return server


async def _main(settings: Settings, server: PluginServer, clean_up: Callable[[], None], log: "Logger") -> int:
    from rollouts_router.app import process
    from rollouts_router.app.assembly import assemble
    from rollouts_router.app.exporting import exporting
    from rollouts_router.app.registration import traffic_router
    from rollouts_router.transports.go_plugin.offering import offer

    async with exporting(settings.metrics_listen, log) as meter:
        parts = assemble(settings, log, meter=meter)
        await server.start(partial(offer, register=traffic_router(parts.desk, log)))
        ender = process.ender(clean_up)
        return await process.conduct(parts, server.converse, log=log, end_soon=ender, limits=Limits())
