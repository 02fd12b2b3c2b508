"""The server of `rollouts-router serve`, from its command line to its exit status. What it serves is `assembly`'s.

SIGTERM and SIGINT end it in order: it is not healthy any more, takes no call, lets running ones end, and is gone
with status 0. A second one ends it at once.
"""

import asyncio
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

from rollouts_router.app.metrics import Metrics
from rollouts_router.app.serving_assembly import Served, assemble_server
from rollouts_router.app.serving_settings import ServingSettings, parse
from rollouts_router.log import Logger, configure, route_everything
from rollouts_router.settings import LogFormat
from rollouts_router.transports.standalone.endpoint import Endpoint
from rollouts_router.transports.standalone.gate import Gate
from rollouts_router.transports.standalone.page import Page, Pages, published
from rollouts_router.transports.standalone.server import ListenError, StandaloneServer
from rollouts_router.transports.standalone.tls import TlsError

FAILED: Final = 1
"""The exit status when it could not listen, was told twice to end, or failed."""

_OWN_FILES: Final = 128
"""Descriptors for everything but the clients' connections."""

Assemble = Callable[[ServingSettings, Logger, Metrics], Served]


def serve(arguments: Sequence[str], assemble: Assemble = assemble_server) -> int:
    """Serve to the end and return the exit status; the sentence for a failure is on stderr.

    Raises:
        SystemExit: the arguments cannot be used, or help was asked for.
    """
    settings = parse(arguments)
    log = configure(
        text=settings.log_format is LogFormat.TEXT,
        least=settings.log_level.value,
        now=lambda: datetime.now(UTC),
    )
    route_everything(log)
    try:
        _make_room(settings.limits.connections + _OWN_FILES)
        return asyncio.run(_Serving(settings, log, assemble).run())
    except (ListenError, TlsError, OSError) as error:
        sys.stderr.write(f"rollouts-router cannot serve: {error}\n")
    except asyncio.CancelledError:
        log.warning("the server ended at once: it was told so twice")
    except Exception as error:  # noqa: BLE001 - the last place where it can become a line, not a traceback
        log.error("the server failed and ends; this is a bug", error=error)  # noqa: TRY400 - see above
    return FAILED


class _Serving:
    """One run."""

    def __init__(self, settings: ServingSettings, log: Logger, assemble: Assemble) -> None:
        self._settings = settings
        self._log = log
        self._assemble = assemble
        self._metrics = Metrics(time.monotonic)
        self._is_ready = False

    async def run(self) -> int:
        """Serve until a signal comes; returns the exit status."""
        stop = _on_signals(self._log)
        async with AsyncExitStack() as stack:
            served = self._assemble(self._settings, self._log, self._metrics)
            stack.push_async_callback(served.aclose)
            server, where = self._bound(served)
            if self._settings.metrics is not None:
                await stack.enter_async_context(published(self._pages(), self._settings.metrics))
            await server.start(served.register, reflected=self._settings.reflection)
            self._tell(where)
            await self._until(stop, served)
            await server.drain(self._settings.drain)
        return 0

    def _bound(self, served: Served) -> tuple[StandaloneServer, Endpoint]:
        limits, tls = self._settings.limits, self._settings.tls
        gate = Gate(served.door, limits=limits, meter=self._metrics, log=self._log, clock=time.monotonic)
        server = StandaloneServer(gate, limits)
        credentials = tls.credentials(self._log) if tls is not None else None
        return server, server.bind(self._settings.listen, credentials)

    async def _until(self, stop: asyncio.Event, served: Served) -> None:
        self._is_ready = True
        async with asyncio.TaskGroup() as tasks:
            warming = tasks.create_task(served.warm_up())
            await stop.wait()
            warming.cancel()
        self._is_ready = False
        self._log.info("the server ends", seconds_for_running_calls=str(self._settings.drain))

    def _tell(self, where: Endpoint) -> None:
        settings = self._settings
        self._log.info("serving", listen=str(where), tls=settings.tls is not None, callers=_callers(settings))
        if not settings.knows_callers and not where.path:
            self._log.warning(
                "every user of this machine can move traffic with the credentials of this server;"
                " a socket, --listen unix:///path, is for your own user alone",
                listen=str(where),
            )

    def _pages(self) -> Pages:
        def ready() -> Page:
            return Page(body=b"ok\n") if self._is_ready else Page(body=b"not now\n", status=503)

        return {"/metrics": self._metrics.page, "/healthz": lambda: Page(body=b"ok\n"), "/readyz": ready}


def _callers(settings: ServingSettings) -> str:
    if settings.token_auth:
        return "who has a token of the cluster, within his own rights"
    if settings.knows_callers:
        return "who has a client certificate, within his own rights"
    return "whoever can connect"


def _on_signals(log: Logger) -> asyncio.Event:
    """Set at the first SIGTERM or SIGINT; the second one cancels the running task."""
    stop, task = asyncio.Event(), asyncio.current_task()

    def told(name: str) -> None:
        log.debug("told to end", signal=name)
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told, number.name)
    return stop


def _make_room(descriptors: int) -> None:
    """Have at least so many descriptors, as every Go program does by itself.

    Raises:
        ListenError: the system does not allow as many.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < descriptors:
        if hard != resource.RLIM_INFINITY and hard < descriptors:
            raise ListenError(
                f"this process may open {hard} files, and so many connections need {descriptors}:"
                " lower --max-connections, or raise the limit (ulimit -n)"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
