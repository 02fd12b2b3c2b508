"""Metrics and liveness over plain HTTP/1.1, for Prometheus and kubelets: three pages, nothing to send us.

What stands on the pages comes from outside. A request has a limit in length and time, and so have the connections.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from rollouts_router.transports.standalone.endpoint import Endpoint

MOST_CONNECTIONS: Final = 16
"""At once; further ones are closed. Whoever comes here comes every few seconds."""

MOST_REQUEST: Final = 8192
"""Bytes of a request line with its headers."""

PATIENCE: Final = 5.0
"""Seconds for a request to arrive, and for the answer to be taken."""

_REASONS: Final = {
    200: "OK",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"


Pages = Mapping[str, Callable[[], Page]]
"""From a path to what makes its page at that moment."""


@asynccontextmanager
async def published(pages: Pages, where: Endpoint) -> AsyncIterator[int]:
    """Answer GET and HEAD requests for the pages until the block ends; gives the port.

    Raises:
        OSError: it cannot listen there.
    """
    site = _Site(pages)
    server = await asyncio.start_server(site.converse, where.host, where.port, limit=MOST_REQUEST)
    async with server:
        yield server.sockets[0].getsockname()[1]


@dataclass(slots=True)
class _Site:
    pages: Pages
    connections: int = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close."""
        self.connections += 1
        try:
            if self.connections <= MOST_CONNECTIONS:
                async with asyncio.timeout(PATIENCE):
                    writer.write(self._answer(await reader.readuntil(b"\r\n\r\n")))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever it was wanted no page
        finally:
            self.connections -= 1
            writer.close()

    def _answer(self, request: bytes) -> bytes:
        method, _, rest = request.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        page = self._page(method, path)
        head = (
            f"HTTP/1.1 {page.status} {_REASONS[page.status]}\r\nContent-Type: {page.content_type}\r\n"
            f"Content-Length: {len(page.body)}\r\nConnection: close\r\n\r\n"
        ).encode()
        return head if method == "HEAD" else head + page.body

    def _page(self, method: str, path: str) -> Page:
        if method not in {"GET", "HEAD"}:
            return Page(body=b"only GET\n", status=405)
        make = self.pages.get(path)
        return make() if make is not None else Page(body=b"no such page\n", status=404)
