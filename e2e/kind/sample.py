"""The sample application, as a program: in a pod of a cluster what `e2e.gateways.pods` is for all pods of a test bed.

Its image (`images`) holds Python and aiohttp, and of this repository only what is imported here.
"""

from __future__ import annotations

import asyncio
import signal

from e2e.gateways.pods import Pods


async def main() -> None:
    """Answers until it is told to stop, as process 1 of a container, which no signal ends by itself."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with Pods():
        await told.wait()


if __name__ == "__main__":
    asyncio.run(main())
