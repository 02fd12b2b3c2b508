"""The fixture `kit`: a namespace of the test's own in the bed that it shares with the scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio

from e2e.kit.releases import Kit
from e2e.scenarios import sharing
from e2e.scenarios.site import fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from e2e.bed.control_plane import ControlPlane


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ControlPlane, Path]]:
    """The shared control plane and its controller's log."""
    invitation = await sharing.accepted(request.config.stash[sharing.MEETING_POINT])
    async with sharing.JoinedPlane(invitation) as plane:
        yield plane, Path(invitation.controller_log)


@pytest_asyncio.fixture(loop_scope="session")
async def kit(shared: tuple[ControlPlane, Path]) -> AsyncIterator[Kit]:
    """Installs and rolls releases of the chart; the plugin has its rights in the namespace."""
    async with fresh_site(*shared) as site:
        yield Kit(site)
