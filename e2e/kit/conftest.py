"""The fixture `kit`: a namespace of the test's own in the bed that it shares with the scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from e2e.bed import access
from e2e.keda import operator
from e2e.kit.releases import Kit
from e2e.scenarios import sharing
from e2e.scenarios.site import fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from e2e.bed.control_plane import ControlPlane

KEDA_RIGHTS: Final = sharing.ROOT / "manifests" / "rbac-keda.yaml"
KEDA_ROLE: Final = "rollouts-router-keda"
LINES_SHOWN: Final = 40


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ControlPlane, Path]]:
    """The shared control plane and its controller's log; KEDA's kinds are known there, KEDA does not run."""
    invitation = await sharing.accepted(request.config.stash[sharing.MEETING_POINT])
    async with sharing.JoinedPlane(invitation) as plane:
        await plane.install(operator.crds(), KEDA_RIGHTS)
        yield plane, Path(invitation.controller_log)


@pytest_asyncio.fixture(loop_scope="session")
async def kit(shared: tuple[ControlPlane, Path]) -> AsyncIterator[Kit]:
    """Installs and rolls releases of the chart; the plugin has its rights in the namespace."""
    async with fresh_site(*shared) as site:
        await access.grant(site.admin, KEDA_ROLE, "plugin", site.namespace)
        yield Kit(site)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the controller and the plugin said about its namespace."""
    report = yield
    kit = getattr(item, "funcargs", {}).get("kit")
    if report.failed and isinstance(kit, Kit) and kit.site.journal.path.exists():
        lines = [line for line in kit.site.journal.lines() if kit.site.namespace in line]
        report.sections.append(("the controller's last lines", "\n".join(lines[-LINES_SHOWN:])))
    return report
