"""An HTTP proxy in front of the API server, played by the test: it counts the plugin's requests, and may interfere.

What it does to a request is the test's business: answer in the API server's place, or end whoever asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import ssl
from typing import TYPE_CHECKING, Final, NoReturn, Self

import aiohttp
from aiohttp import web

from e2e.bed.identities import Identity, write_kubeconfig
from e2e.bed.ports import with_free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from types import TracebackType
    from typing import TypeAlias

    from e2e.bed.control_plane import ControlPlane

    Interference: TypeAlias = Callable[[web.Request], Awaitable[web.Response | None]]

PASSED_ON: Final = ("Authorization", "Content-Type", "Accept", "User-Agent")


class Doorman:
    """The proxy as an async context manager; in the plugin's kubeconfig it stands for the API server."""

    def __init__(self, plane: ControlPlane) -> None:
        """Listens nowhere yet."""
        self._plane = plane
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.seen: list[str] = []
        self.interference: Interference | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0)
        await self._runner.setup()
        self._port = await with_free_port(self._listen)
        tls = ssl.create_default_context(cafile=str(self._plane.layout.certificate))
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self._session.close()

    def kubeconfig(self, who: Identity) -> Path:
        """A kubeconfig file by which this identity reaches the API server through here."""
        path = self._plane.folder / f"{who.name}-{self._port}.kubeconfig"
        write_kubeconfig(
            path, who, url=f"http://127.0.0.1:{self._port}", authority=self._plane.layout.certificate
        )
        return path

    async def _listen(self, port: int) -> int:
        assert self._runner is not None
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return port

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(f"{request.method} {request.path_qs}")
        own = await self.interference(request) if self.interference is not None else None
        return own if own is not None else await self._forwarded(request)

    async def _forwarded(self, request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        body = await request.read()
        async with self._session.request(
            request.method, self._plane.url + request.path_qs, data=body or None, headers=headers
        ) as got:
            return web.Response(status=got.status, body=await got.read(), content_type=got.content_type)


def kills_before(method: str, path: str, pid: Path) -> Interference:
    """Ends the process whose id is in the file before the first such request arrives, and lets all else pass."""

    async def interferes(request: web.Request) -> web.Response | None:
        if request.method == method and path in request.path:
            await killed(pid)
        return None

    return interferes


async def killed(pid: Path) -> NoReturn:
    """The process whose id is in the file is killed; it gets no answer any more."""
    with contextlib.suppress(ProcessLookupError):  # a request that was on its way beside the fatal one
        os.kill(int(await asyncio.to_thread(pid.read_text)), signal.SIGKILL)
    raise web.HTTPServiceUnavailable(text="whoever asked is dead")


def refusal(status: int, reason: str, message: str) -> web.Response:
    """What an API server says when it refuses."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": status,
    }
    return web.json_response(body, status=status)
