"""Where scenarios take place: a namespace in the shared bed. Beds of one's own are made by the modules in `alone`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.scenarios import sharing
from e2e.scenarios.site import Site, fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from e2e.bed.control_plane import ControlPlane

LINES_SHOWN = 40


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ControlPlane, Path]]:
    """The shared control plane and its controller's log."""
    invitation = await sharing.accepted(request.config.stash[sharing.MEETING_POINT])
    async with sharing.JoinedPlane(invitation) as plane:
        yield plane, Path(invitation.controller_log)


@pytest_asyncio.fixture(loop_scope="session")
async def site(shared: tuple[ControlPlane, Path]) -> AsyncIterator[Site]:
    """A namespace of the test's own in the shared bed, in which the plugin may do what its role allows."""
    async with fresh_site(*shared) as site:
        yield site


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed scenario shows what the controller and the plugin said about its namespace."""
    report = yield
    site = getattr(item, "funcargs", {}).get("site")
    if report.failed and isinstance(site, Site) and site.journal.path.exists():  # a bed may be gone already
        lines = [line for line in site.journal.lines() if site.namespace in line]
        report.sections.append(("the controller's last lines", "\n".join(lines[-LINES_SHOWN:])))
    return report
