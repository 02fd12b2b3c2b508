"""Launches: time to the handshake and beyond, and memory before any call, beside a bare interpreter."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bed import waiting
from e2e.bench import plugins
from e2e.bench.errors import NotMeasuredError
from e2e.bench.floors import MICROSECONDS, MILLISECOND
from e2e.hosts.driver import Session

if TYPE_CHECKING:
    from e2e.bench.scenes import Scene
    from e2e.hosts.driver import Plugin

BARE: Final = "import sys; sys.stdout.write(open('/proc/self/status').read())"
BARE_LIMIT: Final = 10.0  # seconds
STEADY: Final = 20.0  # seconds within which the memory of an idle plugin no longer changes
LOOKS: Final = 6  # at the interval of `waiting`: a quarter of a second without a change
KIBIBYTE: Final = 1024  # bytes


@dataclass(slots=True)
class Launches:
    """Launches one after the other; times in milliseconds since just before the start, memory in megabytes.

    Attributes:
        first_call: How long the first SetWeight took, with nothing to change: credentials, connection, discovery.
    """

    handshake: list[float] = field(default_factory=list)
    dispensed: list[float] = field(default_factory=list)
    first_call: list[float] = field(default_factory=list)
    at_rest: list[float] = field(default_factory=list)

    async def launch(self, plugin: Plugin, scene: Scene, weight: int) -> None:
        """One launch; the scene's routes carry the weight already.

        Raises:
            NotMeasuredError: Its first call failed, or its memory does not come to rest.
        """
        async with Session(plugins.LINE, plugin) as session:
            ready = session.ready
            self.at_rest.append(await _steady(session))
            call = await plugins.set_weight(session, scene, weight)
            self.handshake.append(ready.handshake_us / MICROSECONDS)
            self.dispensed.append(ready.dispensed_us / MICROSECONDS)
            self.first_call.append(call.total)


async def bare() -> tuple[float, float]:
    """This interpreter with no module of its own: milliseconds to its first output, and its resident megabytes."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-c", BARE, stdout=subprocess.PIPE)
    async with asyncio.timeout(BARE_LIMIT):
        assert process.stdout is not None
        first = await process.stdout.readline()
        took = (time.perf_counter() - started) / MILLISECOND
        rest, _ = await process.communicate()
    return took, _resident((first + rest).decode())


async def _steady(session: Session) -> float:
    """The memory as soon as several looks at it see the same: modules may still be loading."""
    looks: deque[float] = deque(maxlen=LOOKS)

    async def ask() -> float | None:
        looks.append(await plugins.resident(session))
        return looks[0] if looks.count(looks[0]) == LOOKS else None

    return await waiting.until(ask, within=STEADY, what="the plugin's memory at rest")


def _resident(status: str) -> float:
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "VmRSS":
            return int(value.split()[0]) * KIBIBYTE / plugins.MEGABYTE
    raise NotMeasuredError("/proc/self/status tells no VmRSS: memory is measured on Linux only")
