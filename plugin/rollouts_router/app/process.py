"""The process after its handshake: logging, the event loop, the connection, and an end within a second.

However the conversation ends, by Quit, by a closed connection, by SIGTERM or by an error, the process
ends with it: the host never connects again, and starts a new process when it needs one. What the
plugin is made of is `assembly`'s.
"""

import asyncio
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

from rollouts_router.app.assembly import assemble
from rollouts_router.app.exporting import exporting
from rollouts_router.log import Logger, configure, route_everything
from rollouts_router.settings import LogFormat, Settings
from rollouts_router.transports.limits import Limits
from rollouts_router.transports.netrpc_server import serve

CLEANUP_SECONDS: Final = 0.8
"""For handlers and connections to end. The host kills after 2 s, and holds a lock meanwhile."""

CRASHED: Final = 1
"""The exit status when the conversation did not end in order."""


class Plugin(Protocol):
    """What the process serves, apart from how."""

    async def warm_up(self) -> None:
        """Do what the first call would otherwise wait for; failures are the first call's to tell."""

    async def work(self) -> None:
        """Do what no call asks for, until cancelled."""

    async def aclose(self) -> None:
        """Let go of connections."""


class Converse(Protocol):
    """Serves one host to the end."""

    async def __call__(self, *, over: Callable[[str], None], limits: Limits) -> None:
        """Call `over` once, as soon as it is over, with the reason if that was not in order."""


def run(settings: Settings, listener: socket.socket, clean_up: Callable[[], None]) -> int:
    """Serve the host on `listener` by net/rpc to the end and return the exit status.

    `clean_up` is called if the process has to end without returning from here, because something
    does not stop within `CLEANUP_SECONDS`.
    """
    log = logger(settings)

    async def main() -> int:
        async with exporting(settings.metrics_listen, log) as meter:
            parts = assemble(settings, log, meter=meter)
            converse = partial(serve, listener, parts.handlers, log=log)
            return await conduct(parts, converse, log=log, end_soon=ender(clean_up), limits=Limits())

    return watched(asyncio.Runner(), main(), log)


def logger(settings: Settings) -> Logger:
    """Make the process' logger, and send everything there that would go elsewhere."""
    log = configure(
        text=settings.log_format is LogFormat.TEXT,
        least=settings.log_level.value,
        now=lambda: datetime.now(UTC),
    )
    route_everything(log)
    return log


def watched(runner: asyncio.Runner, main: Coroutine[None, None, int], log: Logger) -> int:
    """Run the conversation and return its exit status; a failure is told in one line.

    The event loop stays as it is: closing it would wait for threads, and the caller ends the process
    at once.
    """
    try:
        return runner.run(main)
    except Exception as error:  # noqa: BLE001 - the last place where it can become a line, not a traceback
        log.error("the plugin failed and ends; this is a bug", error=error)  # noqa: TRY400 - see above
        return CRASHED


def ender(clean_up: Callable[[], None]) -> Callable[[int], None]:
    """Make what ends the process with a status in `CLEANUP_SECONDS`, whatever still runs then."""

    def end_soon(status: int) -> None:
        timer = threading.Timer(CLEANUP_SECONDS, _end, (clean_up, status))
        timer.daemon = True
        timer.start()

    return end_soon


def _end(clean_up: Callable[[], None], status: int) -> None:
    clean_up()
    os._exit(status)


async def conduct(
    plugin: Plugin,
    converse: Converse,
    *,
    log: Logger,
    end_soon: Callable[[int], None],
    limits: Limits,
) -> int:
    """Serve one host and return the exit status: 0 after Quit, a closed connection or SIGTERM.

    `end_soon` is called with that status as soon as it is known, before anything is cleaned up.
    """
    status = 0

    def over(failure: str) -> None:
        nonlocal status
        if failure:
            status = CRASHED
            log.error("the plugin ends", reason=failure)
        end_soon(status)

    _on_sigterm(lambda: end_soon(0))
    try:
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(_warm(plugin)), tasks.create_task(plugin.work())]
            await converse(over=over, limits=limits)
            for each in beside:
                each.cancel()
    except asyncio.CancelledError:
        log.debug("the plugin ends", reason="SIGTERM")
    finally:
        await plugin.aclose()
    return status


def _on_sigterm(first: Callable[[], None]) -> None:
    """Cancel the running task on SIGTERM, after `first`."""
    task = asyncio.current_task()

    def stop() -> None:
        first()
        if task is not None:
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)


async def _warm(plugin: Plugin) -> None:
    """Warm up, then let the collector leave alone all that is there to stay, and do its work again."""
    try:
        await plugin.warm_up()
    finally:
        gc.freeze()
        gc.enable()
