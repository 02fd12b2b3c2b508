"""A small HTTP server on loopback that answers as a test tells it to; it knows nothing of Kubernetes."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived: the target is still quoted, the peer is the port it came from."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    peer: int


def json_answer(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as the API server sends it."""
    return web.Response(
        status=status, body=json.dumps(body).encode(), content_type="application/json", headers=headers
    )


def status_answer(
    status: int, reason: str, message: str, *, headers: dict[str, str] | None = None, **details: object
) -> web.Response:
    """A Status, with details if any are given."""
    body = {"kind": "Status", "reason": reason, "message": message, "code": status, "details": details}
    return json_answer(body, status=status, headers=headers)


@dataclass(slots=True)
class ApiServer:
    """Gives the queued answers in order, then whatever `otherwise` makes of a request."""

    queued: deque[web.StreamResponse] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    otherwise: Callable[[Received], Awaitable[web.StreamResponse]] | None = None
    url: str = ""
    _runner: web.AppRunner | None = None

    def answers(self, *answers: web.StreamResponse) -> None:
        """Queue answers for the next requests."""
        self.queued.extend(answers)

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        peer = request.get_extra_info("peername")[1]
        seen = Received(request.method, request.raw_path, dict(request.headers), body, peer)
        self.received.append(seen)
        if self.queued:
            return self.queued.popleft()
        if self.otherwise is not None:
            return await self.otherwise(seen)
        return json_answer({"metadata": {"name": "one"}})


async def hang(_: Received) -> web.StreamResponse:
    """An answer that never comes."""
    await asyncio.Event().wait()
    raise AssertionError("an event nobody knows was set")
