"""The sample service: over HTTP and TCP it says its version. Two of them run, and one may be bad."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from demo.objects import LOOPBACK, Ports

Answer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_HEAD_LIMIT: Final = 16 * 1024  # bytes of a request's head; the load's have two hundred


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the service. A bad one answers 500, and says over TCP that it failed."""

    name: str
    bad: bool = False

    @property
    def line(self) -> str:
        """What it says."""
        return f"{self.name} {'failed' if self.bad else 'ok'}\n"


@asynccontextmanager
async def running(version: Version) -> AsyncIterator[Ports]:
    """A version of the service on free ports for as long as the block runs."""

    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve_http(version, reader, writer)

    async def tcp(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # who asked may be gone
            writer.write(version.line.encode())
            await writer.drain()
        writer.close()

    async with await _listen(http) as over_http, await _listen(tcp) as over_tcp:
        yield {"http": _port(over_http), "tcp": _port(over_tcp)}


async def _listen(answer: Answer) -> asyncio.Server:
    return await asyncio.start_server(answer, LOOPBACK, 0, limit=_HEAD_LIMIT)


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


async def _serve_http(version: Version, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers the requests of one connection; each answer leaves in one write."""
    status = "500 Internal Server Error" if version.bad else "200 OK"
    body = version.line
    answer = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer.encode())
            await writer.drain()
    writer.close()
