"""Where servers are tried: one control plane for all of them, and a namespace for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from e2e.bed.control_plane import ControlPlane
from e2e.serving.place import Place, furnished, grant_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plane() -> AsyncIterator[ControlPlane]:
    """The control plane; the server's user has the rights that the project ships for it."""
    async with ControlPlane(audit=True) as started:
        await grant_server(started)
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def place(plane: ControlPlane, tmp_path: Path) -> AsyncIterator[Place]:
    """A team's namespace."""
    async with furnished(plane, tmp_path) as found:
        yield found
