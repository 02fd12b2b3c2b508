"""Where traffic flows: an edge with the gateway that a test's module names, alone in a network of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import binaries
from e2e.bed.control_plane import POD_RANGE
from e2e.gateways.bed_edge import BedEdge, installed_edge, running_edge
from e2e.gateways.network import obstacle, private_network

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator
    from pathlib import Path

    from e2e.gateways.gateway import Gateway

LINES_SHOWN = 60


@pytest.fixture(scope="module")
def executable() -> Path | None:
    """What is installed as a user would; where there is none, the plugin is this checkout's command."""
    return None


@pytest.fixture(scope="module")
def network(gateway: type[Gateway], executable: Path | None) -> Iterator[None]:
    """Everything is built and fetched before, for there is no world in this network."""
    del executable
    if reason := obstacle():
        pytest.skip(reason)
    binaries.prepare()
    gateway.prepare()
    with private_network(POD_RANGE):
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(network: None, gateway: type[Gateway], executable: Path | None) -> AsyncIterator[BedEdge]:
    """The bed of a module."""
    del network
    async with running_edge(gateway) if executable is None else installed_edge(gateway, executable) as edge:
        yield edge


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows the controller's last words, the plugin's among them, and the gateway's."""
    report = yield
    edge = getattr(item, "funcargs", {}).get("edge")
    if report.failed and isinstance(edge, BedEdge):
        for log in (edge.controller.log, edge.gateway.log):
            lines = log.read_text(errors="replace").splitlines()
            report.sections.append((f"end of {log.name}", "\n".join(lines[-LINES_SHOWN:])))
    return report
