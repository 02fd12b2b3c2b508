"""The real command around a plugin whose calls do what handlers must not; run as a child process."""

import asyncio
import logging
import os
import warnings
from collections.abc import Mapping
from typing import NoReturn

from rollouts_router import cli
from rollouts_router.app import process
from rollouts_router.log import Logger
from rollouts_router.settings import Settings
from rollouts_router.transports.netrpc_server import Handler
from rollouts_router.wire.gob.records import Kind, Typed


class BadlyBehaved:
    """Each method is bad in its own way."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._hangs = False

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The bad calls, under names the host may call."""
        return {"Type": self.noisy, "SetWeight": self.stuck, "VerifyWeight": self.stubborn}

    async def noisy(self, argument: object) -> Typed:
        """Says things where nothing may be said, and logs what cannot be logged."""
        print("a library's print", flush=True)  # noqa: T201 - that is the noise
        os.write(1, b'{"@level": 5}\n')
        child = await asyncio.create_subprocess_exec("/bin/echo", "from a child")
        await child.wait()
        warnings.warn("a library's warning", DeprecationWarning, stacklevel=1)
        logging.getLogger("library").error("a library's %d", "error")
        self._log.info(b"\x00\xff\n", **{"@level": 5, "@message": None, "@timestamp": 1.5, "line\nbreak": {}})
        self._log.error("failed", error=ValueError("first line\nsecond line"))
        return Typed(Kind.STRING, str(argument))

    async def stuck(self, _argument: object) -> NoReturn:
        """Waits for ever."""
        self._log.info("stuck")
        await asyncio.Event().wait()
        raise AssertionError("it waits for ever")

    async def stubborn(self, _argument: object) -> NoReturn:
        """Waits for ever, whoever cancels it."""
        self._log.info("stubborn")
        self._hangs = True
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    async def warm_up(self) -> None:
        """Waits for ever too."""
        await asyncio.Event().wait()

    async def work(self) -> None:
        """Does not listen when it is told to stop."""
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if not self._hangs:
                    raise

    async def aclose(self) -> None:
        """Waits for ever too, once a call does."""
        if self._hangs:
            await asyncio.Event().wait()


def assemble(_settings: Settings, log: Logger, *, meter: object) -> BadlyBehaved:
    """Stands in for the real assembly."""
    return BadlyBehaved(log)


process.assemble = assemble
raise SystemExit(cli.main())
