"""Fixtures of gates: a service that behaves as a test says, and a Prometheus that watches it; one of each for all."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest_asyncio
from aiohttp import web

from e2e.bed.ports import with_free_port
from e2e.kit.gates import prometheus
from e2e.kit.gates.service import Service
from e2e.kit.gates.watched import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from e2e.kit.releases import Kit


@contextlib.asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    """A server on loopback; its `HOST:PORT`."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application)
    await runner.setup()

    async def start(port: int) -> int:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return port

    try:
        yield f"127.0.0.1:{await with_free_port(start)}"
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Service, str]]:
    """The service, and the URL of the Prometheus that scrapes it."""
    service = Service(time.monotonic)
    async with (
        serving(web.get("/metrics", service.answer)) as target,
        prometheus.running(tmp_path_factory.mktemp("prometheus"), target) as url,
    ):
        yield service, url


@pytest_asyncio.fixture(loop_scope="session")
async def watch(kit: Kit, watched: tuple[Service, str]) -> Watch:
    """Releases in a namespace of the test's own, with gates that ask the Prometheus."""
    return Watch(kit, *watched)
