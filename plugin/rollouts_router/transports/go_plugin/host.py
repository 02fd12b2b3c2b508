"""Whether the host is there, told from the streams it keeps open. No gRPC here, and nothing is answered.

gRPC tells a server nothing of connections. But a go-plugin host opens two streams as soon as it has
connected (go-plugin, grpc_client.go: the broker's and the one for stdio), keeps them for as long as it
lives, and never comes back: when the last of them ends, the host is gone.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Host:
    """What is known of the host of this process."""

    def __init__(self) -> None:
        self._streams = 0
        self._came = asyncio.Event()
        self._over = asyncio.Event()

    @contextmanager
    def present(self) -> Iterator[None]:
        """Count one of the host's streams while the block lasts."""
        self._streams += 1
        self._came.set()
        try:
            yield
        finally:
            self._streams -= 1
            if not self._streams:
                self._over.set()

    def quit(self) -> None:
        """Note that the host has said that it is over."""
        self._came.set()
        self._over.set()

    async def over(self) -> None:
        """Wait until the host has said so, or is gone."""
        await self._over.wait()

    async def ending(self, patience: float) -> str:
        """Wait until it is over, at most `patience` seconds for the host to come; return what was wrong."""
        try:
            async with asyncio.timeout(patience):
                await self._came.wait()
        except TimeoutError:
            return f"no host connected within {patience:g} s of the launch"
        await self.over()
        return ""
